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
