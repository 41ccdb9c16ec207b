import * as z from "zod/mini";
import { MailTemplate } from "../config/onboarding-schema.ts";
import { derivedId, PoolId, Region, SourceId, Sub, UserId } from "../kernel/ids.ts";

/** Where somebody's address is read when a mail is due. */
export const Account = z.object({
  region: Region,
  poolId: PoolId,
  /** A sub, or the user ID where that is the username. Never a name that a person chose. */
  username: z.string(),
});
export type Account = z.infer<typeof Account>;

/** What a person's provider said, so that nobody writes to them again. */
export const Unreachable = z.enum(["bounce", "complaint"]);
export type Unreachable = z.infer<typeof Unreachable>;

/** One line of the history of whether somebody may be written to. */
export const ReachNote = z.object({
  /** What their provider said, or that an operator lifted it. */
  what: z.enum([...Unreachable.options, "lifted"]),
  /** ISO-8601 UTC. */
  at: z.string(),
  /** The operator's IAM ARN, and what they said of it. */
  by: z.optional(z.string()),
  reason: z.optional(z.string()),
});
export type ReachNote = z.infer<typeof ReachNote>;

/** What the service knows of a person. No address: that is read from the pool when it is needed. */
export interface Person {
  readonly userId: UserId;
  /** Where they first signed in. */
  readonly account?: Account;
  /** Whether they come from a source: a sign-in or a `UserMigrated` said so. */
  readonly crossed: boolean;
  /** Whether their second factor has to be set up again. */
  readonly reenrol: boolean;
  /** Templates of which a mail is on record: nothing is left to do for these. */
  readonly noted: ReadonlySet<MailTemplate>;
  readonly unreachable?: Unreachable;
  /** The oldest first. */
  readonly reachNotes: readonly ReachNote[];
}

/**
 * `due`: to be sent. `claimed`: somebody is about to send it, or died while sending. `sent`: SES took it.
 * `failed`: given up.
 */
export const MailState = z.enum(["due", "claimed", "sent", "failed"]);
export type MailState = z.infer<typeof MailState>;

/** What is left to do for a mail: send it, say what became of it, nothing. */
export const MailTodo = z.enum(["send", "announce", "nothing"]);

/** Why a mail was given up. In `OnboardingMailFailed`, so a word is never taken back. */
export const FailureReason = z.enum([
  /** The account is not in its pool any more, or is somebody else's by now. */
  "user_gone",
  "user_disabled",
  "no_address",
  /** The pool has an address that nobody proved to be theirs. */
  "address_not_verified",
  /** A mail came back for good, or was complained about. */
  "cannot_be_reached",
  /** SES would not take it, several times. */
  "rejected",
  /** The pool is gone, or may not be read, and was not there for a day. */
  "pool_refused",
]);
export type FailureReason = z.infer<typeof FailureReason>;

/** One mail: there is one for a person and template, for good. */
export const Mail = z.object({
  userId: UserId,
  template: MailTemplate,
  account: Account,
  state: MailState,
  /** Sends that SES is known not to have taken. */
  attempts: z.number(),
  /** Reads of the account that its pool has refused. */
  refusedReads: z.optional(z.number()),
  /** ISO-8601 UTC: not to be touched earlier. Changes with every claim, which is what makes a claim one's own. */
  nextTryAt: z.string(),
  /** Of the event that made it due. */
  correlationId: z.string(),
  causationId: z.string(),
  reason: z.optional(FailureReason),
});
export type Mail = z.infer<typeof Mail>;

export type MailKey = Pick<Mail, "userId" | "template">;

/** Whose mail it is and how to look at it again: what is needed to make one due. */
export type NewMail = Omit<Mail, "state" | "attempts" | "refusedReads" | "reason">;

/** The templates that are due to a person once everything about them is known. The same in whatever order it became known. */
export function templatesFor({ account, crossed, reenrol }: Person): MailTemplate[] {
  if (!account) return [];
  return [...(crossed ? (["welcome"] as const) : []), ...(reenrol ? (["re-enrol"] as const) : [])];
}

/** The id of what is said about a mail: the same however often it is said, and whoever says it. */
export function mailEventId(eventName: string, { userId, template }: MailKey): string {
  return derivedId(eventName, userId, template);
}

/** What the events say, with the proof that each id has its form. */
export const CrossingFacts = z.object({
  userId: UserId,
  method: z.string(),
  mfa: z.string(),
});
export const ArrivalFacts = z.object({
  userId: UserId,
  poolId: PoolId,
  region: Region,
  sub: Sub,
  legacySub: z.optional(Sub),
  legacySource: z.optional(SourceId),
});
export const InvitationFacts = z.object({
  userId: UserId,
  target: z.object({ poolId: PoolId, region: Region, sub: z.optional(Sub) }),
});
export const MailFacts = z.object({ userId: UserId, template: MailTemplate });
export const UnreachableFacts = z.object({ userId: UserId, reason: Unreachable });
