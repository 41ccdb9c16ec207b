import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  paginateScan,
  QueryCommand,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import { tableCalls } from "../aws/table-calls.ts";
import { UserId } from "../kernel/ids.ts";
import { Account, Entry } from "./entry.ts";
import { PlacementUnavailableError } from "./errors.ts";
import type { LoginKey } from "./login-key.ts";

const { orUnavailable, written, pagesOrUnavailable } = tableCalls(
  "placement",
  PlacementUnavailableError,
);

/** A login as it was claimed for a user. */
export interface ClaimedLogin {
  readonly key: LoginKey;
  readonly isProved: boolean;
}

const UserLogins = z.object({
  logins: z.array(z.object({ key: z.string(), isProved: z.boolean() })),
});

/** An old copy that has to go at a time. */
const Deletion = z.extend(Account, {
  userId: UserId,
  /** The copy's, in the ledger. */
  deleteAfter: z.string(),
  /** ISO-8601 UTC. When to try again what could not be done then. */
  dueAt: z.optional(z.string()),
});
export type Deletion = z.infer<typeof Deletion>;

/** Every call @throws PlacementUnavailableError when the table does not answer. All reads are strongly consistent. */
export interface PlacementStore {
  /** The last entries of a user, newest first. The first is the present state. */
  recent(userId: UserId, limit?: number): Promise<readonly Entry[]>;
  /** Adds an entry to its user's chain. False when another one has its place already. */
  append(entry: Entry): Promise<boolean>;
  /** All entries of a user, oldest first. */
  history(userId: UserId): Promise<readonly Entry[]>;
  /** The whole ledger, user by user, each from the first entry on: a scan, for an auditor. */
  everything(): AsyncIterable<readonly Entry[]>;

  /** Gives the login to the user, unless somebody has it, or has proved it if this user has not. Safe to repeat. */
  claimLogin(
    key: LoginKey,
    claim: { readonly userId: UserId; readonly isProved: boolean },
  ): Promise<void>;
  /** Takes the login from the user, if it is theirs. */
  releaseLogin(key: LoginKey, userId: UserId): Promise<void>;
  /** What was claimed for a user. */
  loginsOf(userId: UserId): Promise<readonly ClaimedLogin[]>;
  setLogins(userId: UserId, logins: readonly ClaimedLogin[]): Promise<void>;

  /** Notes that a copy has to go. Safe to repeat. */
  planDeletion(deletion: Deletion): Promise<void>;
  /** Copies in a region that had to go, or to be tried again, by a time (ISO-8601 UTC), the oldest first. */
  dueDeletions(region: string, by: string, limit: number): Promise<readonly Deletion[]>;
  /** Tries it again from a time on (ISO-8601 UTC). Safe to repeat, and to stop between: it is due twice then. */
  postponeDeletion(deletion: Deletion, dueAt: string): Promise<void>;
  endDeletion(deletion: Deletion): Promise<void>;
}

/** Enough to see what one message has written. */
const RECENT = 6;

const ENTRY = "entry#";

