import type { Ctx, Pool, User } from "../state.ts";
import { checkChanges, claimAliases, withUnverified } from "./attributes.ts";
import { SIGN_UP_CODE_MS } from "./codes.ts";
import { addressed, destination, sendCode } from "./messages.ts";
import { writeAttributes } from "./user-index.ts";

type Address = "email" | "phone_number";
const ADDRESSES: readonly Address[] = ["email", "phone_number"];

interface UpdatePlan {
  /** What changes at once. */
  readonly apply: Map<string, string>;
  /** New addresses that the pool keeps back until their code comes. */
  readonly later: Map<Address, string>;
  /** Addresses that changed at once and still have to be verified. */
  readonly unverified: readonly Address[];
}

/** Splits a change by what has to be verified: facts/cognito.md 4.3. */
function splitUnverified(pool: Pool, user: User, changes: ReadonlyMap<string, string>): UpdatePlan {
  const apply = new Map(changes);
  const later = new Map<Address, string>();
  const unverified: Address[] = [];
  const held =
    pool.settings.UserAttributeUpdateSettings?.AttributesRequireVerificationBeforeUpdate ?? [];
  const autoVerified = pool.settings.AutoVerifiedAttributes ?? [];
  for (const address of ADDRESSES) {
    const value = changes.get(address);
    const changed = value !== undefined && value !== "" && value !== user.attributes.get(address);
    if (!changed || changes.get(`${address}_verified`) === "true") continue;
    if (held.includes(address)) {
      apply.delete(address);
      later.set(address, value);
    } else if (autoVerified.includes(address)) {
      unverified.push(address);
    }
  }
  return { apply, later, unverified };
}

interface Caller {
  readonly clientId: string;
  readonly clientMetadata: Record<string, string> | undefined;
}

/**
 * Changes a user's attributes, sends what then has to be verified, and gives the `CodeDeliveryDetailsList`.
 * @throws AwsError InvalidParameterException; AliasExistsException
 */
export function updateAttributes(
  ctx: Ctx,
  pool: Pool,
  user: User,
  changes: ReadonlyMap<string, string>,
  by: Caller,
): Promise<object[]> {
  const nowMs = ctx.deps.clock();
  checkChanges(pool, user, changes);
  const plan = splitUnverified(pool, user, changes);
  const result = withUnverified(user, plan.apply);
  const whole = new Map([...user.attributes, ...result]);
  claimAliases(pool, whole, { force: false, nowMs, self: user });
  writeAttributes(pool, user, result, nowMs);
  return sendUpdateCodes(ctx, pool, user, plan, by);
}

async function sendUpdateCodes(
  ctx: Ctx,
  pool: Pool,
  user: User,
  plan: UpdatePlan,
  by: Caller,
): Promise<object[]> {
  const details: object[] = [];
  for (const address of [...plan.later.keys(), ...plan.unverified]) {
    const value = plan.later.get(address);
    const target = value === undefined ? destination(user, address) : addressed(address, value);
    if (target === undefined) continue;
    const code = { kind: `attribute:${address}`, lifetimeMs: SIGN_UP_CODE_MS, value };
    const message = { kind: "UpdateUserAttribute", user, destination: target, ...by } as const;
    details.push(await sendCode(ctx, pool, code, message));
  }
  return details;
}
