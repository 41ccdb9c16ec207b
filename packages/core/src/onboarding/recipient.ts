import { OWN_ATTRIBUTES } from "../config/attributes.ts";
import type { Attributes } from "../config/schema.ts";
import type { PoolUser } from "../migration/source.ts";
import type { Account, FailureReason, Mail } from "./schema.ts";

/** Whom a mail goes to. Lives as long as the send: it is in no table, event or log. */
export interface Recipient {
  readonly address: string;
  /** A BCP 47 tag as the user's attribute has it, if it has one. */
  readonly locale?: string;
  readonly name?: string;
}

/** Reads an account in its own region. */
export interface AccountReader {
  /**
   * @returns `no-answer` when the pool cannot tell now; `refused` when it will not tell, because it is gone or the
   * product may not ask: waiting alone mends neither
   */
  find(account: Account): Promise<PoolUser | "not-found" | "no-answer" | "refused">;
}

/** Whether a user may be written to, and how. Only a verified address gets mail. */
export function recipientOf(
  user: PoolUser | "not-found",
  { userId }: Pick<Mail, "userId">,
): Recipient | { readonly reason: FailureReason } {
  if (user === "not-found") return { reason: "user_gone" };
  const { attributes, enabled } = user;
  const owner = attributes[OWN_ATTRIBUTES.userId];
  if (owner !== undefined && owner !== userId) return { reason: "user_gone" };
  if (!enabled) return { reason: "user_disabled" };
  const { email, email_verified, locale } = attributes;
  if (!email) return { reason: "no_address" };
  if (email_verified !== "true") return { reason: "address_not_verified" };
  const name = nameOf(attributes);
  return {
    address: email,
    ...(locale !== undefined && { locale }),
    ...(name !== undefined && { name }),
  };
}

const MOST_CHARACTERS = 40;

/**
 * What to call a person. A name is theirs to choose, and a mail in our name must not say what they like: no
 * address of a web page, which mail programs would make a link of, and nothing long.
 */
function nameOf({ given_name, name, nickname }: Attributes): string | undefined {
  const chosen = (given_name ?? nickname ?? name)?.normalize("NFC").trim();
  if (chosen === undefined || chosen.length > MOST_CHARACTERS) return undefined;
  if (!/^[\p{L}\p{M}][\p{L}\p{M} '’.-]*$/u.test(chosen)) return undefined;
  return /\.\S/u.test(chosen) ? undefined : chosen;
}
