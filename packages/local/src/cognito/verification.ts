import { issueCode, SIGN_UP_CODE_MS } from "./codes.ts";
import { deliveryDetails, destination, sendMessage } from "./messages.ts";
import type { Ctx, Pool, User } from "./state.ts";

type Address = "email" | "phone_number";
const ADDRESSES: readonly Address[] = ["email", "phone_number"];

export interface UpdatePlan {
  /** What changes at once. */
  readonly apply: Map<string, string>;
  /** New addresses that the pool keeps back until their code comes. */
  readonly later: Map<Address, string>;
  /** Addresses that changed at once and still have to be verified. */
  readonly unverified: readonly Address[];
}

/** Splits a change by what has to be verified: facts/cognito.md 4.3. */
export function splitUnverified(
  pool: Pool,
  user: User,
  changes: ReadonlyMap<string, string>,
): UpdatePlan {
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

/** Sends what an update has to have verified, and gives the `CodeDeliveryDetailsList`. */
export async function sendUpdateCodes(
  ctx: Ctx,
  pool: Pool,
  user: User,
  plan: Pick<UpdatePlan, "later" | "unverified">,
  clientId: string,
  clientMetadata: Record<string, string> | undefined,
): Promise<object[]> {
  const details: object[] = [];
  for (const address of [...plan.later.keys(), ...plan.unverified]) {
    const value = plan.later.get(address);
    const target =
      value === undefined
        ? destination(user, address)
        : {
            medium: address === "email" ? ("EMAIL" as const) : ("SMS" as const),
            attribute: address,
            to: value,
          };
    if (target === undefined) continue;
    const { code } = issueCode(
      user,
      `attribute:${address}`,
      ctx.deps.clock() + SIGN_UP_CODE_MS,
      value,
    );
    await sendMessage(ctx, pool, {
      kind: "UpdateUserAttribute",
      user,
      clientId,
      code,
      destination: target,
      clientMetadata,
    });
    details.push(deliveryDetails(target));
  }
  return details;
}
