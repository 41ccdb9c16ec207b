import { invalidParameter, notAuthorized } from "../errors.ts";
import { required } from "../input.ts";
import type { Client } from "../state.ts";
import { checkChanges, checkWritable, withUnverified } from "../users/attributes.ts";
import { checkNewPassword, NOT_CONFORMING, setPassword } from "../users/passwords.ts";
import { writeAttributes } from "../users/user-index.ts";
import { closeSession } from "./sessions.ts";
import { missingRequired, requireFactor } from "./sign-in.ts";
import { foreignSession, type Turn } from "./turn.ts";

const ATTRIBUTE_PREFIX = "userAttributes.";

/** Takes the answer to NEW_PASSWORD_REQUIRED: the password, and the attributes that a user must have. */
export async function replacePassword(turn: Turn): Promise<object> {
  const { ctx, client, user, session, responses, clientMetadata } = turn;
  const { pool } = client;
  const nowMs = ctx.deps.clock();
  if (user.status !== "FORCE_CHANGE_PASSWORD") throw foreignSession();
  const password = required(responses, "NEW_PASSWORD");
  const changes = new Map(
    Object.entries(responses)
      .filter(([key]) => key.startsWith(ATTRIBUTE_PREFIX))
      .map(([key, value]) => [key.slice(ATTRIBUTE_PREFIX.length), value]),
  );
  checkNewPassword(pool, user, password, NOT_CONFORMING);
  const wanted = missingRequired(client, user);
  if (wanted.some((name) => !changes.get(name))) {
    throw invalidParameter("Invalid user attributes: required attributes are missing");
  }
  refuseSettled(client, changes.keys(), wanted);
  checkWritable(client, changes.keys());
  checkChanges(pool, user, changes);
  closeSession(session);
  writeAttributes(pool, user, withUnverified(user, changes), nowMs);
  setPassword(pool, user, password, "CONFIRMED", nowMs);
  return requireFactor(ctx, { client, user, clientMetadata, newPassword: true });
}

/** What is already set cannot be changed on this occasion: facts/cognito.md 3.2, 4.2. */
function refuseSettled(client: Client, names: Iterable<string>, wanted: readonly string[]): void {
  for (const name of names) {
    if (name.endsWith("_verified")) {
      throw notAuthorized(`Cannot modify the non-mutable attribute ${name}`);
    }
    if (client.pool.schema.get(name)?.required && !wanted.includes(name)) {
      throw notAuthorized(`Cannot modify an already provided ${name}`);
    }
  }
}
