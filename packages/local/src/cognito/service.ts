import type {
  CreateUserPoolClientCommandInput,
  CreateUserPoolCommandInput,
} from "@aws-sdk/client-cognito-identity-provider";
import { noting } from "../data/noted-map.ts";
import type { WireRequest, WireResponse } from "../http.ts";
import type { SeedUser } from "../seed.ts";
import { ACCOUNT_ID, AwsError, type AwsService } from "../service.ts";
import { checkLimits } from "./api-limits.ts";
import type { CognitoDeps } from "./deps.ts";
import { resourceNotFound } from "./errors.ts";
import { discoveryDocument } from "./hosted/discovery.ts";
import { loadHosted, newHostedState } from "./hosted/records.ts";
import { createHosted, type Hosted } from "./hosted/service.ts";
import { failInterrupted } from "./import/run.ts";
import { takeUpload } from "./import/upload.ts";
import { OPERATIONS, UNSIGNED } from "./operations.ts";
import { makeClient } from "./pools/clients.ts";
import { makePool } from "./pools/pools.ts";
import { quotaNames } from "./quotas.ts";
import { createState, loadState } from "./records.ts";
import type { Ctx } from "./state.ts";
import { authorize } from "./tokens/authorize.ts";
import { publicKeys } from "./tokens/signing-keys.ts";
import { plantUser } from "./users/plant.ts";

export type { CognitoDeps } from "./deps.ts";

/** The user-pool stand-in: every pool and user in memory, many regions in one process. */
export interface Cognito extends AwsService {
  /**
   * The public documents of a pool, `/<poolId>/.well-known/jwks.json` and `…/openid-configuration`;
   * undefined where there is no such path. The first one of a pool nobody has signed in to makes its keys.
   */
  document(path: string): Promise<object | undefined>;
  /** Makes a pool in a region, under a given id where there is one. @throws AwsError as CreateUserPool */
  createPool(
    region: string,
    input: CreateUserPoolCommandInput,
    fixed?: { userPoolId: string; account?: string | undefined },
  ): { userPoolId: string };
  /** Makes an app client of a pool of that region. @throws AwsError as CreateUserPoolClient */
  createClient(
    region: string,
    input: CreateUserPoolClientCommandInput,
    fixed?: { clientId: string; clientSecret?: string },
  ): { clientId: string; clientSecret?: string };
  /** Puts users into a pool as if they had always been there. @throws AwsError as AdminCreateUser */
  plant(userPoolId: string, users: readonly SeedUser[]): void;
  /** Takes up what the store of an earlier stage kept. Before anything else. */
  restore(): Promise<void>;
  /** Runs something that may change pools, users or sessions, and puts what changed into the store. */
  keep<Result>(run: () => Result): Result;
  /** The pool that an app client belongs to: many calls name only the client. */
  poolOfClient(clientId: string): string | undefined;
  /** How a request to the sign-in pages of a pool is answered; undefined for any other request. */
  readonly hosted: Hosted;
  /** Takes the file of an import job, at the address that CreateUserImportJob gave. */
  upload(request: WireRequest): Promise<WireResponse>;
}

export function createCognito(deps: CognitoDeps): Cognito {
  const state = createState();
  const hosted = newHostedState();

  const { store } = deps;
  const keep = <Result>(run: () => Result): Result => {
    if (!store) return run();
    return noting(run, (notes) => {
      for (const [key, record] of notes) {
        const value = record();
        if (value === undefined) store.remove(key);
        else store.put(key, value);
      }
    });
  };

  const context = (region: string, signed = true): Ctx => ({
    deps,
    region,
    signed,
    keep,
    ...state,
  });
  const poolOfClient = (clientId: string) => state.clients.get(clientId)?.pool.id;

  return {
    keep,
    restore: async () => {
      if (!store) return;
      await loadState(store, state);
      await loadHosted(store, state, hosted);
      failInterrupted(state.pools);
    },

    async call({ region, operation, input, signed, caller }) {
      const run = OPERATIONS.get(operation);
      if (run === undefined) {
        throw new AwsError("UnknownOperationException", `${operation} is not an operation here.`);
      }
      if (!signed && !UNSIGNED.has(operation)) {
        throw new AwsError("MissingAuthenticationTokenException", "Missing Authentication Token");
      }
      deps.log?.(`cognito ${region} ${operation}`);
      const names = quotaNames(input, poolOfClient);
      deps.quotas?.take({ region, account: caller?.account ?? ACCOUNT_ID, operation, ...names });
      checkLimits(operation, input);
      if (UNSIGNED.has(operation)) return run(context(region, signed), input);
      const ctx = { ...context(region, signed), account: caller?.account };
      if (caller) authorize(ctx, operation, input, caller);
      return run(ctx, input);
    },

    async document(path) {
      const match = /^\/?([\w-]+)\/\.well-known\/(jwks\.json|openid-configuration)$/.exec(path);
      const pool = context("").pools.get(match?.[1] ?? "");
      if (pool === undefined) return undefined;
      if (match?.[2] === "jwks.json") return publicKeys(pool);
      return discoveryDocument({ deps }, pool);
    },

    createPool(region, input, fixed) {
      checkLimits("CreateUserPool", input);
      const { id } = keep(() =>
        makePool({ ...context(region), account: fixed?.account }, input, fixed?.userPoolId),
      );
      return { userPoolId: id };
    },

    createClient(region, input, fixed) {
      checkLimits("CreateUserPoolClient", input);
      const { id, secrets } = keep(() => makeClient(context(region), input, fixed));
      return { clientId: id, ...(secrets[0] && { clientSecret: secrets[0].value }) };
    },

    plant(userPoolId, users) {
      const pool = state.pools.get(userPoolId);
      if (pool === undefined) throw resourceNotFound(`User pool ${userPoolId} does not exist.`);
      keep(() => {
        for (const user of users) plantUser(pool, user, deps.clock());
      });
    },

    poolOfClient,

    hosted: createHosted((region) => context(region, false), hosted),

    upload: async (request) => takeUpload(context(""), request),
  };
}
