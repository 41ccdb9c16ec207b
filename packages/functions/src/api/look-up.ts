import { PlacementUnavailableError, parsed } from "@carryover/core/placement/errors";
import type { PoolOfRegion } from "@carryover/core/placement/home";
import { whereabouts } from "@carryover/core/placement/whereabouts";
import { Hono } from "hono";
import { RateLimiterMemory } from "rate-limiter-flexible";
import * as z from "zod/mini";
import { directory } from "../runtime/directory.ts";
import { type HttpEnv, httpHandler, jsonOf, sourceIpOf, withErrors } from "../runtime/http.ts";
import { linked } from "../runtime/wire.ts";

const { directory: homes, keys } = directory();
const regions = linked("Migration").placement?.regions ?? [];
/** Loaded together, so that no region's first answer is slower than another's. */
let pools: Promise<readonly PoolOfRegion[]> | undefined;

/** For one caller's address in a minute, in each instance of the function: API Gateway limits all of them together. */
const limiter = new RateLimiterMemory({ points: 300, duration: 60 });

const Asked = z.strictObject({ login: z.string().check(z.minLength(1), z.maxLength(256)) });

/**
 * Where a login signs in: the same reads, and as likely an answer, for one that nobody has. In the body,
 * because addresses in URLs end up in logs.
 */
const app = withErrors("look-up", new Hono<HttpEnv>()).post("/lookup", async (context) => {
  const isWithin = await limiter.consume(sourceIpOf(context)).then(
    () => true,
    () => false,
  );
  if (!isWithin) return context.json({ code: "lookup.too-many" }, 429);
  const { login } = parsed(Asked, await jsonOf(context));
  const { region } = await whereabouts(homes, keys, login).catch(unavailable);
  pools ??= Promise.all(regions.map((one) => homes.poolIn(one)));
  const pool = (await pools.catch(unavailable)).find((one) => one.region === region);
  if (!pool) throw new PlacementUnavailableError("a region has no pool", { region });
  const { userPoolId, clientId } = pool;
  context.header("cache-control", "no-store");
  return context.json({ region, userPoolId, clientId });
});

export const handler = httpHandler(app);

function unavailable(cause: unknown): never {
  pools = undefined;
  throw new PlacementUnavailableError("the directory did not answer", {}, { cause });
}
