import type { Contact } from "../config/attributes.ts";

// Cognito's rules are not published in full. These are narrower than any mail or phone system's, so
// that what passes them is what Cognito takes for an address.
const EMAIL = /^[^\s@]+@[^\s@]+$/u;
const PHONE = /^\+\d{1,15}$/;
/** API model of cognito-idp, `UsernameType`. */
const USERNAME = /^[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,128}$/u;

/** Which kind of address a text is, if any. Phone numbers are E.164. */
export function contactKind(text: string): Contact | undefined {
  if (EMAIL.test(text)) return "email";
  return PHONE.test(text) ? "phone_number" : undefined;
}

/** Whether an API call may carry it as a username. */
export function isUsername(text: string): boolean {
  return USERNAME.test(text);
}

/**
 * Lower case, for A to Z alone. The Unicode rules make one letter of several (U+212A, the Kelvin sign,
 * becomes a k), and so one address of two that belong to different people.
 */
export function foldCase(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Whether a pool takes two names for one. */
export function sameName(a: string, b: string, caseSensitive: boolean): boolean {
  return caseSensitive ? a === b : foldCase(a) === foldCase(b);
}
