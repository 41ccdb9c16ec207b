import { Webhook } from "standardwebhooks";
import type { WebhookSystem } from "../../config/downstream-schema.ts";
import type { Clock } from "../../kernel/clock.ts";
import { isoTime } from "../../kernel/clock.ts";
import { freshId } from "../../kernel/ids.ts";
import type { Change } from "../schema.ts";
import type { Piece, System } from "../system.ts";
import type { Resolve } from "./addresses.ts";
import { answerOf, countedOf } from "./answer.ts";
import { type PostAnswer, post } from "./post.ts";

export interface WebhookDeps {
  readonly url: string;
  /** `whsec_` and base64. The first is the current one. */
  readonly signingSecrets: readonly string[];
  readonly clock: Clock;
  readonly resolve?: Resolve;
}

type Settings = Pick<WebhookSystem, "timeoutSeconds" | "allowHttp" | "allowNetworks" | "answers">;

/** What a call asks for: the `type` of the message. */
type MessageType = "user.rekey" | "user.rekey.verify" | "user.rekey.dry-run";

/**
 * An endpoint that speaks Standard Webhooks (standardwebhooks.com, 1.0). A change has one `webhook-id` for
 * good, so that an endpoint can tell a repeat.
 * @throws Error at once when a secret is not of the form `whsec_…`
 */
export function webhookSystem(settings: Settings, deps: WebhookDeps): System {
  const { clock, url, resolve } = deps;
  const signers = deps.signingSecrets.map((secret) => new Webhook(secret));

  const call = (type: MessageType, id: string, change: Change, { signal }: Piece) => {
    const now = clock();
    const body = JSON.stringify({ type, timestamp: isoTime(now), data: dataOf(change) });
    return post({
      url,
      body,
      headers: {
        "content-type": "application/json",
        "user-agent": "carryover",
        "webhook-id": id,
        "webhook-timestamp": String(Math.floor(now / 1000)),
        "webhook-signature": signers
          .map((signer) => signer.sign(id, new Date(now), body))
          .join(" "),
      },
      allowHttp: settings.allowHttp,
      allowNetworks: settings.allowNetworks,
      signal: AbortSignal.any([signal, AbortSignal.timeout(settings.timeoutSeconds * 1000)]),
      ...(resolve && { resolve }),
    });
  };

  const change = async (answering: Promise<PostAnswer>) => {
    const answer = answerOf(await answering, clock);
    // An endpoint that does not count has taken one change.
    return "outcome" in answer
      ? answer
      : { outcome: "done" as const, changed: answer.changed ?? 1 };
  };

  return {
    async apply(wanted, piece) {
      if (!piece.dryRun) return change(call("user.rekey", wanted.deliveryId, wanted, piece));
      if (settings.answers.includes("dry-run")) {
        return change(call("user.rekey.dry-run", freshId(), wanted, piece));
      }
      return { outcome: "done", changed: 1 };
    },
    async verify(wanted, piece) {
      if (!settings.answers.includes("verify")) return { outcome: "unknown" };
      return countedOf(await call("user.rekey.verify", freshId(), wanted, piece), clock);
    },
  };
}

function dataOf({ pair, from, to, wrong }: Change) {
  const { userId, old, new: other } = pair;
  return { userId, from, to, wrong, old, new: other };
}
