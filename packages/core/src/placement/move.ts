import * as z from "zod/mini";
import { OWN_ATTRIBUTES } from "../config/attributes.ts";
import type { Deployment } from "../config/deployment.ts";
import { heldUserId } from "../identity/held-user-id.ts";
import { type PoolId, Sub } from "../kernel/ids.ts";
import type { MigrationDeps } from "../migration/deps.ts";
import { Refusal } from "../migration/refusal.ts";
import type { PoolUser, SourcePool } from "../migration/source.ts";
import type { Directory, PoolOfRegion } from "./home.ts";
import type { LoginKeys } from "./login-key.ts";
import { decideHome } from "./policy.ts";
import { whereabouts } from "./whereabouts.ts";

export interface MoveDeps {
  readonly directory: Directory;
  readonly keys: LoginKeys;
  /** Another region's pool, as one that users come from. */
  readonly sourceIn: (pool: PoolOfRegion) => SourcePool;
}

/**
 * How a login that this region's pool does not know is dealt with. Somebody who is to move here comes from
 * the pool of their old home, as they are there. Whoever belongs elsewhere is sent there before anybody is
 * asked, and so is a login that nobody has, which has one of the regions too. Else the sources are asked.
 * @throws Refusal WRONG_REGION, or TRY_AGAIN_LATER: without the directory a user could be made in the wrong region
 */
export async function withHomes(
  { directory, keys, sourceIn }: MoveDeps,
  deps: MigrationDeps,
  login: string,
): Promise<MigrationDeps> {
  const here = deps.deployment.region;
  try {
    const { region, home } = await whereabouts(directory, keys, login);
    if (region !== here) throw new Refusal("WRONG_REGION", { region });
    const { account } = home ?? {};
    if (!account || account.region === here)
      return { ...deps, homes: homesOf(directory, keys, deps.deployment) };
    const pool = await directory.poolIn(account.region);
    return {
      ...deps,
      deployment: asItIs(deps.deployment),
      transform: undefined,
      sources: [sourceIn(pool)],
      identityThere: (user) => identityIn(account.poolId, user),
    };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal("TRY_AGAIN_LATER", { cause: error });
  }
}

function homesOf(
  directory: Directory,
  keys: LoginKeys,
  { placement, region: here }: Deployment,
): NonNullable<MigrationDeps["homes"]> {
  if (!placement) throw new Error("the configuration has no placement");
  return {
    livesHere: (attributes) => decideHome(placement, attributes).region === here,
    async sendHome(attributes, userId, login) {
      const { region } = decideHome(placement, attributes);
      // Or the user would be sent back from there: nobody knows the login yet.
      await directory.expect(keys.keyOf(login), userId, region);
      throw new Refusal("WRONG_REGION", { region });
    },
  };
}

/** Both pools are new pools: nothing has to be mapped, and what a move needs is not the sources' to refuse. */
function asItIs(deployment: Deployment): Deployment {
  return {
    ...deployment,
    attributes: { rename: {}, drop: [], constants: {} },
    forgotPassword: "cross",
  };
}

/** Who somebody is there is who they are here, the old pool that they once came from included. */
function identityIn(poolId: PoolId, { sub, attributes }: PoolUser) {
  const legacySub = attributes[OWN_ATTRIBUTES.legacySub];
  const sourceId = attributes[OWN_ATTRIBUTES.legacySource];
  return {
    userId: heldUserId(attributes, { poolId, sub: z.parse(Sub, sub) }).userId,
    ...(legacySub && sourceId && { legacy: { sourceId, sub: legacySub } }),
  };
}
