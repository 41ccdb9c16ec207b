import { basename, extname } from "node:path";
import type { BuildFailure, Message } from "esbuild";
import type { FunctionError } from "../service.ts";
import type { NotStarted } from "./sandbox.ts";

/** There is no file of that name for a handler. */
export class HandlerFileError extends Error {}

/**
 * Code that does not build cannot be deployed; where it came as a zip file, Lambda's runtime says so when it loads it.
 * Source: aws-lambda-nodejs-runtime-interface-client, src/function/module-loader.ts and handler-path.ts. What is wrong
 * with the syntax, esbuild says here, and V8 there.
 */
export function unbuilt(error: unknown, handler: string): NotStarted {
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof HandlerFileError) return { reason, error: missing(handler) };
  const [first] = (error as Partial<BuildFailure>).errors ?? [];
  return first ? { reason, error: refused(first) } : { reason };
}

function missing(handler: string): FunctionError {
  const name = basename(handler, extname(handler));
  if (name === basename(handler)) return runtime("MalformedHandlerName", "Bad handler");
  const stack = "Require stack:\n- /var/runtime/index.mjs";
  return runtime("ImportModuleError", `Error: Cannot find module '${name}'\n${stack}`);
}

function refused({ text, location }: Message): FunctionError {
  const module = /^Could not resolve "(.+)"/.exec(text)?.[1];
  if (module === undefined) return runtime("UserCodeSyntaxError", `SyntaxError: ${text}`);
  const file = `/var/task/${location?.file ?? ""}`;
  // Node does not give the code MODULE_NOT_FOUND to what an ES module imports: the error stays as it is.
  if (extname(file) === ".mjs") {
    const errorMessage = `Cannot find package '${module}' imported from ${file}`;
    return { errorType: "Error", errorMessage };
  }
  return runtime(
    "ImportModuleError",
    `Error: Cannot find module '${module}'\nRequire stack:\n- ${file}`,
  );
}

function runtime(name: string, errorMessage: string): FunctionError {
  return { errorType: `Runtime.${name}`, errorMessage };
}
