import { createHmac, hkdfSync } from "node:crypto";
import * as z from "zod/mini";
import type { DeployedTarget } from "../config/deployment.ts";
import type { Attributes } from "../config/schema.ts";
import { derivedId, type Region, UserId } from "../kernel/ids.ts";
import { foldCase } from "../migration/shapes.ts";

/** What the directory knows of a login: nobody without the stage's key can make it, or try logins on it. */
export type LoginKey = string & { readonly __brand: "LoginKey" };

/** Makes keys, and what is said of logins that nobody has. */
export interface LoginKeys {
  /** Of a login as typed. One for all spellings that the pools take for one. */
  keyOf(login: string): LoginKey;
  /** Where somebody whom nobody knows is sent: always the same for a login, and any of the regions. */
  decoyRegion(key: LoginKey): Region;
  /** A user whom nobody is: so that an unknown login costs the same reads as a known one. */
  decoyUserId(key: LoginKey): UserId;
}

export interface LoginKeyOptions {
  /** The stage's 32 random bytes. */
  readonly stageKey: Uint8Array;
  /** As the new pools are, all of them. */
  readonly caseSensitive: boolean;
  /** Of the new pools. The order does not matter. */
  readonly regions: readonly Region[];
}

export function loginKeys({ stageKey, caseSensitive, regions }: LoginKeyOptions): LoginKeys {
  const derive = (info: string) =>
    Buffer.from(hkdfSync("sha256", stageKey, new Uint8Array(), info, 32));
  const keyKey = derive("carryover placement login");
  const decoyKey = derive("carryover placement decoy");
  const ordered = regions.toSorted();
  return {
    keyOf: (login) =>
      createHmac("sha256", keyKey)
        .update(caseSensitive ? login : foldCase(login))
        .digest("base64url") as LoginKey,
    decoyRegion(key) {
      const number = createHmac("sha256", decoyKey).update(key).digest().readUInt32BE();
      const region = ordered[number % ordered.length];
      if (region === undefined) throw new Error("there is no region");
      return region;
    },
    decoyUserId: (key) => z.parse(UserId, derivedId("placement decoy", key)),
  };
}

/** A login of a user, and whether the user proved that it is theirs. */
export interface OwnLogin {
  readonly login: string;
  readonly isProved: boolean;
}

/** Everything that a user of a new pool can sign in with. */
export function loginsOf(
  { usernameAttributes, aliasAttributes }: DeployedTarget,
  { username, attributes }: { readonly username: string; readonly attributes: Attributes },
): OwnLogin[] {
  const isProved = (name: string) => attributes[`${name}_verified`] === "true";
  const held = (names: readonly string[]) =>
    names.flatMap((name) => {
      const login = attributes[name];
      return login ? [{ name, login, isProved: isProved(name) }] : [];
    });
  const logins =
    usernameAttributes.length > 0
      ? held(usernameAttributes)
      : // An address that is not verified is no alias (Cognito guide, "Customizing sign-in attributes").
        [
          { login: username, isProved: true },
          ...held(aliasAttributes)
            .filter((one) => one.name === "preferred_username" || one.isProved)
            .map(({ login }) => ({ login, isProved: true })),
        ];
  return logins.map(({ login, isProved }) => ({ login, isProved }));
}
