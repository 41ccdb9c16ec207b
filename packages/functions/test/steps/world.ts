import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminGetUserCommand,
  AdminListGroupsForUserCommand,
  AdminRemoveUserFromGroupCommand,
  AdminSetUserPasswordCommand,
  CreateGroupCommand,
  CreateUserPoolCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { groupSource, groupTarget } from "@carryover/core/aws/pool-groups";
import { poolReader, poolWalk } from "@carryover/core/aws/pool-walk";
import { DownstreamSystem } from "@carryover/core/config/downstream-schema";
import { GroupMapping } from "@carryover/core/config/groups-schema";
import { learnPair } from "@carryover/core/downstream/commands";
import type { DownstreamDeps } from "@carryover/core/downstream/deps";
import { DownstreamRaceError } from "@carryover/core/downstream/errors";
import { pairIdOf, type Task } from "@carryover/core/downstream/schema";
import { downstreamStore } from "@carryover/core/downstream/store";
import type { System } from "@carryover/core/downstream/system";
import { work } from "@carryover/core/downstream/work";
import type { OutgoingEvent } from "@carryover/core/events/event";
import { carryGroups, type GroupsDeps } from "@carryover/core/groups/commands";
import { groupsStore } from "@carryover/core/groups/store";
import { type LinkSignInDeps, linkMigration, linkSignIn } from "@carryover/core/identity/commands";
import { linkWalk } from "@carryover/core/identity/link-walk-store";
import { signedInEvent, signedUpEvent } from "@carryover/core/identity/sign-in-event";
import { identityStore } from "@carryover/core/identity/store";
import { derivedId, PoolId, Region, SourceId, Sub, UserId } from "@carryover/core/kernel/ids";
import { migratedEvent } from "@carryover/core/migration/migrated-event";
import type { ReconcileDeps } from "@carryover/core/reconcile/advance";
import { reconcileStore } from "@carryover/core/reconcile/store";
import type { Clients } from "@carryover/local/clients";
import { createTable, deleteTable } from "./table.ts";

const region = Region.parse("us-east-1");
const clock = () => Date.UTC(2026, 10, 22, 10);
const origin = { stage: "test", region, clock };
const PASSWORD = "Any-Password-1!";

/** Who a person is in the model. */
export interface Somebody {
  readonly crossed: boolean;
  /** In the old pool. */
  readonly groups: readonly string[];
}

export interface Inhabitant extends Somebody {
  readonly userId: UserId;
  readonly old: Sub | undefined;
  readonly now: Sub;
}

export type World = Awaited<ReturnType<typeof createWorld>>;

/**
 * An old and a new pool, the tables of the services, and another team's system that knows people by their old sub.
 * Everything is real but the bus and the system's queue, which are lists, and that system.
 */
