import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Control } from "./control.ts";
import type { Dynamodb } from "./dynamodb.ts";
import { type FaultCall, type FaultService, type Faults, faultError } from "./faults.ts";
import type { WireRequest, WireResponse, WireService } from "./http.ts";
import { lambdaOperation } from "./lambda/api.ts";
import type { RequestCounter } from "./requests.ts";
import { AwsError, type AwsService } from "./service.ts";
import { credentialScope } from "./signature.ts";
import type { Sqs } from "./sqs.ts";
import { formOf, queryError } from "./sts.ts";

/** The services behind the port. */
export interface GatewayServices {
  /** `document` answers `/<poolId>/.well-known/...` as JSON; undefined: there is none. */
  readonly cognito: AwsService & { document(path: string): unknown };
  readonly events: AwsService;
  readonly sqs: Sqs;
  readonly dynamodb: Dynamodb;
  readonly lambda: WireService;
  readonly sts: WireService;
}

export interface GatewayOptions {
  /** 0: any free port. */
  readonly port: number;
  readonly host?: string;
  readonly homeRegion: string;
  readonly services: GatewayServices;
  readonly control: Control;
  readonly faults: Faults;
  readonly requests: RequestCounter;
  /** The pool an app client belongs to: many Cognito calls name only the client. */
  readonly poolOfClient?: (clientId: string) => string | undefined;
  /** Told about every error that became a 500, which clients must not see. */
  readonly onInternalError?: (error: unknown) => void;
}

export interface Gateway {
  readonly port: number;
  /** For example `http://127.0.0.1:4566`. */
  readonly endpoint: string;
  /** Ends at once: open connections are closed, not waited for. */
  stop(): Promise<void>;
}

/** The largest body of any service played here: Lambda's payload. */
const MOST_BODY_BYTES = 6 * 1024 * 1024;

const TARGETS: Readonly<Record<string, FaultService>> = {
  AWSCognitoIdentityProviderService: "cognito-idp",
  AWSEvents: "events",
  AmazonSQS: "sqs",
  DynamoDB_20120810: "dynamodb",
};

