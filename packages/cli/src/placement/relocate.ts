import { freshId, Region, UserId } from "@carryover/core/kernel/ids";
import { PlacementInputError, parsed } from "@carryover/core/placement/errors";
import { cancelRelocation, requestRelocation } from "@carryover/core/placement/relocate";
import * as z from "zod/mini";
import { sayingOn } from "../bus.ts";
import { callerArn } from "../caller.ts";
import { placementAt, regionsWithPool, type TableOptions } from "./table.ts";

export interface RelocateOptions extends TableOptions {
  readonly bus?: string;
  readonly to?: string;
  readonly cancel?: boolean;
}

const Input = z.object({ userId: UserId, to: z.optional(Region) });

/** Asks for a user's move at the next sign-in, or takes it back. @throws PlacementInputError, NotPlacedError, PublishError */
export async function relocate(
  userId: string,
  { bus, to, cancel, ...at }: RelocateOptions,
): Promise<void> {
  if (to === undefined && cancel !== true) {
    throw new PlacementInputError("say where to, by --to REGION, or --cancel");
  }
  if (bus === undefined) throw new PlacementInputError("say on which bus, by --bus NAME");
  const input = parsed(Input, { userId, ...(to !== undefined && { to }) });
  const ledger = placementAt(at);
  const [head] = await ledger.recent(input.userId, 1);
  const deps = {
    ledger,
    ...sayingOn({ bus, region: at.region }),
    policy: {
      version: head?.policyVersion ?? 1,
      regions: input.to === undefined ? [] : await regionsWithPool(at),
    },
  };
  const id = freshId();
  const asker = { cause: { id, correlationId: id }, actor: await callerArn(at.region) };
  const state =
    input.to === undefined
      ? await cancelRelocation(deps, input.userId, asker)
      : await requestRelocation(deps, input.userId, input.to, asker);
  console.log(
    state.movingTo === undefined
      ? `${userId} lives in ${state.home}, and stays`
      : `${userId} lives in ${state.home}, and moves to ${state.movingTo} at the next sign-in`,
  );
}
