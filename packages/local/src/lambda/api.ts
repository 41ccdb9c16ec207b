import type { WireRequest, WireResponse, WireService } from "../http.ts";
import { ACCOUNT_ID, AwsError } from "../service.ts";
import { createFunction, createMapping, type Mapping } from "./deploy.ts";
import type { FunctionRun, LambdaHost, RegisteredFunction } from "./host.ts";

/** Source: Lambda DG, "Lambda quotas": payload of a synchronous and of an asynchronous invocation. */
const MOST_SYNC_BYTES = 6 * 1024 * 1024;
const MOST_ASYNC_BYTES = 1024 * 1024;
const LOG_TAIL_BYTES = 4096;

const INVOCATIONS = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;
const FUNCTIONS = /^\/2015-03-31\/functions\/?$/;
const MAPPINGS = /^\/2015-03-31\/event-source-mappings\/?$/;
const MAPPING = /^\/2015-03-31\/event-source-mappings\/([\w-]+)$/;
const FUNCTION = /^\/2015-03-31\/functions\/([^/]+?)(\/configuration)?$/;

/** The REST operation a Lambda path stands for, as the API names it. */
export function lambdaOperation(method: string, path: string): string | undefined {
  if (method === "POST" && INVOCATIONS.test(path)) return "Invoke";
  if (FUNCTIONS.test(path)) {
    if (method === "GET") return "ListFunctions";
    if (method === "POST") return "CreateFunction";
  }
  if (MAPPINGS.test(path)) {
    if (method === "GET") return "ListEventSourceMappings";
    if (method === "POST") return "CreateEventSourceMapping";
  }
  if (MAPPING.test(path)) {
    if (method === "GET") return "GetEventSourceMapping";
    if (method === "DELETE") return "DeleteEventSourceMapping";
  }
  const match = FUNCTION.exec(path);
  if (match && method === "GET") return match[2] ? "GetFunctionConfiguration" : "GetFunction";
  if (match && method === "DELETE" && !match[2]) return "DeleteFunction";
  return undefined;
}

/** The Lambda API: Invoke, and what is needed to look functions up and to bring one's own. */
export function createLambdaApi(host: LambdaHost): WireService {
  const mappings = new Map<string, Mapping>();
  const mapping = ({ path, region }: WireRequest): Mapping => {
    const found = mappings.get(MAPPING.exec(path)?.[1] ?? "");
    if (found?.region === region) return found;
    throw new AwsError(
      "ResourceNotFoundException",
      "The resource you requested does not exist.",
      404,
    );
  };
  return {
    respond: async (request) => {
      switch (lambdaOperation(request.method, request.path)) {
        case "Invoke":
          return invoke(host, request);
        case "ListFunctions":
          return json({ Functions: host.functions(request.region).map(configuration) });
        case "GetFunction":
          return json({ Configuration: configuration(named(host, request)) });
        case "GetFunctionConfiguration":
          return json(configuration(named(host, request)));
        case "CreateFunction":
          return json(configuration(createFunction(host, request)), 201);
        case "CreateEventSourceMapping": {
          const made = createMapping(host, request, (name) =>
            functionCalled(host, request.region, name),
          );
          mappings.set(made.shown.UUID, made);
          return json({ ...made.shown, State: "Creating" }, 202);
        }
        case "GetEventSourceMapping":
          return json({ ...mapping(request).shown, State: "Enabled" });
        case "ListEventSourceMappings":
          return json({ EventSourceMappings: listed(host, request, [...mappings.values()]) });
        case "DeleteEventSourceMapping": {
          const { shown, end } = mapping(request);
          end();
          mappings.delete(shown.UUID);
          return json({ ...shown, State: "Deleting" }, 202);
        }
        case "DeleteFunction":
          await host.remove(named(host, request).arn);
          return { status: 204 };
        default:
          throw new AwsError("UnknownOperationException", "This operation is not played.", 404);
      }
    },
  };
}

/** Only those of the stage's callers: what the stage itself wired is not shown. */
function listed(host: LambdaHost, { query, region }: WireRequest, all: readonly Mapping[]) {
  const [called, source] = [query.get("FunctionName"), query.get("EventSourceArn")];
  const arn = called === null ? undefined : functionCalled(host, region, called).arn;
  return all
    .filter((one) => one.region === region)
    .map(({ shown }) => ({ ...shown, State: "Enabled" }))
    .filter(({ FunctionArn }) => arn === undefined || FunctionArn === arn)
    .filter(({ EventSourceArn }) => source === null || EventSourceArn === source);
}