export function placementStore(client: DynamoDBDocumentClient, TableName: string): PlacementStore {
  const get = async <Schema extends z.ZodMiniType>(schema: Schema, pk: string, sk: string) => {
    const { Item } = await orUnavailable(
      client.send(new GetCommand({ TableName, Key: { pk, sk }, ConsistentRead: true })),
    );
    return Item === undefined ? undefined : z.parse(schema, Item);
  };
  const entriesOf = (userId: UserId) => ({
    TableName,
    ConsistentRead: true,
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :entry)",
    ExpressionAttributeValues: { ":pk": userKey(userId), ":entry": ENTRY },
  });

  const end = (deletion: Deletion) =>
    orUnavailable(client.send(new DeleteCommand({ TableName, Key: deletionKey(deletion) })));

  return {
    async recent(userId, limit = RECENT) {
      const { Items = [] } = await orUnavailable(
        client.send(
          new QueryCommand({ ...entriesOf(userId), ScanIndexForward: false, Limit: limit }),
        ),
      );
      return Items.map((item) => z.parse(Entry, item));
    },

    append: (entry) =>
      written(
        client.send(
          new PutCommand({
            TableName,
            Item: { pk: userKey(entry.userId), sk: entryKey(entry.seq), ...entry },
            ConditionExpression: "attribute_not_exists(pk)",
          }),
        ),
      ),

    async history(userId) {
      const entries: Entry[] = [];
      const pages = paginateQuery({ client }, entriesOf(userId));
      for await (const { Items = [] } of pagesOrUnavailable(pages)) {
        for (const item of Items) entries.push(z.parse(Entry, item));
      }
      return entries;
    },

    async *everything() {
      let ofUser: Entry[] = [];
      const pages = paginateScan(
        { client },
        {
          TableName,
          ConsistentRead: true,
          FilterExpression: "begins_with(sk, :entry)",
          ExpressionAttributeValues: { ":entry": ENTRY },
        },
      );
      for await (const { Items = [] } of pagesOrUnavailable(pages)) {
        for (const item of Items) {
          const entry = z.parse(Entry, item);
          // The items of one partition come together, in the order of their sort keys.
          if (ofUser.length > 0 && ofUser[0]?.userId !== entry.userId) {
            yield ofUser;
            ofUser = [];
          }
          ofUser.push(entry);
        }
      }
      if (ofUser.length > 0) yield ofUser;
    },

    async claimLogin(key, { userId, isProved }) {
      const free = "attribute_not_exists(pk) OR userId = :user OR attribute_exists(expectedAt)";
      await written(
        client.send(
          new PutCommand({
            TableName,
            Item: { pk: loginKey(key), sk: "login", userId, isProved },
            ConditionExpression: isProved ? `${free} OR isProved = :no` : free,
            ExpressionAttributeValues: { ":user": userId, ...(isProved && { ":no": false }) },
          }),
        ),
      );
    },

    async releaseLogin(key, userId) {
      await written(
        client.send(
          new DeleteCommand({
            TableName,
            Key: { pk: loginKey(key), sk: "login" },
            ConditionExpression: "userId = :user",
            ExpressionAttributeValues: { ":user": userId },
          }),
        ),
      );
    },

    async loginsOf(userId) {
      const found = await get(UserLogins, userKey(userId), "logins");
      return (found?.logins ?? []) as ClaimedLogin[];
    },

    async setLogins(userId, logins) {
      const Key = { pk: userKey(userId), sk: "logins" };
      await orUnavailable(
        logins.length > 0
          ? client.send(new PutCommand({ TableName, Item: { ...Key, logins: [...logins] } }))
          : client.send(new DeleteCommand({ TableName, Key })),
      );
    },

    async planDeletion(deletion) {
      const { userId, region, poolId, sub, deleteAfter } = deletion;
      const Item = { ...deletionKey(deletion), userId, region, poolId, sub, deleteAfter };
      await orUnavailable(client.send(new PutCommand({ TableName, Item })));
    },

    async dueDeletions(region, by, limit) {
      const { Items = [] } = await orUnavailable(
        client.send(
          new QueryCommand({
            TableName,
            ConsistentRead: true,
            KeyConditionExpression: "pk = :pk AND sk < :by",
            ExpressionAttributeValues: { ":pk": `deletions#${region}`, ":by": `${by}~` },
            Limit: limit,
          }),
        ),
      );
      return Items.map((item) => z.parse(Deletion, item));
    },

    async postponeDeletion(deletion, dueAt) {
      const later = { ...deletion, dueAt };
      const Item = { ...deletionKey(later), ...later };
      await orUnavailable(client.send(new PutCommand({ TableName, Item })));
      await end(deletion);
    },

    async endDeletion(deletion) {
      await end(deletion);
    },
  };
}

function userKey(userId: UserId): string {
  return `user#${userId}`;
}

function entryKey(seq: number): string {
  return `${ENTRY}${String(seq).padStart(8, "0")}`;
}

function loginKey(key: LoginKey): string {
  return `login#${key}`;
}

function deletionKey({ region, userId, sub, deleteAfter, dueAt = deleteAfter }: Deletion) {
  return { pk: `deletions#${region}`, sk: `${dueAt}#${userId}#${sub}` };
}
