import * as z from "zod/mini";
import { VERIFIED_FLAGS } from "../config/attributes.ts";
import type { PoolUser } from "./source.ts";

const FLAGS: readonly string[] = Object.values(VERIFIED_FLAGS);

const Claims = z.looseObject({ sub: z.string(), "cognito:username": z.string() });

/** Who an ID token is about, with those of its claims that are attributes. */
export interface IdTokenUser {
  readonly user: PoolUser;
  /** Whether the token tells every one of these attributes; an absent one may just not be readable for the client. */
  tells(names: ReadonlySet<string>): boolean;
}

/**
 * Reads an ID token without checking its signature: it came from Cognito itself over TLS, in answer
 * to our own call. Undefined when it does not look like one.
 */
export function readIdToken(idToken: string): IdTokenUser | undefined {
  const parsed = z.safeParse(Claims, payloadOf(idToken));
  if (!parsed.success) return undefined;
  const { sub, "cognito:username": username, ...claims } = parsed.data;
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(claims)) {
    if (typeof value === "string") attributes[name] = value;
    // The other types (`address` is an object) are not what the attribute holds.
    else if (FLAGS.includes(name) && typeof value === "boolean") attributes[name] = String(value);
  }
  return {
    user: { sub, username, enabled: true, status: undefined, hasSecondFactor: false, attributes },
    tells: (names) => [...names].every((name) => Object.hasOwn(attributes, name)),
  };
}

function payloadOf(jwt: string): unknown {
  try {
    return JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString("utf8"));
  } catch {
    // Not a token we can read: the caller asks the source instead.
    return undefined;
  }
}
