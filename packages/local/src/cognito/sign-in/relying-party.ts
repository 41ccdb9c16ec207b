import { AwsError } from "../../service.ts";
import type { Passkey, Pool, User } from "../state.ts";

// Texts of refusals around passkeys are the stage's own: the API model tells when they come, and not in which words.

/** What SetUserPoolMfaConfig says about passkeys. */
export interface WebAuthnConfiguration {
  readonly RelyingPartyId?: string | undefined;
  readonly UserVerification?: "required" | "preferred" | undefined;
  readonly FactorConfiguration?:
    | "SINGLE_FACTOR"
    | "MULTI_FACTOR_WITH_USER_VERIFICATION"
    | undefined;
}

/** Whom passkeys of a pool are for: whom it names, or else its domain, a whole one before a prefix. */
function partyOf(pool: Pool): string | undefined {
  const named = pool.factors.webAuthn?.RelyingPartyId;
  if (named !== undefined) return named;
  const domains = [...pool.domains.values()];
  const whole = domains.find(({ custom }) => custom !== undefined);
  if (whole !== undefined) return whole.name;
  const [prefix] = domains;
  return prefix && `${prefix.name}.auth.${pool.region}.amazoncognito.com`;
}

/** @throws AwsError WebAuthnConfigurationMissingException */
export function relyingParty(pool: Pool): string {
  const party = partyOf(pool);
  if (party !== undefined) return party;
  throw new AwsError(
    "WebAuthnConfigurationMissingException",
    "The user pool has neither a relying party ID nor a domain.",
  );
}

/** Whether pages of an origin may use passkeys of a relying party: its own host and those below. WebAuthn 5.1.3 */
export function isOriginOf(origin: string, party: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, hostname, origin: whole } = new URL(origin);
  const isSecure = protocol === "https:" || (protocol === "http:" && hostname === "localhost");
  return isSecure && whole === origin && (hostname === party || hostname.endsWith(`.${party}`));
}

/** Those of a user's that were made for whom the pool's are for now: no others can be shown. */
export function usablePasskeys(pool: Pool, user: User): Passkey[] {
  const party = partyOf(pool);
  return [...user.passkeys.values()].filter((passkey) => passkey.party === party);
}

/** Whether a passkey counts as two factors, because the authenticator has to know its owner. */
export function isWhole({ factors }: Pool): boolean {
  return factors.webAuthn?.FactorConfiguration === "MULTI_FACTOR_WITH_USER_VERIFICATION";
}

/** How strongly authenticators are asked to know their owner. */
export function verification(pool: Pool): "required" | "preferred" {
  return isWhole(pool) ? "required" : (pool.factors.webAuthn?.UserVerification ?? "preferred");
}
