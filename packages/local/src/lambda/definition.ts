import type { Asynchronous } from "./asynchronous.ts";
import type { BundleRequest } from "./bundle.ts";
import type { FunctionStatement } from "./permissions.ts";

/** A function as the stage registers it. */
export interface FunctionDefinition extends BundleRequest {
  readonly name: string;
  readonly region: string;
  /** What the handler sees besides the variables that Lambda itself sets. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** Invocations beyond it are throttled. Without it they wait for a free worker. */
  readonly reservedConcurrency?: number | undefined;
  readonly asynchronous?: Asynchronous | undefined;
  /** The queue that gets what asynchronous invocations failed with for good. */
  readonly deadLetterArn?: string | undefined;
  readonly tags?: Readonly<Record<string, string>>;
  readonly policy?: readonly FunctionStatement[];
  /** The code as it was uploaded, if it was: such a function outlives the process, where the stage has a store. */
  readonly zip?: Uint8Array;
  /** What only the API shows; what is uploaded comes with it. */
  readonly shown?: {
    readonly runtime?: string;
    readonly role?: string;
    readonly description?: string;
    readonly architectures?: readonly string[];
    readonly codeSha256?: string;
    readonly codeBytes?: number;
    /** Settings of which nothing comes here, by their names in the API. */
    readonly settings?: Readonly<Record<string, unknown>>;
  };
}

export interface RegisteredFunction extends FunctionDefinition {
  readonly arn: string;
  /** Another one after each change. */
  readonly revisionId: string;
  readonly modifiedAtEpochMs: number;
}

/** What the functions of this repository are deployed for, where a function does not say. */
export function runtimeOf({ shown }: Pick<FunctionDefinition, "shown">): string {
  return shown?.runtime ?? "nodejs24.x";
}
