import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { PortTakenError } from "./errors.ts";
import { hostOf, isLoopback } from "./http.ts";
import type { LambdaHost } from "./lambda/host.ts";
import { ACCOUNT_ID, type Clock } from "./service.ts";
import { credentialScope } from "./signature.ts";

/** A route as API Gateway writes it, and the function behind it. */
export interface HttpRoute {
  /** `GET /things/{thingId}` */
  readonly route: string;
  readonly auth: "iam" | "none";
  readonly functionArn: string;
  /** Pages that may call it from a browser. */
  readonly origins: readonly string[];
}

export interface HttpApiOptions {
  /** 0: any free port. */
  readonly port: number;
  readonly region: string;
  readonly routes: readonly HttpRoute[];
  readonly lambda: LambdaHost;
  readonly clock: Clock;
}

export interface HttpApi {
  readonly endpoint: string;
  stop(): Promise<void>;
}

const HOST = "127.0.0.1";
/** Source: API Gateway DG, "Quotas for configuring and running an HTTP API": the payload. */
const MOST_BODY_BYTES = 10 * 1024 * 1024;

/** Plays an HTTP API of API Gateway: its routes, its event format 2.0, and whether a request is signed. */
export async function startHttpApi(options: HttpApiOptions): Promise<HttpApi> {
  const server = createServer((req, res) => {
    serve(options, req, res).catch(() => {
      if (!res.headersSent) answer(res, 500, { message: "Internal Server Error" });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE" ? new PortTakenError(options.port, { cause: error }) : error,
      ),
    );
    server.listen(options.port, HOST, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://${HOST}:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  { routes, lambda, clock, region }: HttpApiOptions,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  if (!isLoopback(req.headers.host ?? "")) {
    answer(res, 403, { message: "Forbidden" });
    return;
  }
  const [encoded = "/", search = ""] = (req.url ?? "/").split("?");
  const path = decoded(encoded);
  const found = match(routes, req.method === "OPTIONS" ? undefined : req.method, path);
  if (found && !allowBrowsers(found.route, req, res)) {
    answer(res, 403, { message: "Forbidden" });
    return;
  }
  if (req.method === "OPTIONS") {
    res.writeHead(204).end();
    return;
  }
  const body = await readBody(req);
  if (!found) {
    answer(res, 404, { message: "Not Found" });
    return;
  }
  if (body === undefined) {
    answer(res, 413, { message: "Request Too Long" });
    return;
  }
  const scope = credentialScope(req.headers, new URLSearchParams(search));
  // The signature itself is not checked: any access key is accepted here, as by every service of the stage.
  if (found.route.auth === "iam" && scope === undefined) {
    answer(res, 403, { message: "Forbidden" });
    return;
  }
  const requestId = randomUUID();
  const now = clock();
  const ran = await lambda.invoke(found.route.functionArn, {
    version: "2.0",
    routeKey: found.route.route,
    rawPath: path,
    rawQueryString: search,
    headers: Object.fromEntries(
      Object.entries(req.headers).map(([name, value]) => [name, [value].flat().join(",")]),
    ),
    pathParameters: found.parameters,
    requestContext: {
      accountId: ACCOUNT_ID,
      apiId: "local",
      domainName: req.headers.host ?? "",
      domainPrefix: "local",
      http: {
        method: req.method,
        path,
        protocol: "HTTP/1.1",
        sourceIp: req.socket.remoteAddress ?? HOST,
        userAgent: req.headers["user-agent"] ?? "",
      },
      ...(scope && {
        authorizer: { iam: { accountId: ACCOUNT_ID, userArn: `arn:aws:iam::${ACCOUNT_ID}:root` } },
      }),
      requestId,
      routeKey: found.route.route,
      stage: "$default",
      time: new Date(now).toUTCString(),
      timeEpoch: now,
      region,
    },
    ...(body.length > 0 && { body: body.toString("base64"), isBase64Encoded: true }),
    ...(body.length === 0 && { isBase64Encoded: false }),
  });
  res.setHeader("apigw-requestid", requestId);
  if (ran.outcome !== "returned") {
    answer(res, ran.outcome === "timed-out" ? 504 : 500, { message: "Internal Server Error" });
    return;
  }
  write(res, ran.payload);
}

interface ProxyAnswer {
  readonly statusCode?: number;
  readonly headers?: Record<string, string>;
  readonly cookies?: readonly string[];
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

function write(res: ServerResponse, payload: unknown): void {
  const {
    statusCode,
    headers = {},
    cookies = [],
    body = "",
    isBase64Encoded,
  } = (payload ?? {}) as ProxyAnswer;
  if (statusCode === undefined) {
    answer(res, 500, { message: "Internal Server Error" });
    return;
  }
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
  if (cookies.length > 0) res.setHeader("set-cookie", [...cookies]);
  res.statusCode = statusCode;
  res.end(isBase64Encoded ? Buffer.from(body, "base64") : body);
}

function answer(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, { "content-type": "application/json" });
  res.end(JSON.stringify(body));
}

/**
 * An HTTP API hands `rawPath` and the parameters over decoded, unlike a REST API or a function URL. Source: captures of
 * AWS that middleapi/standard-server#93 names; that `%2F` then divides the path: aws/aws-lambda-dotnet#1901.
 */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The first route that fits a request, with its parameters. Without a method any will do: a preflight. */
function match(routes: readonly HttpRoute[], method: string | undefined, path: string) {
  for (const route of routes) {
    const [ofRoute = "", pattern = ""] = route.route.split(" ");
    if (method !== undefined && ofRoute !== method) continue;
    const names = pattern.split("/");
    const parts = path.split("/");
    if (names.length !== parts.length) continue;
    const parameters: Record<string, string> = {};
    const fits = names.every((name, index) => {
      const part = parts[index] ?? "";
      const parameter = /^\{(\w+)\}$/.exec(name)?.[1];
      if (parameter === undefined) return name === part;
      parameters[parameter] = part;
      return part !== "";
    });
    if (fits) return { route, parameters };
  }
  return undefined;
}

/**
 * As the API's own CORS setting would, for its pages and the stage's own. API Gateway lets a request of any other page
 * through to the function; here that page could sign it by any name, and is not served: see `startGateway`.
 */
function allowBrowsers({ origins }: HttpRoute, req: IncomingMessage, res: ServerResponse): boolean {
  const { origin } = req.headers;
  if (origin === undefined) return true;
  if (!origins.includes(origin) && !isLoopback(hostOf(origin))) return false;
  res.setHeader("access-control-allow-origin", origin);
  res.setHeader("vary", "origin");
  if (req.method === "OPTIONS") {
    res.setHeader("access-control-allow-methods", "GET, POST, DELETE");
    res.setHeader("access-control-allow-headers", "content-type");
  }
  return true;
}

/** The whole body, or undefined where it is too large. */
async function readBody(req: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of req) {
    bytes += chunk.length;
    if (bytes <= MOST_BODY_BYTES) chunks.push(chunk);
  }
  return bytes > MOST_BODY_BYTES ? undefined : Buffer.concat(chunks);
}
