import { dirname } from "node:path";
import type { Clock, InvocationResult } from "../service.ts";
import type { Bundler } from "./bundle.ts";
import { type FunctionDefinition, runtimeOf } from "./definition.ts";
import { type NotStarted, type Sandbox, startSandbox } from "./sandbox.ts";
import { unbuilt } from "./unbuilt.ts";

interface PoolRun {
  readonly result: InvocationResult;
  readonly coldStart: boolean;
  readonly durationMs: number;
  readonly lines: readonly string[];
  readonly throttled: boolean;
}

/** The workers of one function. */
export interface Pool {
  run(invocation: { requestId: string; event: string }): Promise<PoolRun>;
  /** What the next invocations run. Workers that were started for other code or settings take none of them. */
  define(definition: FunctionDefinition): void;
  /** Lets the next invocation start anew, with the bundle of then. What runs, runs to its end. */
  recycle(): Promise<void>;
  stop(): Promise<void>;
}

interface PoolOptions {
  readonly definition: FunctionDefinition;
  readonly arn: string;
  readonly bundler: Pick<Bundler, "bundle" | "worker">;
  readonly endpoint: () => string;
  readonly clock: Clock;
}

/**
 * A laptop is not Lambda: beyond this an invocation waits for a worker, unless concurrency is reserved.
 * All of them stay warm, because starting one costs more than keeping it.
 */
const MOST_WORKERS = 4;

/** Keeps warm workers, and starts others while invocations overlap. */
export function createPool(options: PoolOptions): Pool {
  const { clock } = options;
  let { definition } = options;
  const idle: Sandbox[] = [];
  const all = new Set<Sandbox>();
  const outdated = new WeakSet<Sandbox>();
  const waiting: (() => void)[] = [];
  let running = 0;
  let stopped = false;

  const finish = async (sandbox: Sandbox): Promise<void> => {
    if (sandbox.usable() && !stopped && !outdated.has(sandbox)) {
      idle.push(sandbox);
      return;
    }
    all.delete(sandbox);
    await sandbox.stop();
  };

  const inside = async (
    invocation: { requestId: string; event: string },
    lines: ReturnType<typeof createLines>,
  ): Promise<Omit<PoolRun, "lines" | "throttled">> => {
    const warm = takeUsable(idle);
    const started = warm ?? (await start({ ...options, definition }, lines.write));
    if ("reason" in started) {
      return {
        result: { outcome: "crashed", ...started },
        coldStart: true,
        durationMs: 0,
      };
    }
    all.add(started);
    // The stage may have ended while the worker started.
    if (stopped) await started.stop();
    const begin = performance.now();
    const result = await started.invoke(
      {
        ...invocation,
        functionArn: options.arn,
        timeoutMs: definition.timeoutSeconds * 1000,
        clockOffsetMs: clock() - Date.now(),
      },
      lines.write,
    );
    const durationMs = performance.now() - begin;
    await finish(started);
    return { result, coldStart: warm === undefined, durationMs };
  };

  const recycle = async (): Promise<void> => {
    for (const sandbox of all) outdated.add(sandbox);
    const left = idle.splice(0);
    for (const sandbox of left) all.delete(sandbox);
    await Promise.all(left.map((sandbox) => sandbox.stop()));
  };

  return {
    run: async (invocation) => {
      const lines = createLines();
      if (running >= (definition.reservedConcurrency ?? MOST_WORKERS)) {
        if (definition.reservedConcurrency !== undefined) return throttled();
        await new Promise<void>((resolve) => waiting.push(resolve));
      } else {
        running += 1;
      }
      try {
        if (stopped) return { ...throttled(), throttled: false };
        const ran = await inside(invocation, lines);
        return { ...ran, lines: lines.all(), throttled: false };
      } finally {
        // Who waits gets the slot itself: were it free in between, another run could take it first.
        const next = waiting.shift();
        if (next) next();
        else running -= 1;
      }
    },
    define: (next) => {
      const alike = ofWorker(next) === ofWorker(definition);
      definition = next;
      if (!alike) void recycle();
    },
    recycle,
    stop: async () => {
      stopped = true;
      await Promise.all([...all].map((sandbox) => sandbox.stop()));
    },
  };
}

/** What a worker is started with. */
function ofWorker(definition: FunctionDefinition): string {
  const { handler, root, environment, memoryMb } = definition;
  return JSON.stringify([runtimeOf(definition), handler, root, environment, memoryMb]);
}

/** A worker may have died of something that it left running. */
function takeUsable(idle: Sandbox[]): Sandbox | undefined {
  for (let sandbox = idle.pop(); sandbox; sandbox = idle.pop()) {
    if (sandbox.usable()) return sandbox;
  }
  return undefined;
}

function throttled(): PoolRun {
  return {
    result: { outcome: "crashed", reason: "Rate Exceeded." },
    coldStart: false,
    durationMs: 0,
    lines: [],
    throttled: true,
  };
}

async function start(
  { definition, bundler, endpoint }: PoolOptions,
  onLog: (text: string) => void,
): Promise<Sandbox | NotStarted> {
  let files: [program: string, bundle: { file: string; exportName: string }];
  try {
    files = await Promise.all([bundler.worker(), bundler.bundle(definition)]);
  } catch (error) {
    return unbuilt(error, definition.handler);
  }
  const [program, bundle] = files;
  return startSandbox(
    {
      program,
      start: {
        ...bundle,
        handler: definition.handler,
        runtime: runtimeOf(definition),
        functionName: definition.name,
        memoryMb: definition.memoryMb,
      },
      memoryMb: definition.memoryMb,
      environment: {
        ...reserved(definition, dirname(bundle.file), endpoint()),
        ...definition.environment,
      },
    },
    onLog,
  );
}

/** What Lambda sets. Source: Lambda DG, "Defined runtime environment variables". */
function reserved(
  definition: FunctionDefinition,
  taskRoot: string,
  endpoint: string,
): Record<string, string> {
  return {
    _HANDLER: definition.handler,
    AWS_REGION: definition.region,
    AWS_DEFAULT_REGION: definition.region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${runtimeOf(definition)}`,
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMb),
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${definition.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: "local",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_SESSION_TOKEN: "local",
    AWS_ENDPOINT_URL: endpoint,
    LAMBDA_TASK_ROOT: taskRoot,
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    PATH: "/usr/local/bin:/usr/bin/:/bin",
  };
}

/** Cuts what a function writes into lines; a line may come in pieces. */
function createLines(): { write: (text: string) => void; all: () => string[] } {
  let text = "";
  return {
    write: (piece) => {
      text += piece;
    },
    all: () => text.split("\n").filter((line) => line.length > 0),
  };
}
