import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { TLSSocket } from "node:tls";
import { MOST_UPLOAD_BYTES, UPLOAD_PATH } from "./cognito/import/upload.ts";
import { PortTakenError, StageInputError } from "./errors.ts";
import { acceptedHosts, inUrl, LOOPBACK, reachableAt } from "./hosts.ts";
import { hostOf, type WireRequest, type WireResponse } from "./http.ts";
import { queryError } from "./query-protocol.ts";
import { jsonError, type RouteDeps, routeOf } from "./routes.ts";
import { AwsError, type Caller } from "./service.ts";
import { credentialScope } from "./signature.ts";
import { STS_NAMESPACE } from "./sts/service.ts";
import { alsoSecure } from "./tls.ts";

export interface GatewayOptions extends RouteDeps {
  /** 0: any free port. */
  readonly port: number;
  /** The address to listen on. Default: the loopback, which only this computer reaches. */
  readonly host?: string | undefined;
  readonly homeRegion: string;
  /** Whose access key it is. @throws AwsError when it is no longer valid */
  readonly callerOf: (accessKeyId: string) => Caller;
  /** Runs each request, and resolves no sooner than what it changed is safe. */
  readonly keep?: <Result>(run: () => Promise<Result>) => Promise<Result>;
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

/** No service takes more, but what is uploaded. */
const MOST_BODY_BYTES = 6 * 1024 * 1024;
/** Code comes as Base64 in JSON. Source: the words that Lambda refuses more with. What is invoked says itself what is too large. */
const FUNCTIONS_PATH = "/2015-03-31/functions";
const MOST_CODE_BYTES = 70_167_211;

/** Starts the one port that plays AWS. @throws PortTakenError, or another Error of the operating system */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const host = options.host ?? LOOPBACK;
  const accepts = acceptedHosts(host);
  const listener = (req: IncomingMessage, res: ServerResponse) => {
    serve(options, accepts, req, res).catch((error: unknown) => {
      options.onInternalError?.(error);
      res.destroy();
    });
  };
  const server = createServer(listener);
  const { closeAll } = alsoSecure(server, listener);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(explained(error, options)));
    server.listen(options.port, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const reachable = inUrl(reachableAt(host));
  options.services.sqs.listening({ host: reachable, port });
  return {
    port,
    endpoint: `http://${reachable}:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        closeAll();
      }),
  };
}

function explained(
  error: NodeJS.ErrnoException,
  { port, host }: Pick<GatewayOptions, "port" | "host">,
): Error {
  switch (error.code) {
    case "EADDRINUSE":
      return new PortTakenError(port, { cause: error });
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new StageInputError(
        `--host ${host}: this computer has no such address`,
        {},
        { cause: error },
      );
    default:
      return error;
  }
}

async function serve(
  options: GatewayOptions,
  accepts: (host: string) => boolean,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const requestId = randomUUID();
  res.setHeader("x-amzn-requestid", requestId);
  const stranger = strangerOf(req, accepts);
  if (stranger !== undefined) {
    const refusal = `${stranger}: only this computer's names and pages are accepted here`;
    write(res, jsonError(new AwsError("AccessDeniedException", refusal, 403)));
    return;
  }
  allowBrowsers(req, res);
  if (req.method === "OPTIONS") {
    res.writeHead(204).end();
    return;
  }
  const gone = new AbortController();
  // An answered client has not gone: what its call has started, such as moving messages, goes on.
  res.on("close", () => {
    if (!res.writableFinished) gone.abort();
  });
  const most = mostBytes(req.url ?? "");
  const body = await readBody(req, most);
  if (body === undefined) {
    const message = `Request must be smaller than ${most} bytes`;
    write(res, jsonError(new AwsError("RequestEntityTooLargeException", message, 413)));
    return;
  }
  // Taken as written: a path is only ever compared, never resolved.
  const [path = "/", ...search] = (req.url ?? "/").split("?");
  const query = new URLSearchParams(search.join("?"));
  const scope = credentialScope(req.headers, query);
  let caller: Caller | undefined;
  try {
    caller = scope && options.callerOf(scope.accessKeyId);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const form = req.headers["content-type"]?.startsWith("application/x-www-form-urlencoded");
    write(res, form ? expired(error, requestId) : jsonError(error));
    return;
  }
  const request: WireRequest = {
    method: req.method ?? "GET",
    path,
    query,
    headers: req.headers,
    body,
    region: scope?.region ?? options.homeRegion,
    signed: scope !== undefined,
    secure: req.socket instanceof TLSSocket,
    caller,
    gone: gone.signal,
  };
  const route = routeOf(options, request, scope?.service);
  const keep = options.keep ?? ((run) => run());
  const answer = await keep(() => route(requestId)).catch((error: unknown) => {
    if (error instanceof AwsError) return jsonError(error);
    options.onInternalError?.(error);
    return jsonError(new AwsError("InternalFailure", "An internal error occurred.", 500));
  });
  if (answer === "cut-off") req.socket.destroy();
  else if (!gone.signal.aborted) write(res, answer);
}

