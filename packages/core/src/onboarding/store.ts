import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import { tableCalls } from "../aws/table-calls.ts";
import { MailTemplate } from "../config/onboarding-schema.ts";
import { UserId } from "../kernel/ids.ts";
import { onboardingEntities } from "./entity-store.ts";
import { OnboardingStoreError } from "./errors.ts";
import {
  Account,
  type FailureReason,
  Mail,
  type MailKey,
  type NewMail,
  type Person,
  ReachNote,
  Unreachable,
} from "./schema.ts";

const { orUnavailable, written } = tableCalls("onboarding", OnboardingStoreError);

/** What is learned of a person by one event. */
export interface Learned {
  /** Kept only where none is known. */
  readonly account?: Account;
  readonly crossed?: true;
  readonly reenrol?: true;
}

/** The event that said it. */
interface SaidBy {
  readonly eventId: string;
  readonly at: string;
}

interface Lifted {
  readonly at: string;
  readonly by: string;
  readonly reason: string;
}

/** Every call @throws OnboardingStoreError when the table does not answer. */
export interface OnboardingStore {
  find(userId: UserId): Promise<Person | undefined>;
  /** Adds what was learned and returns all that is known then: of two at the same moment, one sees both. Safe to repeat. */
  learn(userId: UserId, learned: Learned): Promise<Person>;
  /** Makes a mail due unless there is one. Safe to repeat. */
  addMail(mail: NewMail, at: string): Promise<boolean>;
  /** Notes that these templates need nothing more. */
  note(userId: UserId, templates: readonly MailTemplate[]): Promise<void>;
  findMail(key: MailKey): Promise<Mail | undefined>;
  /** Mails of a region with something to be done by then, the longest overdue first. Eventually consistent. */
  listOpen(region: string, todo: "send" | "announce", by: string, limit: number): Promise<Mail[]>;
  /** Makes the mail one's own until then. One conditional write: undefined when somebody else was quicker. */
  claim(mail: Mail, until: string): Promise<Mail | undefined>;
  /** Lets a claimed mail go that SES is known not to have taken. */
  release(claimed: Mail, nextTryAt: string): Promise<void>;
  /** Puts a mail off whose account could not be read. Whoever has claimed it meanwhile keeps it. */
  postpone(mail: Mail, nextTryAt: string): Promise<void>;
  /** SES has taken it. False when that, or that it failed, is known already. */
  markSent(key: MailKey, at: string, messageId?: string): Promise<boolean>;
  /** Gives up a mail that nobody claimed, or that is claimed by the caller. */
  markFailed(mail: Mail, reason: FailureReason, at: string): Promise<Mail | undefined>;
  /** It has been said what became of it. Safe to repeat. */
  markAnnounced(key: MailKey): Promise<void>;
  mailsOf(userId: UserId): Promise<Mail[]>;
  /** Nobody is to write to this person again, says an event: each event once, for good. The first reason stays. */
  markUnreachable(userId: UserId, reason: Unreachable, said: SaidBy): Promise<void>;
  /** Somebody may write to this person again. False when they may already. */
  liftUnreachable(userId: UserId, lifted: Lifted): Promise<boolean>;
  /** Makes a mail due again that was given up because the person could not be reached. False when it is not one. */
  reopenMail(mail: Mail, at: string): Promise<boolean>;
  /** Takes one of `limit` places in that second of that region. False when none is left. */
  takePlace(region: string, epochSecond: number, limit: number): Promise<boolean>;
}

/** The error as the SDK threw it, so that `instanceof` tells what happened. */
const RAW = { originalErr: true } as const;
const CONSISTENT = { ...RAW, consistent: true } as const;

/** Long enough that no worker's clock is so wrong. */
const PLACES_KEPT_SECONDS = 3600;

