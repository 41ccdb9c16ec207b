import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { eventBus } from "@carryover/core/aws/bus";
import { strict } from "@carryover/core/events/publish";
import { systemClock } from "@carryover/core/kernel/clock";
import { freshId, Region, UserId } from "@carryover/core/kernel/ids";
import { PlacementInputError, parsed } from "@carryover/core/placement/errors";
import { cancelRelocation, requestRelocation } from "@carryover/core/placement/relocate";
import * as z from "zod/mini";
import { placementAt, regionsWithPool, type TableOptions } from "./table.ts";

export interface RelocateOptions extends TableOptions {
  readonly bus: string;
  readonly to?: string;
  readonly cancel?: boolean;
}

const Input = z.object({ userId: UserId, to: z.optional(Region) });

/** Within this the bus takes an event, or the command says that it did not. */
const PUBLISH_MS = 10_000;

/** Asks for a user's move at the next sign-in, or takes it back. @throws PlacementInputError, NotPlacedError, PublishError */
export async function relocate(
  userId: string,
  { bus, to, cancel, ...at }: RelocateOptions,
): Promise<void> {
  if (to === undefined && cancel !== true) {
    throw new PlacementInputError("say where to, by --to REGION, or --cancel");
  }
  const input = parsed(Input, { userId, ...(to !== undefined && { to }) });
  const sink = eventBus(new EventBridgeClient({ region: at.region }), bus, systemClock);
  const ledger = placementAt(at);
  const [head] = await ledger.recent(input.userId, 1);
  const deps = {
    ledger,
    publish: strict((events) => sink(events, PUBLISH_MS)),
    // The bus has the stage's name behind the app's.
    origin: { stage: bus.replace(/^carryover-/, ""), region: at.region, clock: systemClock },
    policy: {
      version: head?.policyVersion ?? 1,
      regions: input.to === undefined ? [] : await regionsWithPool(at),
    },
  };
  const id = freshId();
  const asker = { cause: { id, correlationId: id }, actor: "carryover relocate" };
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
