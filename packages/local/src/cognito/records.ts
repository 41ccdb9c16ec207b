import { createPrivateKey, createPublicKey } from "node:crypto";
import { NotedMap, type Noting } from "../data/noted-map.ts";
import type { Store } from "../data/store.ts";
import type { Session } from "./sign-in/sessions.ts";
import type { Client, Ctx, Pool, StoredPassword, TokenFamily, User } from "./state.ts";
import type { SigningKeys } from "./tokens/signing-keys.ts";
import { plantedText, plantPassword } from "./users/planted-password.ts";
import { indexUser, normalise } from "./users/user-index.ts";

/** All of the service that outlives a call. */
export type CognitoState = Pick<Ctx, "pools" | "clients" | "sessions">;

const POOL = "cognito/pool/";
const CLIENT = "cognito/client/";
const SESSION = "cognito/session/";
const usersOf = (poolId: string) => `cognito/user/${poolId}/`;
const familiesOf = (poolId: string) => `cognito/family/${poolId}/`;

export function createState(): CognitoState {
  const pools = new NotedMap(ofPool);
  return {
    pools,
    // Many a call names its pool and its user by these alone.
    clients: new NotedMap({ ...ofClient, also: ({ pool }) => pools.note(pool.id, pool) }),
    sessions: new NotedMap({
      ...ofSession,
      also: ({ client: { pool }, user }) => {
        if (user) pool.users.get(normalise(pool, user.username));
      },
    }),
  };
}

/** The maps of a pool whose entries are kept one by one: there may be a hundred thousand. */
export function poolMaps(poolId: string): Pick<Pool, "users" | "families"> {
  const numbered = (seq: number) => usersOf(poolId) + String(seq).padStart(12, "0");
  return {
    users: new NotedMap<User>({ keyOf: ({ seq }) => numbered(seq), recordOf: userRecord }),
    families: new NotedMap<TokenFamily>({
      keyOf: ({ originJti }) => familiesOf(poolId) + originJti,
      recordOf: ({ user, ...family }) => ({ ...family, sub: user.sub }),
    }),
  };
}

const ofPool: Noting<Pool> = {
  keyOf: ({ id }) => POOL + id,
  recordOf: ({
    clients: _c,
    users: _u,
    bySub: _s,
    bySeq: _q,
    byValue: _v,
    families: _f,
    ...pool
  }) => {
    const { keys, pendingKeys: _, ...rest } = pool;
    return { ...rest, ...(keys && { keys: exported(keys) }) };
  },
};

const ofClient: Noting<Client> = {
  keyOf: ({ id }) => CLIENT + id,
  recordOf: ({ pool, ...client }) => ({ ...client, poolId: pool.id }),
};

const ofSession: Noting<Session> = {
  keyOf: (_session, token) => SESSION + token,
  recordOf: ({ client, user, ...session }) => ({
    ...session,
    clientId: client.id,
    ...(user && { sub: user.sub }),
  }),
};

/** Fills an empty state with what a store keeps. */
export async function loadState(store: Store, state: CognitoState): Promise<void> {
  for await (const [, record] of store.entries(POOL)) {
    const { keys, ...kept } = record as PoolRecord;
    const pool: Pool = {
      ...kept,
      ...poolMaps(kept.id),
      clients: new Map(),
      bySub: new Map(),
      bySeq: [],
      byValue: new Map(),
      ...(keys && { keys: imported(keys) }),
    };
    state.pools.set(pool.id, pool);
    await loadPeople(store, pool);
  }
  for await (const [key, record] of store.entries(CLIENT)) {
    const { poolId, ...kept } = record as Omit<Client, "pool"> & { poolId: string };
    const pool = state.pools.get(poolId);
    if (!pool) store.remove(key);
    else {
      const client = { ...kept, pool };
      pool.clients.set(client.id, client);
      state.clients.set(client.id, client);
    }
  }
  for await (const [key, record] of store.entries(SESSION)) {
    const { clientId, sub, ...kept } = record as SessionRecord;
    const client = state.clients.get(clientId);
    const user = sub === undefined ? undefined : client?.pool.bySub.get(sub);
    if (!client || (sub !== undefined && !user)) store.remove(key);
    else state.sessions.set(key.slice(SESSION.length), { ...kept, client, ...(user && { user }) });
  }
}

async function loadPeople(store: Store, pool: Pool): Promise<void> {
  for await (const [, record] of store.entries(usersOf(pool.id))) {
    const user = userOf(pool, record as UserRecord);
    pool.users.set(normalise(pool, user.username), user);
    pool.bySub.set(user.sub, user);
    pool.bySeq[user.seq] = user;
    indexUser(pool, user);
  }
  for await (const [key, record] of store.entries(familiesOf(pool.id))) {
    const { sub, ...kept } = record as Omit<TokenFamily, "user"> & { sub: string };
    const user = pool.bySub.get(sub);
    if (user) pool.families.set(kept.originJti, { ...kept, user });
    else store.remove(key);
  }
}

type UserRecord = Omit<User, "password" | "passkeys"> & {
  readonly password?: StoredPassword | { readonly planted: string };
  /** Absent where the user was written before there were passkeys. */
  readonly passkeys?: User["passkeys"];
};

function userRecord({ password, ...user }: User): UserRecord {
  if (password === undefined) return user;
  const planted = plantedText(password);
  return { ...user, password: planted === undefined ? password : { planted } };
}

function userOf(pool: Pool, { password, passkeys = new Map(), ...kept }: UserRecord): User {
  const user = { ...kept, passkeys };
  if (password === undefined) return user;
  const stored =
    "planted" in password ? plantPassword(pool.id, user.username, password.planted) : password;
  return { ...user, password: stored };
}

type PoolRecord = Omit<Pool, "keys"> & { readonly keys?: KeysRecord };
type SessionRecord = Omit<Session, "client" | "user"> & { clientId: string; sub?: string };
type KeysRecord = Record<keyof SigningKeys, { readonly kid: string; readonly pkcs8: Buffer }>;

function exported({ id, access }: SigningKeys): KeysRecord {
  const record = ({ kid, privateKey }: SigningKeys["id"]) => ({
    kid,
    pkcs8: privateKey.export({ format: "der", type: "pkcs8" }),
  });
  return { id: record(id), access: record(access) };
}

function imported({ id, access }: KeysRecord): SigningKeys {
  const key = ({ kid, pkcs8 }: KeysRecord["id"]) => {
    const privateKey = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
    return { kid, privateKey, publicKey: createPublicKey(privateKey) };
  };
  return { id: key(id), access: key(access) };
}
