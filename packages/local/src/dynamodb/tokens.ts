import { createHash } from "node:crypto";
import { AwsError, type Clock } from "../service.ts";

/** Source: DynamoDB API reference, TransactWriteItems, "ClientRequestToken": "valid for 10 minutes". */
const VALID_MS = 10 * 60_000;
const LONGEST = 36;

export interface RequestTokens {
  /**
   * Runs a transaction, unless the same one has succeeded with its token already.
   * @throws AwsError `IdempotentParameterMismatchException`
   */
  once(region: string, input: TransactInput, run: () => Promise<object>): Promise<object>;
}

interface TransactInput {
  readonly ClientRequestToken?: unknown;
  readonly TransactItems?: unknown;
}

/** Tokens of transactions that have succeeded, in memory: a stage that starts again has forgotten them. */
export function createRequestTokens(clock: Clock): RequestTokens {
  const used = new Map<string, { digest: string; untilMs: number }>();
  return {
    once: async (region, { ClientRequestToken: token, TransactItems: items }, run) => {
      if (token === undefined) return await run();
      if (typeof token !== "string" || token.length < 1 || token.length > LONGEST) {
        throw new AwsError(
          "ValidationException",
          `1 validation error detected: Value '${String(token)}' at 'clientRequestToken' failed to satisfy constraint: Member must have length less than or equal to ${LONGEST}`,
        );
      }
      forgetOld(used, clock());
      const key = `${region}/${token}`;
      const before = used.get(key);
      const digest = digestOf(items);
      if (before?.digest === digest) return {};
      if (before) {
        throw new AwsError(
          "IdempotentParameterMismatchException",
          "DynamoDB rejected the request because you retried a request with a different payload but with an idempotent token that was already used.",
        );
      }
      const answer = await run();
      used.set(key, { digest, untilMs: clock() + VALID_MS });
      return answer;
    },
  };
}

/** The oldest come first. */
function forgetOld(used: Map<string, { untilMs: number }>, nowMs: number): void {
  for (const [key, { untilMs }] of used) {
    if (untilMs > nowMs) return;
    used.delete(key);
  }
}

/** SDKs send a token with every transaction: the whole of each would be much to keep. */
function digestOf(items: unknown): string {
  const text = JSON.stringify(items, (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash("sha256")
    .update(text ?? "")
    .digest("base64");
}
