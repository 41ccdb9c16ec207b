import type { FunctionError, InvocationResult } from "../service.ts";

/** What who invoked a function gets. */
export interface FunctionResponse {
  readonly functionError: boolean;
  readonly payload: unknown;
}

/** Source: Lambda DG, "Lambda function errors in Node.js", and the runtime's error types. */
export function responseOf(
  result: InvocationResult,
  requestId: string,
  timeoutSeconds: number,
): FunctionResponse {
  const failed = (payload: FunctionError) => ({ functionError: true, payload });
  const id = `RequestId: ${requestId}`;
  switch (result.outcome) {
    case "returned":
      return { functionError: false, payload: result.payload };
    case "threw":
      return failed(errorBody(result));
    case "timed-out":
      return failed({
        errorType: "Sandbox.Timedout",
        errorMessage: `${id} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`,
      });
    case "crashed":
      return failed(
        result.error
          ? errorBody(result.error)
          : { errorType: "Runtime.ExitError", errorMessage: `${id} Error: ${result.reason}` },
      );
  }
}

function errorBody({ errorType, errorMessage, trace = [] }: FunctionError): FunctionError {
  return { errorType, errorMessage, trace };
}
