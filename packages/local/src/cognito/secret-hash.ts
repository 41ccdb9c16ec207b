import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { notAuthorized } from "./errors.ts";
import type { Client } from "./state.ts";

/** base64(HMAC-SHA256(secret, username + clientId)), of a client that has a secret. */
export function secretHash(
  { id, secret = "" }: Pick<Client, "id" | "secret">,
  name: string,
): string {
  return createHmac("sha256", secret).update(`${name}${id}`).digest("base64");
}

/**
 * Checks `SECRET_HASH` for a client that has a secret.
 * @param names the username as sent in this call, and in later steps also the canonical ones
 * @throws AwsError NotAuthorizedException
 */
export function checkSecretHash(
  client: Client,
  names: readonly string[],
  given: string | undefined,
): void {
  const { secret } = client;
  if (secret === undefined) {
    if (given === undefined) return;
    throw notAuthorized(
      `Client ${client.id} is not configured for secret but secret hash was received`,
    );
  }
  if (given === undefined) {
    throw notAuthorized(
      `Client ${client.id} is configured with secret but SECRET_HASH was not received`,
    );
  }
  const presented = Buffer.from(given);
  const right = names.some((name) => {
    const expected = Buffer.from(secretHash({ ...client, secret }, name));
    return expected.length === presented.length && timingSafeEqual(expected, presented);
  });
  if (!right) throw notAuthorized(`Unable to verify secret hash for client ${client.id}`);
}

/** Whether a secret is the client's, or both have none. */
export function isSecret(client: Client, given: string | undefined): boolean {
  const { secret } = client;
  if (secret === undefined || given === undefined) return secret === given;
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(secret), digest(given));
}
