import type { FunctionError } from "../service.ts";

/** What the host tells a worker when it starts one. */
export interface WorkerStart {
  /** The absolute path of the bundle. */
  readonly file: string;
  readonly exportName: string;
  /** As it is configured: file and export. */
  readonly handler: string;
  /** For example `nodejs24.x`. */
  readonly runtime: string;
  readonly functionName: string;
  readonly memoryMb: number;
}

/** The host asks for one invocation. */
export interface InvokeMessage {
  readonly requestId: string;
  /** JSON text. */
  readonly event: string;
  readonly functionArn: string;
  /** Milliseconds that are left from when the message arrives. */
  readonly timeoutMs: number;
  /** How far the stage's time is from real time, in milliseconds. */
  readonly clockOffsetMs: number;
}

/** What a worker tells the host. */
export type WorkerMessage =
  | { readonly type: "ready" }
  /** It did not load, or something failed that nobody waited for: the worker is of no use any more. */
  | { readonly type: "failed"; readonly error: FunctionError }
  | { readonly type: "log"; readonly text: string }
  /** `payload` is JSON text. */
  | { readonly type: "returned"; readonly requestId: string; readonly payload: string }
  | { readonly type: "threw"; readonly requestId: string; readonly error: FunctionError };
