import type { MigrationInput } from "@carryover/core/config/schema";

/** A resource as the stacks declare it. */
export interface Resource {
  /** As Pulumi has it: `aws:sqs/queue:Queue`. */
  readonly type: string;
  readonly name: string;
  /** Where it would be created; undefined for what is in no region, such as SST's components. */
  readonly region: string | undefined;
  readonly inputs: Readonly<Record<string, unknown>>;
}

export interface EvaluationInput {
  readonly stage: string;
  /** Instead of carryover.config.ts. Data only: no `attributes.transform`. */
  readonly config?: MigrationInput | undefined;
  /** As `sst dev` declares them: functions that hand each call to a person's own machine. */
  readonly dev?: boolean | undefined;
  /** Secrets of the configuration that nobody has set. All others are `value-of-<name>`. */
  readonly unsetSecrets?: readonly string[] | undefined;
}

/** What SST's CLI would bundle as a function. */
export interface Build {
  /** The function component's name. */
  readonly functionID: string;
  readonly handler: string;
  readonly runtime: string;
  /** By name, with the properties that the function reads. */
  readonly links: Readonly<Record<string, unknown>>;
}

export interface Options {
  readonly type: string;
  readonly name: string;
  readonly isProtected: boolean;
  readonly isRetained: boolean;
}

export interface Evaluation {
  readonly app: {
    readonly name: string;
    readonly removal: string | undefined;
    readonly protect: boolean | undefined;
    readonly homeRegion: string;
  };
  readonly resources: readonly Resource[];
  readonly options: readonly Options[];
  /** What a deployment prints at its end. */
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly builds: readonly Build[];
}