async function invoke(host: LambdaHost, request: WireRequest): Promise<WireResponse> {
  const found = named(host, request);
  const type = request.headers["x-amz-invocation-type"] ?? "RequestResponse";
  const event = payload(request.body);
  if (type === "DryRun") return { status: 204 };
  if (type === "Event") {
    atMost(request.body, MOST_ASYNC_BYTES);
    host.invokeLater(found.arn, event);
    return { status: 202 };
  }
  if (type !== "RequestResponse") {
    throw new AwsError("InvalidParameterValueException", `Unknown invocation type: ${type}`);
  }
  atMost(request.body, MOST_SYNC_BYTES);
  const ran = await host.run(found.arn, event);
  if (!ran) throw notFound(found.arn);
  if (ran.throttled) throw new AwsError("TooManyRequestsException", "Rate Exceeded.", 429);
  const { functionError, body } = answer(ran, found);
  return {
    status: 200,
    headers: {
      "content-type": "application/json",
      "x-amz-executed-version": "$LATEST",
      ...(functionError ? { "x-amz-function-error": "Unhandled" } : {}),
      ...(request.headers["x-amz-log-type"] === "Tail"
        ? { "x-amz-log-result": tail(ran, found) }
        : {}),
    },
    body: JSON.stringify(body),
  };
}

/** Source: Lambda DG, "Lambda function errors in Node.js", and the runtime's error types. */
function answer(
  { result, invocation }: FunctionRun,
  { timeoutSeconds }: RegisteredFunction,
): { functionError: boolean; body: unknown } {
  const id = `RequestId: ${invocation.requestId}`;
  switch (result.outcome) {
    case "returned":
      return { functionError: false, body: result.payload };
    case "threw":
      return {
        functionError: true,
        body: { errorType: result.errorType, errorMessage: result.errorMessage, trace: [] },
      };
    case "timed-out":
      return {
        functionError: true,
        body: {
          errorType: "Sandbox.Timedout",
          errorMessage: `${id} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`,
        },
      };
    case "crashed":
      return {
        functionError: true,
        body: { errorType: "Runtime.ExitError", errorMessage: `${id} Error: ${result.reason}` },
      };
  }
}

function tail({ invocation }: FunctionRun, { memoryMb }: RegisteredFunction): string {
  const { requestId, durationMs, lines, outcome, reason } = invocation;
  const text = [
    `START RequestId: ${requestId} Version: $LATEST`,
    ...lines,
    ...(outcome === "timed-out" ? [`${invocation.at} ${requestId} ${reason}`] : []),
    `END RequestId: ${requestId}`,
    `REPORT RequestId: ${requestId}\tDuration: ${durationMs} ms\tMemory Size: ${memoryMb} MB`,
  ].join("\n");
  return Buffer.from(text).subarray(-LOG_TAIL_BYTES).toString("base64");
}

function named(host: LambdaHost, request: WireRequest): RegisteredFunction {
  const encoded = (INVOCATIONS.exec(request.path) ?? FUNCTION.exec(request.path))?.[1] ?? "";
  return functionCalled(host, request.region, decoded(encoded));
}

function functionCalled(host: LambdaHost, region: string, called: string): RegisteredFunction {
  // A name, a partial ARN or an ARN, each with or without a qualifier.
  const match =
    /^(?:arn:aws:lambda:[^:]+:)?(?:\d{12}:)?(?:function:)?([A-Za-z0-9-_]+)(?::[^:]+)?$/.exec(
      called,
    );
  const found = host.functions(region).find(({ name }) => name === match?.[1]);
  if (found) return found;
  throw notFound(`arn:aws:lambda:${region}:${ACCOUNT_ID}:function:${match?.[1] ?? called}`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A malformed escape names no function.
    return "";
  }
}

function notFound(arn: string): AwsError {
  return new AwsError("ResourceNotFoundException", `Function not found: ${arn}`, 404);
}

function payload(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new AwsError(
      "InvalidRequestContentException",
      "Could not parse request body into json: could not parse payload.",
    );
  }
}

function atMost(body: Buffer, bytes: number): void {
  if (body.length <= bytes) return;
  throw new AwsError("RequestTooLargeException", `${body.length} byte payload is too large`, 413);
}

function configuration(found: RegisteredFunction): object {
  return {
    FunctionName: found.name,
    FunctionArn: found.arn,
    Runtime: "nodejs24.x",
    Handler: found.handler,
    Timeout: found.timeoutSeconds,
    MemorySize: found.memoryMb,
    Version: "$LATEST",
    State: "Active",
    LastUpdateStatus: "Successful",
    PackageType: "Zip",
    Architectures: ["arm64"],
    Environment: { Variables: found.environment },
  };
}

function json(body: object, status = 200): WireResponse {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
}
