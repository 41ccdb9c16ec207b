import type { WireRequest } from "../../http.ts";

/** Where a request to a pool's sign-in pages went. */
export interface HostedPlace {
  /** The prefix, or the whole domain, that the pool was given. */
  readonly domain: string;
  /** What every path of this domain begins with: empty where the host says the domain. */
  readonly prefix: string;
  /** What the browser calls it: `http://127.0.0.1:4566/_auth/people`. */
  readonly base: string;
  /** For example `/oauth2/authorize`. */
  readonly path: string;
}

const BY_HOST = /^([a-z0-9-]+)\.auth(?:\.[a-z0-9-]+)?\.localhost(?::\d+)?$/;
const BY_PATH = /^(\/_auth\/([a-z0-9.-]+))(\/[\w./-]*)$/;

/**
 * A domain is found at a host of its own, `http://<domain>.auth.localhost:4566`, with the region between if one
 * likes, and below `/_auth/<domain>` for what cannot resolve such a name. Undefined for any other request.
 */
export function hostedPlace({
  path,
  headers,
  secure,
}: Pick<WireRequest, "path" | "headers" | "secure">): HostedPlace | undefined {
  const host = headers.host ?? "";
  const scheme = secure === true ? "https" : "http";
  const [, named] = BY_HOST.exec(host) ?? [];
  if (named !== undefined) {
    return { domain: named, prefix: "", base: `${scheme}://${host}`, path };
  }
  const [, prefix, domain, rest] = BY_PATH.exec(path) ?? [];
  if (prefix === undefined || domain === undefined || rest === undefined) return undefined;
  return { domain, prefix, base: `${scheme}://${host}${prefix}`, path: rest };
}

/** Where discovery sends clients: the form that everything can resolve. */
export function hostedBase(endpoint: string, domain: string): string {
  return `${endpoint}/_auth/${domain}`;
}
