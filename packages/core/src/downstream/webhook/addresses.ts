import ipaddr from "ipaddr.js";

export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Asks for all addresses of a name, as `dns.lookup` with `all`. */
export type Resolve = (hostname: string) => Promise<readonly ResolvedAddress[]>;

/** Inside IPv6's global range, but leading to an IPv4 address or to nowhere public (IANA special-purpose registry). */
const NEVER_PUBLIC = ["64:ff9b:1::/48", "::/96", "fec0::/10", "5f00::/16", "3fff::/20"] as const;

/**
 * Whether a webhook may be sent to an address: public ones, and those of networks that the configuration
 * allows. Loopback, private, link-local (where the metadata services are), shared, reserved and
 * multicast addresses are not public, nor is IPv6 that wraps such an IPv4 address.
 */
export function isAllowed(address: string, allowNetworks: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false;
  // An IPv4-mapped address is the IPv4 address that it is sent to.
  const parsed = ipaddr.process(address);
  if (allowNetworks.some((network) => isWithin(parsed, network))) return true;
  if (parsed.range() !== "unicast") return false;
  return !NEVER_PUBLIC.some((network) => isWithin(parsed, network));
}

/**
 * The addresses that a host stands for, each of them allowed: a name with a single private address is
 * refused as a whole, because which one is connected to would be chance.
 */
export async function allowedAddresses(
  hostname: string,
  { resolve, allowNetworks }: { resolve: Resolve; allowNetworks: readonly string[] },
): Promise<readonly ResolvedAddress[] | "not-allowed"> {
  // The host of a URL has brackets around an IPv6 address.
  const bare = hostname.replace(/^\[(.*)\]$/, "$1");
  const literal = ipaddr.isValid(bare) ? bare : undefined;
  const addresses: readonly ResolvedAddress[] =
    literal === undefined
      ? await resolve(hostname)
      : [{ address: literal, family: literal.includes(":") ? 6 : 4 }];
  const allowed = addresses.every(({ address }) => isAllowed(address, allowNetworks));
  return allowed && addresses.length > 0 ? addresses : "not-allowed";
}

function isWithin(address: ipaddr.IPv4 | ipaddr.IPv6, network: string): boolean {
  if (!ipaddr.isValidCIDR(network)) return false;
  const [base, bits] = ipaddr.parseCIDR(network);
  return base.kind() === address.kind() && address.match(base, bits);
}
