import type { Contact } from "../config/attributes.ts";
import type { Attributes } from "../config/schema.ts";
import type { PoolId, Region, SourceId } from "../kernel/ids.ts";
import type { Challenge, SourceAnswer, Unavailable } from "./answer.ts";

/** A user as a pool holds them. */
export interface PoolUser {
  /** Cognito's `Username`: the `sub` itself where an address is the username. */
  readonly username: string;
  readonly sub: string;
  readonly enabled: boolean;
  /** Cognito's `UserStatus`; undefined when the user is known from an ID token only, which no other status than a usable one gets. */
  readonly status: string | undefined;
  /** A second factor is set up. Not known from ListUsers or an ID token: false there. */
  readonly hasSecondFactor: boolean;
  readonly attributes: Attributes;
}

export type UserLookup =
  | { readonly outcome: "found"; readonly user: PoolUser }
  | { readonly outcome: "user-not-found" }
  | Unavailable;

export type ContactLookup =
  | { readonly outcome: "found"; readonly users: readonly PoolUser[] }
  | Unavailable;

/**
 * One pool that users come from. Answers in this vocabulary and never throws for what Cognito or the
 * network said. Every call ends when `signal` aborts: that is an answer too, `unavailable` by `timeout`.
 */
export interface SourcePool {
  readonly id: SourceId;
  readonly poolId: PoolId;
  readonly region: Region;
  readonly caseSensitive: boolean;
  /** Checks a password as the source's own sign-in would: it counts towards the user's lockout there. */
  authenticate(login: string, password: string, signal: AbortSignal): Promise<SourceAnswer>;
  /** Answers a challenge. `username` is the stored one where the challenge told it. */
  respond(
    challenge: Challenge,
    username: string,
    responses: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<SourceAnswer>;
  /** By username, sub, or *verified* alias. */
  getUser(username: string, signal: AbortSignal): Promise<UserLookup>;
  /** Takes back the tokens of one sign-in. @throws whatever went wrong: the caller decides that it may */
  revoke(refreshToken: string, signal: AbortSignal): Promise<void>;
}

/** The same pool for those who look people up and sign nobody in. */
export interface SearchableSource extends Pick<SourcePool, "id" | "getUser"> {
  /** Everybody with exactly this contact, verified or not. Eventually consistent; several are possible. */
  findByContact(contact: Contact, value: string, signal: AbortSignal): Promise<ContactLookup>;
}
