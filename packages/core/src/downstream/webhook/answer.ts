import * as z from "zod/mini";
import type { Clock } from "../../kernel/clock.ts";
import type { Applied, Counted } from "../system.ts";
import type { PostAnswer } from "./post.ts";

/** What an endpoint may say in its answer; other fields are its own. */
const Said = z.object({
  changed: z.optional(z.int().check(z.nonnegative(), z.lte(1e9))),
  remaining: z.optional(z.int().check(z.nonnegative(), z.lte(1e9))),
});

/** About what was sent: the same again would get the same answer. */
const ABOUT_THE_REQUEST: readonly number[] = [400, 409, 413, 414, 415, 422];

/** A day, whatever an endpoint wishes. */
const LONGEST_WAIT_SECONDS = 86_400;

/** The outcomes that all calls have in common, or what a good answer says. */
export function answerOf(
  answer: PostAnswer,
  clock: Clock,
): Exclude<Applied, { outcome: "done" | "more" | "waiting" }> | z.infer<typeof Said> {
  if (answer.outcome === "not-allowed") {
    return { outcome: "closed", reason: `${answer.reason}-not-allowed` };
  }
  if (answer.outcome === "failed") return { outcome: "retry", reason: answer.reason };
  const { status, retryAfter, body } = answer;
  const reason = `http-${status}`;
  if (status >= 200 && status < 300) return said(body);
  // Standard Webhooks: the endpoint wants no more messages.
  if (status === 410) return { outcome: "closed", reason };
  if (ABOUT_THE_REQUEST.includes(status)) return { outcome: "refused", reason };
  const afterSeconds = secondsOf(retryAfter, clock);
  return { outcome: "retry", reason, ...(afterSeconds !== undefined && { afterSeconds }) };
}

export function countedOf(answer: PostAnswer, clock: Clock): Counted {
  const known = answerOf(answer, clock);
  if (!("outcome" in known)) {
    const { remaining } = known;
    return remaining === undefined ? { outcome: "unknown" } : { outcome: "counted", remaining };
  }
  return known.outcome === "closed" ? { outcome: "refused", reason: known.reason } : known;
}

function said(body: string | undefined): z.infer<typeof Said> {
  try {
    const parsed = z.safeParse(Said, JSON.parse(body ?? "{}"));
    return parsed.success ? parsed.data : {};
  } catch {
    // Not JSON: a good status says enough.
    return {};
  }
}

/** RFC 9110, 10.2.3: seconds, or a date. */
function secondsOf(retryAfter: string | undefined, clock: Clock): number | undefined {
  if (retryAfter === undefined) return undefined;
  const seconds = /^\d+$/.test(retryAfter)
    ? Number(retryAfter)
    : Math.ceil((Date.parse(retryAfter) - clock()) / 1000);
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(0, seconds), LONGEST_WAIT_SECONDS);
}