export async function createWorld({ cognito, dynamodb }: Clients) {
  const [oldPool, newPool] = [await createPool(cognito, "old"), await createPool(cognito, "new")];
  const documents = DynamoDBDocumentClient.from(dynamodb);
  const suffix = newPool.split("_")[1] ?? "";
  const table = (name: string) => `${name}-${suffix}`;
  for (const name of ["identity", "groups", "downstream", "reconcile"])
    await createKeyedTable(dynamodb, table(name));

  const source = { id: SourceId.parse("legacy"), userPoolId: oldPool };
  const sourcePools = new Map([[String(source.id), source]]);
  const bus: OutgoingEvent[] = [];
  /** Everything that was ever said, lost or not. */
  const said: OutgoingEvent[] = [];
  const publish = async (events: readonly OutgoingEvent[]) => {
    said.push(...events);
    bus.push(...events);
  };
  const log = () => {};
  const identity: LinkSignInDeps = {
    identities: identityStore(documents, table("identity")),
    publish,
    origin,
    sourcePools,
    log,
  };
  const groups = groupsStore(documents, table("groups"));
  const carrying: GroupsDeps = {
    groups,
    mapping: GroupMapping.parse({}),
    sources: new Map([[String(oldPool), { id: source.id, ...groupSource(cognito, oldPool) }]]),
    targets: new Map([[String(newPool), groupTarget(cognito, newPool, clock)]]),
    clock,
    log,
  };
  const books = new Map<string, number>();
  /** The queue of that system. Nothing in it is lost. */
  const tasks: Task[] = [];
  const settings = DownstreamSystem.parse({ kind: "event", keyedOn: "newSub" });
  const telling: DownstreamDeps = {
    store: downstreamStore(documents, table("downstream")),
    publish,
    origin,
    send: async (_, more) => {
      tasks.push(...more);
    },
    systems: { books: settings },
    log,
  };
  const working = {
    ...telling,
    name: "books",
    settings,
    system: keeperOf(books),
    budgetMs: 10_000,
    random: () => 0.5,
  };
  const reconciling: ReconcileDeps = {
    runs: reconcileStore(documents, table("reconcile")),
    pools: [poolWalk(cognito, { region, userPoolId: newPool })],
    linked: linkWalk(documents, table("identity")),
    identity,
    identities: identity.identities,
    sourcePools,
    sources: new Map([["legacy", poolReader(cognito, { region, userPoolId: oldPool })]]),
    userIds: "keep-old-sub",
    mfa: "verify",
    mapAttributes: (attributes) => attributes,
    homes: undefined,
    publishIn: () => publish,
    pairChecks: [
      {
        kind: "groups-missing",
        missing: async ({ old, new: account }) =>
          (await groups.find({ old, new: account })) ? [] : [old.sourceId],
      },
      {
        kind: "downstream-missing",
        missing: async (pair) => {
          const told = await telling.store.ofUser(pair.userId, "books");
          return told.some(({ pairId }) => pairId === pairIdOf(pair)) ? [] : ["books"];
        },
      },
    ],
    clock,
    log,
    count: () => {},
  };

  return {
    oldPool,
    newPool,
    bus,
    said,
    identities: identity.identities,
    groups,
    tasks,
    /** How many books each sub has lent. */
    books,
    progressOf: (userId: UserId) => telling.store.ofUser(userId, "books"),
    reconciling,
    /** The person comes: what the triggers do, and what they say. */
    async arrive(somebody: Somebody, name: string): Promise<Inhabitant> {
      const old = somebody.crossed ? await createUser(cognito, oldPool, name, {}) : undefined;
      for (const group of old ? somebody.groups : []) await join(cognito, oldPool, name, group);
      if (old) books.set(old, 1);
      const userId = UserId.parse(old ?? derivedId(newPool, name));
      const attributes = {
        "custom:user_id": userId,
        ...(old && { "custom:legacy_sub": old, "custom:legacy_source": source.id }),
      };
      const now = await createUser(cognito, newPool, name, attributes);
      const account = { poolId: newPool, sub: now, username: now, attributes };
      const first = old
        ? migratedEvent(origin, {
            userId,
            method: "password",
            source: { id: source.id, poolId: oldPool, region, sub: old },
            target: { poolId: newPool, region },
            username: now,
            mfa: "none",
          })
        : signedUpEvent(origin, account, region, userId);
      await publish([first, signedInEvent(origin, account, { region, clientId: "app" })]);
      return { ...somebody, userId, old, now };
    },
    /** What the rules of the bus and the services behind them do with an event, or one service alone. */
    async deliver({ name, detail }: OutgoingEvent, to?: "groups" | "downstream"): Promise<void> {
      // As the subscribers' form has checked it.
      const event = detail as never;
      if (name === "UserMigrated") await linkMigration(identity, event);
      if (name === "UserSignedIn" || name === "UserSignedUp") await linkSignIn(identity, event);
      if (name === "UserIdMapped" && to !== "downstream") await carryGroups(carrying, event);
      if (name === "UserIdMapped" && to !== "groups") await learnPair(telling, event);
    },
    async workOn(task: Task): Promise<void> {
      try {
        await work(working, task);
      } catch (error) {
        if (!(error instanceof DownstreamRaceError)) throw error;
        // Another worker was first: the message comes again.
        tasks.push(task);
      }
    },
    async loseIdentityTable(): Promise<void> {
      await deleteTable(dynamodb, table("identity"));
      await createKeyedTable(dynamodb, table("identity"));
    },
    async groupsOf(sub: Sub): Promise<string[]> {
      const { Groups = [] } = await cognito.send(
        new AdminListGroupsForUserCommand({ UserPoolId: newPool, Username: sub }),
      );
      return Groups.flatMap(({ GroupName }) => GroupName ?? []).toSorted();
    },
    async takeGroups(sub: Sub, names: readonly string[]): Promise<void> {
      for (const GroupName of names) {
        await cognito.send(
          new AdminRemoveUserFromGroupCommand({ UserPoolId: newPool, Username: sub, GroupName }),
        );
      }
    },
  };
}

/** Another team's system: who has lent what is kept by sub. */
function keeperOf(books: Map<string, number>): System {
  return {
    async apply({ from, to }) {
      const lent = books.get(from);
      if (lent === undefined) return { outcome: "done", changed: 0 };
      books.delete(from);
      books.set(to, (books.get(to) ?? 0) + lent);
      return { outcome: "done", changed: 1 };
    },
    verify: async ({ wrong }) => ({
      outcome: "counted",
      remaining: wrong.filter((id) => books.has(id)).length,
    }),
  };
}

export async function createPool(cognito: Clients["cognito"], PoolName: string): Promise<PoolId> {
  const { UserPool } = await cognito.send(
    new CreateUserPoolCommand({
      PoolName,
      UsernameAttributes: ["email"],
      Schema: ["user_id", "legacy_sub", "legacy_source"].map((Name) => ({
        Name,
        AttributeDataType: "String",
        Mutable: true,
      })),
    }),
  );
  return PoolId.parse(UserPool?.Id);
}

export async function createUser(
  cognito: Clients["cognito"],
  UserPoolId: PoolId,
  name: string,
  attributes: Readonly<Record<string, string>>,
): Promise<Sub> {
  const user = { UserPoolId, Username: `${name}@example.com` };
  await cognito.send(
    new AdminCreateUserCommand({
      ...user,
      MessageAction: "SUPPRESS",
      UserAttributes: Object.entries({ email: user.Username, ...attributes }).map(
        ([Name, Value]) => ({ Name, Value }),
      ),
    }),
  );
  await cognito.send(
    new AdminSetUserPasswordCommand({ ...user, Password: PASSWORD, Permanent: true }),
  );
  const { UserAttributes = [] } = await cognito.send(new AdminGetUserCommand(user));
  return Sub.parse(UserAttributes.find(({ Name }) => Name === "sub")?.Value);
}

export async function join(
  cognito: Clients["cognito"],
  UserPoolId: PoolId,
  name: string,
  GroupName: string,
): Promise<void> {
  await cognito
    .send(new CreateGroupCommand({ UserPoolId, GroupName }))
    // Somebody else of this world may be in it already.
    .catch(() => undefined);
  const Username = `${name}@example.com`;
  await cognito.send(new AdminAddUserToGroupCommand({ UserPoolId, Username, GroupName }));
}

export async function createKeyedTable(
  dynamodb: Clients["dynamodb"],
  TableName: string,
): Promise<void> {
  await createTable(dynamodb, {
    TableName,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: ["pk", "sk"].map((AttributeName) => ({
      AttributeName,
      AttributeType: "S",
    })),
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "sk", KeyType: "RANGE" },
    ],
  });
}
