import { CONTACTS, type Contact, VERIFIED_FLAGS } from "../config/attributes.ts";
import type { Attributes } from "../config/schema.ts";
import type { Sub } from "../kernel/ids.ts";

/** A user of a source, as far as it says who somebody is. */
export interface SourceAccount {
  readonly sub: Sub;
  readonly attributes: Attributes;
}

/** A contact of a person in the source that they crossed from. */
export interface KnownContact {
  readonly contact: Contact;
  readonly value: string;
  readonly verified: boolean;
}

/**
 * `same`: one contact that both accounts have is verified in both. `unproven`: they have a contact in
 * common, but anybody can write down another's address. `other`: nothing in common.
 */
export type SamePerson = "same" | "unproven" | "other";

export function contactsOf(attributes: Attributes): KnownContact[] {
  return CONTACTS.flatMap((contact) => {
    const value = attributes[contact];
    if (!value) return [];
    return [{ contact, value, verified: attributes[VERIFIED_FLAGS[contact]] === "true" }];
  });
}

/** Whether two accounts of different sources are one person's. Knows no disabled or unconfirmed: it is the same person. */
export function samePerson(person: Attributes, other: Attributes): SamePerson {
  const shared = contactsOf(person).flatMap((mine) => {
    const theirs = contactsOf(other).find((contact) => isSameContact(mine, contact));
    return theirs ? [mine.verified && theirs.verified] : [];
  });
  if (shared.includes(true)) return "same";
  return shared.length > 0 ? "unproven" : "other";
}

/** Mail systems do not tell addresses apart by case, and each side has proved that its mails arrive. */
function isSameContact(a: KnownContact, b: KnownContact): boolean {
  return a.contact === b.contact && a.value.toLowerCase() === b.value.toLowerCase();
}
