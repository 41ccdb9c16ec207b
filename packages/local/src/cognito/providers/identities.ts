import type { Pool, User } from "../state.ts";
import type { IdentityProvider } from "./identity-providers.ts";

/** One of a user's accounts with a provider, as the attribute `identities` has it. */
export interface Identity {
  readonly dateCreated: number;
  readonly userId: string;
  readonly providerName: string;
  readonly providerType: string;
  readonly issuer: null;
  /** Whether the profile itself comes from there; not for one that was linked later. */
  readonly primary: boolean;
}

/** The claim by which a provider identifies people, whatever it calls it. */
export const SUBJECT = "Cognito_Subject";

export function makeIdentity(
  { name, type }: IdentityProvider,
  userId: string,
  options: { primary: boolean; nowMs: number },
): Identity {
  const { primary, nowMs } = options;
  return {
    dateCreated: nowMs,
    userId,
    providerName: name,
    providerType: type,
    issuer: null,
    primary,
  };
}

export function identitiesOf(user: User): Identity[] {
  const text = user.attributes.get("identities");
  return text === undefined ? [] : (JSON.parse(text) as Identity[]);
}

export function setIdentities(user: User, identities: readonly Identity[], nowMs: number): void {
  if (identities.length === 0) user.attributes.delete("identities");
  else user.attributes.set("identities", JSON.stringify(identities));
  user.modifiedAtMs = nowMs;
}

/** In an ID token every value is text. Source: DG23/amazon-cognito-user-pools-using-the-id-token. */
export function identityClaims(attribute: string): object[] {
  return (JSON.parse(attribute) as Identity[]).map((identity) => ({
    ...identity,
    dateCreated: String(identity.dateCreated),
    primary: String(identity.primary),
  }));
}

/** By what a link is found: a provider, one of its attributes, and the value. */
export function linkKey(provider: string, attribute: string, value: string): string {
  return JSON.stringify([provider, attribute, value]);
}

/** Takes a user's links away with the user. */
export function dropLinks(pool: Pool, user: User): void {
  for (const [key, sub] of pool.links) {
    if (sub === user.sub) pool.links.delete(key);
  }
}
