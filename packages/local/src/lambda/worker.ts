/**
 * The program inside a worker: the part of the Node.js Lambda runtime that a handler can notice.
 * It is built by `bundle.ts` and started by `sandbox.ts`; it must import nothing else of ours.
 */
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import type { InvokeMessage, WorkerMessage, WorkerStart } from "./protocol.ts";

type Handler = (event: unknown, context: object) => unknown;

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

function described(error: unknown): { errorType: string; errorMessage: string } {
  if (error instanceof Error) return { errorType: error.name, errorMessage: error.message };
  // Source: aws-lambda-nodejs-runtime-interface-client, Errors.js, toRapidResponse.
  return { errorType: typeof error, errorMessage: String(error) };
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
    const result = await handler(JSON.parse(message.event), contextOf(message));
    tell({ type: "returned", requestId, payload: JSON.stringify(result) ?? "null" });
  } catch (error) {
    // Lambda logs the error and its stack; the answer carries only type and message.
    process.stderr.write(
      `Invoke Error ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    tell({ type: "threw", requestId, ...described(error) });
  }
}

async function main(): Promise<void> {
  captureOutput();
  moveDate();
  process.setSourceMapsEnabled(true);
  const { file, exportName } = start;
  let handler: unknown;
  try {
    const module: Record<string, unknown> = await import(pathToFileURL(file).href);
    handler = module[exportName];
    if (typeof handler !== "function") {
      const error = new Error(`${exportName} is undefined or not exported`);
      error.name = "Runtime.HandlerNotFound";
      throw error;
    }
  } catch (error) {
    if (error instanceof Error) process.stderr.write(`${error.stack ?? error.message}\n`);
    tell({ type: "init-failed", ...described(error) });
    return;
  }
  const ready = handler as Handler;
  port?.on("message", (message: InvokeMessage) => {
    void run(ready, message);
  });
  tell({ type: "ready" });
}

await main();
