/**
 * The program inside a worker: the part of the Node.js Lambda runtime that a handler can notice.
 * It is built by `bundle.ts` and started by `sandbox.ts`; it must import nothing else of ours.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import type { FunctionError } from "../service.ts";
import type { InvokeMessage, WorkerMessage, WorkerStart } from "./protocol.ts";

type Callback = (error: unknown, value?: unknown) => void;
type Handler = (event: unknown, context: object, callback?: Callback) => unknown;

const port = parentPort;
const start: WorkerStart = workerData;
let clockOffsetMs = 0;

function tell(message: WorkerMessage): void {
  port?.postMessage(message);
}

/** Output goes the same way as results, or a line could arrive after the result it belongs to. */
function captureOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
      tell({
        type: "log",
        text: typeof chunk === "string" ? chunk : Buffer.from(chunk).toString(),
      });
      const done = rest.find((one) => typeof one === "function");
      if (typeof done === "function") queueMicrotask(() => done());
      return true;
    };
  }
  captureDescriptors();
}

/** Loggers such as pino write to the descriptors themselves, which a worker shares with the whole stage. */
function captureDescriptors(): void {
  const { write, writeSync, writeFileSync } = fs;
  const isOutput = (file: unknown) => file === 1 || file === 2;
  const say = (data: unknown, [at, size]: readonly unknown[] = []): number => {
    const bytes = Buffer.from(data as string);
    const { offset = 0, length } = at !== null && typeof at === "object" ? Object(at) : {};
    const from = typeof data === "string" ? 0 : typeof at === "number" ? at : offset;
    const most = typeof data === "string" ? undefined : typeof size === "number" ? size : length;
    const said = bytes.subarray(from, most === undefined ? undefined : from + most);
    tell({ type: "log", text: said.toString() });
    return said.length;
  };
  const replaced = {
    writeSync: (file: number, data: unknown, ...rest: unknown[]) =>
      isOutput(file) ? say(data, rest) : Reflect.apply(writeSync, fs, [file, data, ...rest]),
    write: (file: number, data: unknown, ...rest: unknown[]) => {
      if (!isOutput(file)) return Reflect.apply(write, fs, [file, data, ...rest]);
      const written = say(data, rest);
      const done = rest.at(-1);
      if (typeof done === "function") queueMicrotask(() => done(null, written, data));
    },
    writeFileSync: (file: unknown, data: unknown, ...rest: unknown[]) =>
      isOutput(file)
        ? void say(data)
        : Reflect.apply(writeFileSync, fs, [file, data, ...rest] as never),
  };
  Object.assign(fs, replaced);
  // Also for those who import them by name.
  syncBuiltinESMExports();
}

/** Handlers live in the stage's time: tokens and codes of a moved stage must not look expired. */
function moveDate(): void {
  const RealDate = Date;
  const realNow = Date.now.bind(Date);
  const now = () => realNow() + clockOffsetMs;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new RealDate(now()).toString(),
    get: (target, key, receiver) => (key === "now" ? now : Reflect.get(target, key, receiver)),
  });
}

/** Source: aws-lambda-nodejs-runtime-interface-client, src/utils/error.ts, formatError. */
function described(error: unknown): FunctionError {
  if (!(error instanceof Error)) {
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  }
  const trace = error.stack?.split("\n") ?? [];
  return { errorType: error.name, errorMessage: error.message, trace };
}

/** An error of the runtime itself. Source: the same, src/utils/errors.ts. */
function runtimeError(name: string, message: string): Error {
  const error = new Error(message);
  error.name = `Runtime.${name}`;
  return error;
}

/** Writes an error and says that the worker is of no use any more, which ends it. */
function fail(error: unknown): void {
  process.stderr.write(
    `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  tell({ type: "failed", error: described(error) });
}

/** What nobody waits for ends the environment. Source: the same, src/index.ts. */
function reportUncaught(): void {
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", (reason) =>
    fail(runtimeError("UnhandledPromiseRejection", String(reason))),
  );
}

/** Source: the same, src/function/handler-resolver.ts and module-loader.ts. @throws Error */
async function load({ file, exportName, handler: name }: WorkerStart): Promise<Handler> {
  let module: Record<string, unknown>;
  try {
    module = await import(pathToFileURL(file).href);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "MODULE_NOT_FOUND") throw runtimeError("ImportModuleError", String(error));
    throw error;
  }
  // A CommonJS module is the default export of its bundle.
  const fallback = module["default"] as Record<string, unknown> | undefined;
  const handler = module[exportName] ?? fallback?.[exportName];
  if (!handler) throw runtimeError("HandlerNotFound", `${name} is undefined or not exported`);
  if (typeof handler !== "function") {
    throw runtimeError("HandlerNotFound", `${name} is not a function`);
  }
  if (!takesCallbacks() && handler.length >= 3) {
    throw runtimeError("CallbackHandlerDeprecated", NO_CALLBACKS);
  }
  return handler as Handler;
}

/** Source: the same, src/context/constants.ts. */
const NO_CALLBACKS =
  "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.";

function takesCallbacks(): boolean {
  return Number(/^nodejs(\d+)/.exec(start.runtime)?.[1]) < 24;
}

/** Up to Node.js 22: whatever comes first. Source: the same before its version 4, src/Runtime.js. */
function withCallback(handler: Handler, event: unknown, context: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const result = handler(event, context, (error, value) => {
      if (error === null || error === undefined) resolve(value);
      else reject(error);
    });
    if (result instanceof Promise) result.then(resolve, reject);
    // It returns something else and cannot call back: what it returns, nobody gets.
    else if (handler.length < 3) resolve(undefined);
  });
}

function contextOf(message: InvokeMessage): object {
  const deadline = performance.now() + message.timeoutMs;
  return {
    functionName: start.functionName,
    functionVersion: "$LATEST",
    invokedFunctionArn: message.functionArn,
    memoryLimitInMB: String(start.memoryMb),
    awsRequestId: message.requestId,
    logGroupName: `/aws/lambda/${start.functionName}`,
    logStreamName: "local",
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(deadline - performance.now())),
  };
}

async function run(handler: Handler, message: InvokeMessage): Promise<void> {
  const { requestId } = message;
  clockOffsetMs = message.clockOffsetMs;
  try {
    const event = JSON.parse(message.event);
    const context = contextOf(message);
    const result = takesCallbacks()
      ? await withCallback(handler, event, context)
      : await handler(event, context);
    tell({ type: "returned", requestId, payload: JSON.stringify(result) ?? "null" });
  } catch (error) {
    // Lambda also logs the error.
    process.stderr.write(
      `Invoke Error ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    tell({ type: "threw", requestId, error: described(error) });
  }
}

async function main(): Promise<void> {
  captureOutput();
  moveDate();
  process.setSourceMapsEnabled(true);
  reportUncaught();
  let handler: Handler;
  try {
    handler = await load(start);
  } catch (error) {
    fail(error);
    return;
  }
  port?.on("message", (message: InvokeMessage) => {
    void run(handler, message);
  });
  tell({ type: "ready" });
}

await main();
