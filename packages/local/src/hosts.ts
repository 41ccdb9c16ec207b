import { hostname, networkInterfaces } from "node:os";
import { isLoopback } from "./http.ts";

/** Nobody but this computer: no signature is checked here. */
export const LOOPBACK = "127.0.0.1";

/** Whether others than this computer reach what listens there. */
export function isOpenToOthers(host: string): boolean {
  return !isLoopback(inUrl(host));
}

/** An address as a URL has it. */
export function inUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** Where clients on this computer find what listens on `host`. */
export function reachableAt(host: string): string {
  return isAny(host) ? LOOPBACK : host;
}

/**
 * Which `Host` headers, and hosts of `Origin` headers, are taken: those of this computer, and where others may
 * come too, the names and addresses under which they come. Never a name that somebody else can point here.
 */
export function acceptedHosts(host: string): (header: string) => boolean {
  const names = new Set(isOpenToOthers(host) ? namesOf(host) : []);
  return (header) => isLoopback(header) || names.has(header.replace(/:\d+$/, "").toLowerCase());
}

function namesOf(host: string): readonly string[] {
  if (!isAny(host)) return [inUrl(host).toLowerCase()];
  const name = hostname().toLowerCase();
  const addresses = Object.values(networkInterfaces()).flatMap((list = []) =>
    list.map(({ address }) => inUrl(address).toLowerCase()),
  );
  return [name, `${name}.local`, ...addresses];
}

function isAny(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}
