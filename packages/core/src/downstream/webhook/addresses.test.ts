import { describe, expect, it } from "vitest";
import { allowedAddresses, isAllowed } from "./addresses.ts";

/** IANA special-purpose registries, and the metadata services of clouds. */
const REFUSED = [
  "0.0.0.0",
  "0.1.2.3",
  "10.0.0.1",
  "100.64.0.1",
  "127.0.0.1",
  "127.255.255.254",
  "169.254.169.254",
  "169.254.170.2",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.1",
  "192.0.2.1",
  "192.168.1.1",
  "198.18.0.1",
  "198.51.100.1",
  "203.0.113.1",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::127.0.0.1",
  "::ffff:127.0.0.1",
  "::ffff:10.0.0.1",
  "::ffff:169.254.169.254",
  "::ffff:7f00:1",
  "64:ff9b::7f00:1",
  "64:ff9b:1::7f00:1",
  "100::1",
  "2001::1",
  "2001:db8::1",
  "2002:7f00:1::",
  "3fff::1",
  "5f00::1",
  "fc00::1",
  "fd00:ec2::254",
  "fe80::1",
  "fec0::1",
  "ff02::1",
  "not an address",
  "",
];

const PUBLIC = ["1.1.1.1", "8.8.8.8", "172.32.0.1", "::ffff:8.8.8.8", "2606:4700:4700::1111"];

describe("an address that a webhook may go to", () => {
  it.each(REFUSED)("is not %s", (address) => {
    expect(isAllowed(address, [])).toBe(false);
  });

  it.each(PUBLIC)("is %s", (address) => {
    expect(isAllowed(address, [])).toBe(true);
  });

  it("is one of an allowed network, and nothing beside it", () => {
    expect(isAllowed("10.1.2.3", ["10.1.0.0/16"])).toBe(true);
    expect(isAllowed("::ffff:10.1.2.3", ["10.1.0.0/16"])).toBe(true);
    expect(isAllowed("10.2.2.3", ["10.1.0.0/16"])).toBe(false);
    expect(isAllowed("fd00::1", ["fd00::/8"])).toBe(true);
    expect(isAllowed("10.1.2.3", ["nonsense/99"])).toBe(false);
  });
});

describe("a host", () => {
  const resolvingTo = (...addresses: string[]) => ({
    allowNetworks: [],
    resolve: async () =>
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }) as const),
  });

  it("is refused for a single address that is not public", async () => {
    expect(await allowedAddresses("a.example", resolvingTo("8.8.8.8", "10.0.0.1"))).toBe(
      "not-allowed",
    );
    expect(await allowedAddresses("a.example", resolvingTo("8.8.8.8"))).toEqual([
      { address: "8.8.8.8", family: 4 },
    ]);
    expect(await allowedAddresses("a.example", resolvingTo())).toBe("not-allowed");
  });

  it.each(["http://0x7f.1/", "http://2130706433/", "http://[::ffff:127.0.0.1]/", "http://127.1/"])(
    "that spells a private address differently is the same address: %s",
    async (url) => {
      const { hostname } = new URL(url);
      expect(await allowedAddresses(hostname, resolvingTo("8.8.8.8"))).toBe("not-allowed");
    },
  );
});
