import * as z from "zod/mini";
import type { AwsError } from "../../service.ts";
import { userNotFound } from "../errors.ts";
import { Metadata } from "../input.ts";
import { checkSecretHash } from "../sign-in/secret-hash.ts";
import { type Client, type Ctx, clientOf, type Pool, type User } from "../state.ts";
import { findUser } from "./user-index.ts";

/** How an app names itself and a user, where nobody is signed in. */
export const ClientAndUser = z.object({
  ClientId: z.string(),
  SecretHash: z.optional(z.string()),
  Username: z.string(),
  ClientMetadata: Metadata,
});

/** The app client that calls and the user whom it names. @throws AwsError no such client; wrong secret hash */
export function clientAndUser(
  ctx: Ctx,
  input: z.infer<typeof ClientAndUser>,
): { client: Client; pool: Pool; user: User | undefined } {
  const client = clientOf(ctx, input.ClientId);
  return { client, pool: client.pool, user: namedUser(client, input.Username, input.SecretHash) };
}

/** The user whom a name means, for a client that may ask. @throws AwsError wrong secret hash */
export function namedUser(
  client: Client,
  name: string,
  secretHash: string | undefined,
): User | undefined {
  checkSecretHash(client, [name], secretHash);
  return findUser(client.pool, name);
}

export function unknownToClient(): AwsError {
  return userNotFound("Username/client id combination not found.");
}
