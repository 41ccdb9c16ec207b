import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { notAuthorized } from "../errors.ts";
import type { Client, ClientSecret } from "../state.ts";

/** base64(HMAC-SHA256(secret, username + clientId)), of a client that has a secret. */
export function secretHash({ id, secrets }: Client, name: string): string | undefined {
  const [first] = secrets;
  return first && hashBy(first, id, name);
}

function hashBy({ value }: ClientSecret, id: string, name: string): string {
  return createHmac("sha256", value).update(`${name}${id}`).digest("base64");
}

/**
 * Checks `SECRET_HASH` for a client that has a secret; by either, where it has two.
 * @param names the username as sent in this call, and in later steps also the canonical ones
 * @throws AwsError NotAuthorizedException
 */
export function checkSecretHash(
  { id, secrets }: Client,
  names: readonly string[],
  given: string | undefined,
): void {
  if (secrets.length === 0) {
    if (given === undefined) return;
    throw notAuthorized(`Client ${id} is not configured for secret but secret hash was received`);
  }
  if (given === undefined) {
    throw notAuthorized(`Client ${id} is configured with secret but SECRET_HASH was not received`);
  }
  const presented = Buffer.from(given);
  const right = secrets.some((secret) =>
    names.some((name) => {
      const expected = Buffer.from(hashBy(secret, id, name));
      return expected.length === presented.length && timingSafeEqual(expected, presented);
    }),
  );
  if (!right) throw notAuthorized(`Unable to verify secret hash for client ${id}`);
}

/** Whether a secret is one of the client's, or both have none. */
export function isSecret({ secrets }: Client, given: string | undefined): boolean {
  if (given === undefined) return secrets.length === 0;
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return secrets.some(({ value }) => timingSafeEqual(digest(value), digest(given)));
}
