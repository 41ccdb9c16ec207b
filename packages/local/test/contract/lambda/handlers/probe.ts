import { configured } from "./config.ts";

let invocations = 0;

interface Context {
  readonly functionName: string;
  readonly awsRequestId: string;
  readonly invokedFunctionArn: string;
  readonly memoryLimitInMB: string;
  getRemainingTimeInMillis(): number;
}

/** Does what the event asks for, so that a test sees what a handler sees. */
export async function handler(event: { readonly do?: string }, context: Context): Promise<unknown> {
  invocations += 1;
  switch (event.do) {
    case "environment":
      return { ...process.env };
    case "context":
      return { ...context, remainingMs: context.getRemainingTimeInMillis() };
    case "configured":
      return configured;
    case "now":
      return Date.now();
    case "log":
      process.stdout.write("first\nsecond ");
      process.stderr.write("half\n");
      return "logged";
    case "throw": {
      const error = new Error("no such order");
      error.name = "OrderError";
      throw error;
    }
    case "hang":
      await new Promise(() => setInterval(() => undefined, 1000));
      return "never";
    case "spin":
      for (;;);
    case "exit":
      return process.exit(3);
    case "leave":
      return process.exit(0);
    case "fail later":
      setImmediate(() => {
        throw new Error("too late");
      });
      return "returned";
    case "raise":
      setImmediate(() => {
        throw new TypeError("nobody catches");
      });
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return "never";
    case "reject":
      void Promise.reject(new Error("nobody listens"));
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return "never";
    case "memory": {
      const hoard: unknown[] = [];
      for (;;) hoard.push(new Array(10_000).fill(invocations));
    }
    case "large":
      return "x".repeat(7 * 1024 * 1024);
    case "nothing":
      return undefined;
    default:
      return { invocations };
  }
}

export const notAFunction = 1;
