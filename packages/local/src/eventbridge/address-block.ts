import { BlockList, isIP } from "node:net";
import { PatternError } from "./pattern-error.ts";

/**
 * Decides whether a text is an address of a block. AWS says no place of what is wrong with a block.
 * Source: aws/event-ruler, CIDR. @throws PatternError
 */
export function addressBlock(block: string): (candidate: string) => boolean {
  const [network = "", bits = "", ...rest] = block.split("/");
  if (bits === "" || rest.length > 0) {
    throw new PatternError("Malformed CIDR, one '/' required");
  }
  // Not `Number`: the list below ends the process over a negative zero.
  const prefix = Number.parseInt(bits, 10) || 0;
  if (!/^[+-]?\d+$/.test(bits) || Math.abs(prefix) >= 2 ** 31) {
    throw new PatternError("Malformed CIDR, mask bits must be an integer");
  }
  if (prefix < 0) throw new PatternError("Malformed CIDR, mask bits must not be negative");
  if (!looksLikeIp(network)) throw new PatternError(`Nonstandard IP address: ${network}`);
  const version = isIP(network);
  if (version === 0) throw new PatternError(`Invalid IP address: ${network}`);
  const most = version === 4 ? 32 : 128;
  if (prefix >= most) throw new PatternError(`IPv${version} mask bits must be < ${most}`);
  const family = version === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(network, prefix, family);
  return (candidate) =>
    looksLikeIp(candidate) && isIP(candidate) === version && list.check(candidate, family);
}

/** No zone, and no IPv4 address at the end of one of IPv6. Source: aws/event-ruler, Constants. */
function looksLikeIp(candidate: string): boolean {
  return /^(?:\d+\.\d+\.\d+\.\d+|[\da-fA-F]*:[\da-fA-F:]*)$/.test(candidate);
}
