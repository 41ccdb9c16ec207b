import { lookup as dnsLookup } from "node:dns/promises";
import http, { type ClientRequest, type IncomingMessage } from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import { allowedAddresses, type Resolve, type ResolvedAddress } from "./addresses.ts";

/** More of an answer is not read. */
const MAX_ANSWER_BYTES = 65_536;

export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly allowHttp: boolean;
  readonly allowNetworks: readonly string[];
  readonly signal: AbortSignal;
  readonly resolve?: Resolve;
}

/** What came of a POST. Redirects are answers like others: nobody follows them. */
export type PostAnswer =
  | {
      readonly outcome: "answered";
      readonly status: number;
      readonly retryAfter: string | undefined;
      /** Undefined where it is too long. */
      readonly body: string | undefined;
    }
  | { readonly outcome: "not-allowed"; readonly reason: "scheme" | "address" | "url" }
  | { readonly outcome: "failed"; readonly reason: string };

/**
 * Sends a POST to an address of somebody else's choosing. The name is resolved once, all its addresses
 * are checked, and the connection goes to just those: a name that answers otherwise the second time
 * (DNS rebinding) gains nothing. Never rejects.
 */
export async function post(request: PostRequest): Promise<PostAnswer> {
  const url = URL.canParse(request.url) ? new URL(request.url) : undefined;
  if (url?.username !== "" || url.password !== "") {
    return { outcome: "not-allowed", reason: "url" };
  }
  if (url.protocol !== "https:" && !(url.protocol === "http:" && request.allowHttp)) {
    return { outcome: "not-allowed", reason: "scheme" };
  }
  const { allowNetworks, resolve = resolveAll, signal } = request;
  try {
    const resolving = allowedAddresses(url.hostname, { resolve, allowNetworks });
    const addresses = await Promise.race([resolving, aborted(signal)]);
    if (addresses === "not-allowed") return { outcome: "not-allowed", reason: "address" };
    return await send(url, request, addresses);
  } catch (error) {
    // A connection that was cut off in time may say that it was reset.
    return { outcome: "failed", reason: signal.aborted ? "timeout" : reasonOf(error) };
  }
}

async function send(
  url: URL,
  { headers, body, signal }: PostRequest,
  addresses: readonly ResolvedAddress[],
): Promise<PostAnswer> {
  const { request } = url.protocol === "https:" ? https : http;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const call: ClientRequest = request(url, {
      method: "POST",
      headers: { ...headers, "content-length": String(Buffer.byteLength(body)) },
      lookup: checked(addresses),
      // No connection is kept: the next one is to be checked anew.
      agent: false,
      signal,
    });
    call.once("response", resolve);
    call.once("error", reject);
    call.end(body);
  });
  return {
    outcome: "answered",
    status: response.statusCode ?? 0,
    retryAfter: response.headers["retry-after"],
    body: await textOf(response),
  };
}

async function textOf(response: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Leaving the loop ends the connection.
    if (bytes > MAX_ANSWER_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Node asks for one address or for all of them, depending on its version and options. */
function checked(addresses: readonly ResolvedAddress[]): LookupFunction {
  return (_hostname, options, callback) => {
    const [first] = addresses;
    if (options.all) callback(null, [...addresses]);
    else callback(null, first?.address ?? "", first?.family);
  };
}

const resolveAll: Resolve = async (hostname) => {
  const addresses = await dnsLookup(hostname, { all: true, verbatim: true });
  return addresses.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
};

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => reject(signal.reason as Error);
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail, { once: true });
  });
}

/** A code, never a message: that may hold the address, which may be a secret. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const code = "code" in error ? String(error.code) : error.name;
  return code.toLowerCase().replaceAll("_", "-");
}
