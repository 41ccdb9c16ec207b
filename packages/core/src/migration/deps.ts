import type { Deployment } from "../config/deployment.ts";
import type { Attributes, AttributeTransform } from "../config/schema.ts";
import type { Publish } from "../events/event.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Origin } from "./attributes.ts";
import type { Deadline } from "./deadline.ts";
import type { Count } from "./metric.ts";
import type { MfaSessions } from "./mfa-session-store.ts";
import type { PoolUser, SourcePool, UserLookup } from "./source.ts";

/** What the migration needs for one invocation. */
export interface MigrationDeps {
  readonly deployment: Deployment;
  readonly transform: AttributeTransform | undefined;
  /** In the order in which they are asked. */
  readonly sources: readonly SourcePool[];
  /** The pool that the trigger is attached to. */
  readonly target: {
    readonly poolId: string;
    readonly region: string;
    findUser(username: string, signal: AbortSignal): Promise<UserLookup>;
  };
  readonly mfaSessions: MfaSessions;
  readonly publish: Publish;
  readonly count: Count;
  readonly clock: Clock;
  readonly deadline: Deadline;
  /** Where the one source is another region's pool: who somebody is there is who they are here. */
  readonly identityThere?: (user: PoolUser) => Origin;
  /** Where people have home regions. */
  readonly homes?: {
    /** Whether somebody with these attributes lives in this region. */
    livesHere(attributes: Attributes): boolean;
    /** Says to somebody who proved who they are where they live. @throws Refusal */
    sendHome(attributes: Attributes, userId: string, login: string): Promise<never>;
  };
}

/** Kept back from the calls to the sources, of the trigger's 4.2 s: a publication takes 1.2 s at most. */
const PUBLISH_RESERVE_MS = 1300;

/** The end of a call to a source or to the new pool. */
export function callSignal({ deadline }: Pick<MigrationDeps, "deadline">): AbortSignal {
  return deadline.signal(PUBLISH_RESERVE_MS);
}