export function onboardingStore(client: DynamoDBDocumentClient, table: string): OnboardingStore {
  const { PersonItem, MailItem, PaceItem } = onboardingEntities(client, table);

  async function findMail(key: MailKey): Promise<Mail | undefined> {
    const { data } = await orUnavailable(MailItem.get(key).go(CONSISTENT));
    return data ? mailFrom(data) : undefined;
  }

  return {
    async find(userId) {
      const { data } = await orUnavailable(PersonItem.get({ userId }).go(CONSISTENT));
      return data ? personFrom(data) : undefined;
    },

    async learn(userId, { account, ...flags }) {
      const upsert = PersonItem.upsert({ userId, ...flags });
      const write = account ? upsert.ifNotExists(account) : upsert;
      const { data } = await orUnavailable(write.go({ ...RAW, response: "all_new" }));
      return personFrom(data);
    },

    addMail: ({ account, ...mail }, at) =>
      written(
        MailItem.create({
          ...mail,
          ...account,
          state: "due",
          todo: "send",
          attempts: 0,
          dueAt: at,
        }).go(RAW),
      ),

    async note(userId, templates) {
      if (templates.length === 0) return;
      await orUnavailable(
        PersonItem.patch({ userId })
          .add({ noted: [...templates] })
          .go(RAW),
      );
    },

    findMail,

    async listOpen(region, todo, by, limit) {
      const { data } = await orUnavailable(
        MailItem.query
          .byTodo({ region, todo })
          // What follows the time in the key sorts before this.
          .lte({ nextTryAt: by, userId: "~" })
          .go({ ...RAW, limit }),
      );
      return data.map(mailFrom);
    },

    async claim(mail, until) {
      const { userId, template, account, nextTryAt } = mail;
      const claimed = await written(
        MailItem.patch({ userId, template })
          .set({ state: "claimed", nextTryAt: until, todo: "send", region: account.region })
          .where((attr, { eq }) => `${eq(attr.todo, "send")} AND ${eq(attr.nextTryAt, nextTryAt)}`)
          .go(RAW),
      );
      return claimed ? { ...mail, state: "claimed", nextTryAt: until } : undefined;
    },

    async release({ userId, template, account, nextTryAt }, then) {
      // Lost only to news that it was sent after all.
      await written(
        MailItem.patch({ userId, template })
          .set({ state: "due", nextTryAt: then, todo: "send", region: account.region })
          .add({ attempts: 1 })
          .where((attr, { eq }) => `${eq(attr.todo, "send")} AND ${eq(attr.nextTryAt, nextTryAt)}`)
          .go(RAW),
      );
    },

    async postpone({ userId, template, account, nextTryAt }, then) {
      // Lost only to a claim, which is as good.
      await written(
        MailItem.patch({ userId, template })
          .set({ nextTryAt: then, todo: "send", region: account.region })
          .add({ refusedReads: 1 })
          .where((attr, { eq }) => `${eq(attr.todo, "send")} AND ${eq(attr.nextTryAt, nextTryAt)}`)
          .go(RAW),
      );
    },

    async markSent(key, at, messageId) {
      const mail = await findMail(key);
      if (!mail) return false;
      const { userId, template, account } = mail;
      return written(
        MailItem.patch({ userId, template })
          .set({
            state: "sent",
            todo: "announce",
            nextTryAt: at,
            region: account.region,
            endedAt: at,
            ...(messageId !== undefined && { messageId }),
          })
          .where((attr, { eq }) => eq(attr.todo, "send"))
          .go(RAW),
      );
    },

    async markFailed(mail, reason, at) {
      const { userId, template, account, nextTryAt } = mail;
      const failed = await written(
        MailItem.patch({ userId, template })
          .set({
            state: "failed",
            todo: "announce",
            nextTryAt: at,
            region: account.region,
            reason,
            endedAt: at,
          })
          .where((attr, { eq }) => `${eq(attr.todo, "send")} AND ${eq(attr.nextTryAt, nextTryAt)}`)
          .go(RAW),
      );
      return failed ? { ...mail, state: "failed", reason, nextTryAt: at } : undefined;
    },

    async markAnnounced(key) {
      const mail = await findMail(key);
      if (!mail) return;
      const { userId, template, account, nextTryAt } = mail;
      await written(
        MailItem.patch({ userId, template })
          .set({ todo: "nothing", nextTryAt, region: account.region })
          .where((attr, { eq }) => eq(attr.todo, "announce"))
          .go(RAW),
      );
    },

    async mailsOf(userId) {
      const { data } = await orUnavailable(
        MailItem.query.byUser({ userId }).go({ ...CONSISTENT, pages: "all" }),
      );
      return data.map(mailFrom);
    },

    async markUnreachable(userId, unreachable, { eventId, at }) {
      await written(
        PersonItem.upsert({ userId })
          .ifNotExists({ unreachable, unreachableAt: at })
          .add({ unreachableHeard: [eventId] })
          .append({ reachNotes: [{ what: unreachable, at }] })
          .where(
            (attr, { notContains, notExists }) =>
              `${notExists(attr.unreachableHeard)} OR ${notContains(attr.unreachableHeard, eventId)}`,
          )
          .go(RAW),
      );
    },

    liftUnreachable: (userId, { at, by, reason }) =>
      written(
        PersonItem.patch({ userId })
          .remove(["unreachable", "unreachableAt"])
          .append({ reachNotes: [{ what: "lifted", at, by, reason }] })
          .where((attr, { exists }) => exists(attr.unreachable))
          .go(RAW),
      ),

    async reopenMail({ userId, template, account }, at) {
      return written(
        MailItem.patch({ userId, template })
          .set({ state: "due", todo: "send", nextTryAt: at, region: account.region })
          .remove(["reason", "endedAt"])
          .where((attr, { eq }) => eq(attr.reason, "cannot_be_reached"))
          .go(RAW),
      );
    },

    async takePlace(region, epochSecond, limit) {
      const place = { region, second: String(epochSecond) };
      const expiresAtEpochSeconds = epochSecond + PLACES_KEPT_SECONDS;
      return written(
        PaceItem.upsert({ ...place, expiresAtEpochSeconds })
          .add({ taken: 1 })
          .where(
            (attr, { lt, notExists }) => `${notExists(attr.taken)} OR ${lt(attr.taken, limit)}`,
          )
          .go(RAW),
      );
    },
  };
}

const PersonRecord = z.object({
  userId: UserId,
  crossed: z.optional(z.boolean()),
  reenrol: z.optional(z.boolean()),
  noted: z.optional(z.array(MailTemplate)),
  unreachable: z.optional(Unreachable),
  reachNotes: z.optional(z.array(ReachNote)),
});

/** @throws ZodError when somebody else wrote the item */
function personFrom(item: { readonly username?: string | undefined }): Person {
  const { unreachable, ...person } = z.parse(PersonRecord, item);
  return {
    userId: person.userId,
    crossed: person.crossed ?? false,
    reenrol: person.reenrol ?? false,
    noted: new Set(person.noted),
    reachNotes: person.reachNotes ?? [],
    ...(item.username !== undefined && { account: z.parse(Account, item) }),
    ...(unreachable !== undefined && { unreachable }),
  };
}

/** @throws ZodError when somebody else wrote the item */
function mailFrom(item: object): Mail {
  return z.parse(Mail, { ...item, account: z.parse(Account, item) });
}