/** The services that speak AWS query have another name for it. Source: AWS, "Common error types". */
function expired({ status, message }: AwsError, requestId: string): WireResponse {
  return queryError(
    { status, message, type: "ExpiredToken" },
    { namespace: STS_NAMESPACE, requestId },
  );
}

function write(res: ServerResponse, answer: WireResponse): void {
  res.writeHead(answer.status, answer.headers);
  res.end(answer.body);
}

/**
 * The header that shows that a request comes from elsewhere. Signatures are not checked, so any page on
 * the web could use the stage otherwise: by a form that it posts here, by a name that it points here, or by the address
 * of an image. Of that kind AWS query alone changes something; a link to the sign-in pages may come from anywhere.
 */
function strangerOf(
  { headers, url = "/" }: IncomingMessage,
  accepts: (host: string) => boolean,
): "Host" | "Origin" | "Sec-Fetch-Site" | undefined {
  if (!accepts(headers.host ?? "")) return "Host";
  const { origin } = headers;
  if (origin !== undefined) return accepts(hostOf(origin)) ? undefined : "Origin";
  const crossSite = headers["sec-fetch-site"] === "cross-site";
  return crossSite && /[?&]Action=/.test(url) ? "Sec-Fetch-Site" : undefined;
}

/** Amplify and the browser builds of the SDK call from a page. Source: Fetch standard, CORS protocol. */
function allowBrowsers(req: IncomingMessage, res: ServerResponse): void {
  const { origin } = req.headers;
  if (origin === undefined) return;
  res.setHeader("access-control-allow-origin", origin);
  res.setHeader("vary", "origin");
  res.setHeader("access-control-expose-headers", "x-amzn-requestid, x-amzn-errortype, date");
  if (req.method !== "OPTIONS") return;
  res.setHeader("access-control-allow-methods", "GET, POST, PUT, DELETE, OPTIONS");
  res.setHeader(
    "access-control-allow-headers",
    req.headers["access-control-request-headers"] ??
      "authorization, cache-control, content-type, x-amz-content-sha256, x-amz-date, x-amz-security-token, x-amz-target, x-amz-user-agent",
  );
  res.setHeader("access-control-max-age", "600");
}

function mostBytes(url: string): number {
  if (url.startsWith(UPLOAD_PATH)) return MOST_UPLOAD_BYTES;
  return url.startsWith(FUNCTIONS_PATH) ? MOST_CODE_BYTES : MOST_BODY_BYTES;
}

/** The whole body, or undefined where it is too large. */
async function readBody(req: IncomingMessage, most: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of req) {
    bytes += chunk.length;
    // The rest is read and thrown away, or the client could not read our answer.
    if (bytes <= most) chunks.push(chunk);
  }
  return bytes > most ? undefined : Buffer.concat(chunks);
}
