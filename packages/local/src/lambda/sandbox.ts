import { Worker } from "node:worker_threads";
import type { FunctionError, InvocationResult } from "../service.ts";
import type { InvokeMessage, WorkerMessage, WorkerStart } from "./protocol.ts";

/** Where a function's code runs: one worker thread, one invocation at a time. */
export interface Sandbox {
  /** Runs the handler once. The worker can only be used again after `returned` or `threw`. */
  invoke(message: InvokeMessage, onLog: (text: string) => void): Promise<InvocationResult>;
  /** Whether it can take another invocation. */
  usable(): boolean;
  stop(): Promise<void>;
}

/** Why a sandbox could not be started, for people, and as the runtime says it where it got so far. */
export interface NotStarted {
  readonly reason: string;
  readonly error?: FunctionError;
}

interface SandboxOptions {
  /** The worker's program. */
  readonly program: string;
  readonly start: WorkerStart;
  /** All the handler can see of an environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMb: number;
}

/** Lambda gives the init phase ten seconds. Source: Lambda DG, "Lambda runtime environment lifecycle". */
const INIT_SECONDS = 10;

/** Starts a worker and loads the handler. Answers with the reason where it cannot be started. */
export async function startSandbox(
  options: SandboxOptions,
  onLog: (text: string) => void,
): Promise<Sandbox | NotStarted> {
  const worker = new Worker(options.program, {
    workerData: options.start,
    env: { ...options.environment },
    // Neither the stage's flags nor a test runner's loaders belong into a function.
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: options.memoryMb },
  });
  let log = onLog;
  let settle: (result: WorkerMessage | { readonly type: "gone"; readonly reason: string }) => void =
    () => undefined;
  let alive = true;

  const next = () =>
    new Promise<Parameters<typeof settle>[0]>((resolve) => {
      settle = resolve;
    });
  worker.on("message", (message: WorkerMessage) => {
    if (message.type === "log") return log(message.text);
    settle(message);
    if (message.type !== "failed") return;
    // Also between two invocations, when nobody waits for an answer.
    alive = false;
    void worker.terminate();
  });
  worker.on("error", (error) => {
    alive = false;
    settle({ type: "gone", reason: reasonOf(error) });
  });
  worker.on("exit", (code) => {
    alive = false;
    settle({ type: "gone", reason: exited(code) });
  });

  const timer = setTimeout(() => {
    settle({ type: "gone", reason: `Init Duration exceeded ${INIT_SECONDS} seconds` });
  }, INIT_SECONDS * 1000);
  const first = await next();
  clearTimeout(timer);
  if (first.type !== "ready") {
    await worker.terminate();
    if (first.type === "failed") return failedBy(first.error);
    return { reason: first.type === "gone" ? first.reason : "the worker did not start" };
  }

  return {
    usable: () => alive,
    stop: async () => {
      alive = false;
      await worker.terminate();
    },
    invoke: async (message, onInvocationLog) => {
      // Nobody would answer, and the stage would wait for the function's whole timeout before it ends.
      if (!alive) return { outcome: "crashed", reason: "the worker has ended" };
      log = onInvocationLog;
      const timeout = setTimeout(
        () => settle({ type: "gone", reason: TIMED_OUT }),
        message.timeoutMs,
      );
      const result = next();
      worker.postMessage(message);
      const answer = await result;
      clearTimeout(timeout);
      switch (answer.type) {
        case "returned":
          return { outcome: "returned", payload: JSON.parse(answer.payload) };
        case "threw":
          return { outcome: "threw", ...answer.error };
        default: {
          alive = false;
          // What a dead worker still says belongs to nobody.
          log = () => undefined;
          await worker.terminate();
          if (answer.type === "failed") return { outcome: "crashed", ...failedBy(answer.error) };
          const reason = answer.type === "gone" ? answer.reason : answer.type;
          return reason === TIMED_OUT ? { outcome: "timed-out" } : { outcome: "crashed", reason };
        }
      }
    },
  };
}

const TIMED_OUT = "timed out";

function failedBy(error: FunctionError): NotStarted {
  return { reason: `${error.errorType}: ${error.errorMessage}`, error };
}

/** Source: aws-lambda-runtime-interface-emulator, how a runtime's exit is put into words. */
function exited(code: number): string {
  if (code === 0) return "Runtime exited without providing a reason";
  return `Runtime exited with error: exit status ${code}`;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY") {
    return "Runtime exited with error: signal: killed";
  }
  return `${error.name}: ${error.message}`;
}
