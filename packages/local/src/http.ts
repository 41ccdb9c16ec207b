import { EventEmitter } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import type { Caller } from "./service.ts";

/** One request at the gateway, its body read to the end. */
export interface WireRequest {
  readonly method: string;
  /** The path as the client wrote it, percent-encoding and all. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The region of the signature; the stage's home region where a request is unsigned. */
  readonly region: string;
  readonly signed: boolean;
  /** Whether it came through TLS. */
  readonly secure?: boolean;
  /** Whose credentials signed it; undefined where it is unsigned. */
  readonly caller?: Caller | undefined;
  /** Fires when the client has gone or the stage stops. */
  readonly gone: AbortSignal;
}

export interface WireResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/**
 * The JSON of a request. A member that is null is one that is not there, in every JSON protocol of AWS: clients such as
 * amazon-cognito-identity-js send what they do not have so. A null in a list stays.
 */
export function readJson(body: Buffer): unknown {
  if (body.length === 0) return {};
  return JSON.parse(body.toString(), function (this: unknown, _key, value: unknown) {
    return value === null && !Array.isArray(this) ? undefined : value;
  });
}

/** A service that speaks its own wire protocol instead of the plain JSON of `AwsService`. */
export interface WireService {
  respond(request: WireRequest): Promise<WireResponse>;
}

/** The part of `ServerResponse` that the embedded servers use. */
interface RecordedResponse {
  statusCode: number;
  contentType?: string;
  setHeader(name: string, value: number | string): void;
  end(body?: string | Buffer): void;
}

/**
 * Runs a `(req, res)` handler of another package without a socket, so that it can neither see a
 * broken connection nor leave one open. Resolves when the handler ends its response, and rejects with what it throws
 * while it reads the body: it must not come from a stream, whose events would bring that down on the whole process.
 */
export function inProcess(
  request: Pick<WireRequest, "method" | "path" | "query" | "headers" | "body">,
  handle: (req: EventEmitter, res: RecordedResponse) => unknown,
): Promise<WireResponse> {
  return new Promise((resolve, reject) => {
    const query = request.query.toString();
    const req = Object.assign(new EventEmitter(), {
      method: request.method,
      url: query ? `${request.path}?${query}` : request.path,
      headers: request.headers,
    });
    const headers: Record<string, string> = {};
    const res: RecordedResponse = {
      statusCode: 200,
      setHeader: (name, value) => {
        headers[name.toLowerCase()] = String(value);
      },
      end: (body) =>
        resolve({ status: res.statusCode, headers, ...(body === undefined ? {} : { body }) }),
    };
    Promise.resolve(handle(req, res)).catch(reject);
    if (request.body.length > 0) req.emit("data", request.body);
    req.emit("end");
  });
}

/** Whether a `Host` header names this computer. Source: RFC 6761, section 6.3; RFC 1122, section 3.2.1.3. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/, "").toLowerCase();
  return (
    name === "localhost" ||
    name.endsWith(".localhost") ||
    name === "[::1]" ||
    /^127\.\d+\.\d+\.\d+$/.test(name)
  );
}

/** The host of an `Origin` header; empty for an opaque origin. */
export function hostOf(origin: string): string {
  return /^https?:\/\/([^/]+)$/.exec(origin)?.[1] ?? "";
}
