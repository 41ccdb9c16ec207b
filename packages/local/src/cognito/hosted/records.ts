import { NotedMap } from "../../data/noted-map.ts";
import type { Store } from "../../data/store.ts";
import type { CognitoState } from "../records.ts";
import type { Client, Pool, User } from "../state.ts";
import type { BrowserSession, CodeGrant, Departure, HostedState, SignInRequest } from "./state.ts";

const CODE = "cognito/code/";
const BROWSER = "cognito/browser/";
const DEPARTURE = "cognito/departure/";

type RequestRecord = Omit<SignInRequest, "client"> & { readonly clientId: string };
type CodeRecord = Omit<CodeGrant, "request" | "user"> & {
  readonly request: RequestRecord;
  readonly sub: string;
};
type BrowserRecord = Omit<BrowserSession, "pool" | "user"> & {
  readonly poolId: string;
  readonly sub: string;
};
type DepartureRecord = Omit<Departure, "request"> & { readonly request: RequestRecord };

export function newHostedState(): HostedState {
  return {
    codes: new NotedMap<CodeGrant>({
      keyOf: (_grant, key) => CODE + key,
      recordOf: ({ request, user, ...grant }): CodeRecord => ({
        ...grant,
        request: requestRecord(request),
        sub: user.sub,
      }),
    }),
    browsers: new NotedMap<BrowserSession>({
      keyOf: (_session, key) => BROWSER + key,
      recordOf: ({ pool, user, ...session }): BrowserRecord => ({
        ...session,
        poolId: pool.id,
        sub: user.sub,
      }),
    }),
    departures: new NotedMap<Departure>({
      keyOf: (_departure, key) => DEPARTURE + key,
      recordOf: ({ request, ...departure }): DepartureRecord => ({
        ...departure,
        request: requestRecord(request),
      }),
    }),
  };
}

/** Fills an empty state with what a store keeps, once its pools and users are there. */
export async function loadHosted(
  store: Store,
  { pools, clients }: CognitoState,
  hosted: HostedState,
): Promise<void> {
  await load<CodeRecord, CodeGrant>(store, CODE, hosted.codes, ({ request, sub, ...grant }) => {
    const client = clients.get(request.clientId);
    const user = client?.pool.bySub.get(sub);
    return client && user && { ...grant, request: requestOf(request, client), user };
  });
  await load<BrowserRecord, BrowserSession>(
    store,
    BROWSER,
    hosted.browsers,
    ({ poolId, sub, ...session }) => {
      const pool: Pool | undefined = pools.get(poolId);
      const user: User | undefined = pool?.bySub.get(sub);
      return pool && user && { ...session, pool, user };
    },
  );
  await load<DepartureRecord, Departure>(
    store,
    DEPARTURE,
    hosted.departures,
    ({ request, ...departure }) => {
      const client = clients.get(request.clientId);
      return client && { ...departure, request: requestOf(request, client) };
    },
  );
}

/** @param revive undefined: what it was about is gone */
async function load<Kept, Value>(
  store: Store,
  prefix: string,
  all: Map<string, Value>,
  revive: (kept: Kept) => Value | undefined,
): Promise<void> {
  for await (const [key, kept] of store.entries(prefix)) {
    const value = revive(kept as Kept);
    if (value === undefined) store.remove(key);
    else all.set(key.slice(prefix.length), value);
  }
}

function requestRecord({ client, ...request }: SignInRequest): RequestRecord {
  return { ...request, clientId: client.id };
}

function requestOf({ clientId: _, ...request }: RequestRecord, client: Client): SignInRequest {
  return { ...request, client };
}
