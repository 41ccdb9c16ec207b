import { randomInt } from "node:crypto";
import * as z from "zod/mini";
import { AwsError } from "../service.ts";

/** Source: Secrets Manager API reference, GetRandomPassword. */
export const RandomPassword = z.object({
  PasswordLength: z._default(z.int().check(z.minimum(1), z.maximum(4096)), 32),
  ExcludeCharacters: z._default(z.string().check(z.maxLength(4096)), ""),
  ExcludeLowercase: z._default(z.boolean(), false),
  ExcludeUppercase: z._default(z.boolean(), false),
  ExcludeNumbers: z._default(z.boolean(), false),
  ExcludePunctuation: z._default(z.boolean(), false),
  IncludeSpace: z._default(z.boolean(), false),
  RequireEachIncludedType: z._default(z.boolean(), true),
});
type RandomPassword = z.infer<typeof RandomPassword>;

const LOWERCASE = "abcdefghijklmnopqrstuvwxyz";
const NUMBERS = "0123456789";
const PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/** A space may be there and never has to. Source: go-to-k/cdkd, which measured it, and the words, on AWS. @throws AwsError */
export function randomPassword(asked: RandomPassword): string {
  const left = (type: string) => [...type].filter((one) => !asked.ExcludeCharacters.includes(one));
  const types = [
    ...(asked.ExcludeLowercase ? [] : [LOWERCASE]),
    ...(asked.ExcludeUppercase ? [] : [LOWERCASE.toUpperCase()]),
    ...(asked.ExcludeNumbers ? [] : [NUMBERS]),
    ...(asked.ExcludePunctuation ? [] : [PUNCTUATION]),
  ].map(left);
  const all = [...types.flat(), ...(asked.IncludeSpace ? left(" ") : [])];
  if (all.length === 0) throw refused("All characters have been excluded from selection.");
  const required = asked.RequireEachIncludedType ? types : [];
  if (required.some((type) => type.length === 0)) {
    throw refused("All characters of the desired type have been excluded.");
  }
  if (asked.PasswordLength < required.length) {
    throw refused("Password length is too short based on the required types.");
  }
  const rest = Array.from({ length: asked.PasswordLength - required.length }, () => all);
  return shuffled([...required, ...rest].map(oneOf)).join("");
}

function oneOf(characters: readonly string[]): string {
  return characters[randomInt(characters.length)] ?? "";
}

function shuffled(items: readonly string[]): string[] {
  const left = [...items];
  return items.flatMap(() => left.splice(randomInt(left.length), 1));
}

function refused(message: string): AwsError {
  return new AwsError("InvalidParameterException", message);
}