/** Starts the one port that plays AWS. @throws Error (`EADDRINUSE` and the like) */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const host = options.host ?? "127.0.0.1";
  const server = createServer((req, res) => {
    serve(options, req, res).catch((error: unknown) => {
      options.onInternalError?.(error);
      res.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  // A queue URL must lead back here even where the server listens on every interface.
  const reachable = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  options.services.sqs.listening({ host: reachable, port });
  return {
    port,
    endpoint: `http://${reachable}:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  options: GatewayOptions,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const requestId = randomUUID();
  res.setHeader("x-amzn-requestid", requestId);
  allowBrowsers(req, res);
  if (req.method === "OPTIONS") {
    res.writeHead(204).end();
    return;
  }
  const gone = new AbortController();
  res.on("close", () => gone.abort());
  const body = await readBody(req);
  if (body === undefined) {
    write(
      res,
      jsonError(new AwsError("RequestEntityTooLargeException", "Request is too large", 413)),
    );
    return;
  }
  const url = new URL(req.url ?? "/", "http://gateway");
  const scope = credentialScope(req.headers, url.searchParams);
  const request: WireRequest = {
    method: req.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    headers: req.headers,
    body,
    region: scope?.region ?? options.homeRegion,
    signed: scope !== undefined,
    gone: gone.signal,
  };
  const route = routeOf(options, request, scope?.service);
  const answer = await route(requestId).catch((error: unknown) => {
    if (error instanceof AwsError) return jsonError(error);
    options.onInternalError?.(error);
    return jsonError(new AwsError("InternalFailure", "An internal error occurred.", 500));
  });
  if (answer === "cut-off") req.socket.destroy();
  else if (!gone.signal.aborted) write(res, answer);
}

type Route = (requestId: string) => Promise<WireResponse | "cut-off">;

function routeOf(options: GatewayOptions, request: WireRequest, signingName?: string): Route {
  const { services, control } = options;
  const { path } = request;
  if (path.startsWith("/_local/")) return async () => control.respond(request);

  const target = request.headers["x-amz-target"];
  if (typeof target === "string") {
    const [prefix = "", operation = ""] = target.split(".");
    const service = TARGETS[prefix];
    if (service) return () => json(options, service, operation, request);
    return async () => jsonError(new AwsError("UnknownOperationException", "Unknown operation"));
  }
  if (path.startsWith("/2015-03-31/")) {
    const operation = lambdaOperation(request.method, path);
    return () =>
      faulty(options, request, { service: "lambda", operation }, () =>
        services.lambda.respond(request),
      );
  }
  if (request.method === "POST" || request.query.has("Action")) {
    return (requestId) => query(options, request, requestId, signingName);
  }
  if (path.includes("/.well-known/")) {
    const userPoolId = path.split("/")[1];
    return () =>
      faulty(
        options,
        request,
        { service: "cognito-idp", operation: "Document", userPoolId },
        async () => document(await services.cognito.document(path)),
      );
  }
  return async () => jsonError(new AwsError("UnknownOperationException", "Not found", 404));
}

/** The AWS JSON protocols. */
async function json(
  options: GatewayOptions,
  service: FaultService,
  operation: string,
  request: WireRequest,
): Promise<WireResponse | "cut-off"> {
  let input: unknown;
  try {
    input = request.body.length === 0 ? {} : JSON.parse(request.body.toString());
  } catch {
    throw new AwsError("SerializationException", "The request is not valid JSON");
  }
  const { services } = options;
  if (service === "sqs") {
    return faulty(options, request, { service, operation }, () => services.sqs.respond(request));
  }
  if (service === "dynamodb") {
    return faulty(options, request, { service, operation }, () =>
      services.dynamodb.respond(request),
    );
  }
  const named = service === "cognito-idp" ? cognitoNames(options, input) : {};
  // An unsigned call names no region, but its pool does: "eu-central-1_AbCdEf".
  const region = request.signed
    ? request.region
    : (named.userPoolId?.split("_")[0] ?? request.region);
  const call = { region, operation, input, signed: request.signed };
  return faulty(options, { ...request, region }, { service, operation, ...named }, async () => {
    const output = await (service === "events" ? services.events : services.cognito).call(call);
    return {
      status: 200,
      headers: { "content-type": "application/x-amz-json-1.1" },
      body: JSON.stringify(output),
    };
  });
}

/** The query protocols: SQS of older clients, and STS. */
async function query(
  options: GatewayOptions,
  request: WireRequest,
  requestId: string,
  signingName: string | undefined,
): Promise<WireResponse | "cut-off"> {
  const form = formOf(request);
  const service = signingName === "sts" || form.get("Version") === "2011-06-15" ? "sts" : "sqs";
  const operation = form.get("Action") ?? undefined;
  try {
    if (operation === undefined) {
      throw new AwsError("MissingAction", "The request must contain the parameter Action.");
    }
    return await faulty(options, request, { service, operation }, () =>
      options.services[service].respond(request),
    );
  } catch (error) {
    if (error instanceof AwsError) return queryError(error, requestId);
    throw error;
  }
}

/** Counts a call, lets the faults that match it happen, and else answers it. */
async function faulty(
  { faults, requests }: GatewayOptions,
  request: WireRequest,
  call: Omit<FaultCall, "region">,
  answer: () => Promise<WireResponse>,
): Promise<WireResponse | "cut-off"> {
  const { region } = request;
  const { service, operation = "Unknown", userPoolId } = call;
  requests.record({ service, operation, region, userPoolId });
  const effect = faults.take({ ...call, region });
  if (effect?.kind === "cut-off") return "cut-off";
  if (effect?.kind === "slow") await pause(effect.delayMs, request.gone);
  const error = effect && faultError(service, effect);
  if (error) throw error;
  return answer();
}

/** Which pool and client a Cognito call is about, from what it names or from its access token. */
function cognitoNames(
  { poolOfClient }: GatewayOptions,
  input: unknown,
): { userPoolId?: string | undefined; clientId?: string | undefined } {
  const fields: { UserPoolId?: unknown; ClientId?: unknown; AccessToken?: unknown } =
    typeof input === "object" && input !== null ? input : {};
  const token = typeof fields.AccessToken === "string" ? claims(fields.AccessToken) : {};
  const clientId = [fields.ClientId, token.client_id].find((one) => typeof one === "string");
  const issuer = typeof token.iss === "string" ? token.iss.split("/").at(-1) : undefined;
  const userPoolId = typeof fields.UserPoolId === "string" ? fields.UserPoolId : issuer;
  return {
    clientId,
    userPoolId: userPoolId ?? (clientId === undefined ? undefined : poolOfClient?.(clientId)),
  };
}

function claims(token: string): { client_id?: unknown; iss?: unknown } {
  try {
    const parsed: unknown = JSON.parse(
      Buffer.from(token.split(".")[1] ?? "", "base64url").toString(),
    );
    return typeof parsed === "object" && parsed !== null ? parsed : {};
  } catch {
    // Not a token: Cognito itself will say so.
    return {};
  }
}

function document(found: unknown): WireResponse {
  if (found === undefined) return jsonError(new AwsError("NotFound", "Not found", 404));
  return {
    status: 200,
    headers: { "content-type": "application/json" },
    body: typeof found === "string" ? found : JSON.stringify(found),
  };
}

function jsonError(error: AwsError): WireResponse {
  return {
    status: error.status,
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amzn-errortype": error.type,
    },
    body: JSON.stringify({ __type: error.type, message: error.message }),
  };
}

function write(res: ServerResponse, answer: WireResponse): void {
  res.writeHead(answer.status, answer.headers);
  res.end(answer.body);
}

/** Amplify and the browser builds of the SDK call from a page. Source: Fetch standard, CORS protocol. */
function allowBrowsers(req: IncomingMessage, res: ServerResponse): void {
  if (req.headers.origin === undefined) return;
  res.setHeader("access-control-allow-origin", "*");
  res.setHeader("access-control-expose-headers", "x-amzn-requestid, x-amzn-errortype, date");
  if (req.method !== "OPTIONS") return;
  res.setHeader("access-control-allow-methods", "GET, POST, DELETE, OPTIONS");
  res.setHeader(
    "access-control-allow-headers",
    req.headers["access-control-request-headers"] ??
      "authorization, cache-control, content-type, x-amz-content-sha256, x-amz-date, x-amz-security-token, x-amz-target, x-amz-user-agent",
  );
  res.setHeader("access-control-max-age", "600");
}

/** The whole body, or undefined where it is too large. */
async function readBody(req: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of req) {
    bytes += chunk.length;
    // The rest is read and thrown away, or the client could not read our answer.
    if (bytes <= MOST_BODY_BYTES) chunks.push(chunk);
  }
  return bytes > MOST_BODY_BYTES ? undefined : Buffer.concat(chunks);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
