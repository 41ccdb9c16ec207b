import { invalidParameter } from "../errors.ts";
import { finishAuthentication, preAuthenticate, refuseDisabled } from "../sign-in/sign-in.ts";
import type { Client, Ctx, Pool, User } from "../state.ts";
import { runPreSignUp } from "../triggers/pre-sign-up.ts";
import {
  checkChanges,
  checkNewAttributes,
  claimAliases,
  withUnverified,
} from "../users/attributes.ts";
import { linkedUser } from "../users/linked-users.ts";
import { runPostConfirmation } from "../users/sign-up.ts";
import { insertUser, normalise, writeAttributes } from "../users/user-index.ts";
import { identitiesOf, makeIdentity, SUBJECT, setIdentities } from "./identities.ts";
import type { IdentityProvider } from "./identity-providers.ts";
import { type Claims, claimText, mappedClaims, type ProviderAnswer } from "./inbound-federation.ts";
import { subjectClaim } from "./provider-details.ts";

/** What a provider says about somebody, in the pool's words. */
interface Profile {
  readonly subject: string;
  readonly username: string;
  readonly attributes: Map<string, string>;
}

/**
 * The user whom a provider's answer means: the one that this account was linked to, the one who came by it before,
 * or a new one. Mapped attributes are written at each sign-in. Triggers as in facts/cognito.md 2.1.
 * @throws AwsError what a trigger or the pool's schema says against it
 */
export async function federatedSignIn(
  ctx: Ctx,
  client: Client,
  provider: IdentityProvider,
  answer: ProviderAnswer,
): Promise<User> {
  const { pool } = client;
  const profile = readProfile(pool, provider, await mappedClaims(ctx, client, provider, answer));
  const known = knownUser(pool, provider, profile);
  if (known !== undefined) return signInAgain(ctx, client, known, profile);
  const attributes = withUnverifiedAddresses(profile.attributes);
  checkNewAttributes(pool, attributes, { requireAll: false });
  refuseMissing(pool, attributes);
  const preSignUp = await runPreSignUp(ctx, client, {
    source: "PreSignUp_ExternalProvider",
    userName: profile.username,
    attributes: new Map([
      ...attributes,
      // DG26 triggers: what a federated user brings beside its attributes.
      ["cognito:email_alias", ""],
      ["cognito:phone_number_alias", ""],
    ]),
    validationData: undefined,
    clientMetadata: undefined,
  });
  // The trigger may have linked the account meanwhile: then nobody new is made.
  const linked = knownUser(pool, provider, profile);
  if (linked !== undefined) return signInAgain(ctx, client, linked, profile);
  if (preSignUp.verifyEmail) attributes.set("email_verified", "true");
  if (preSignUp.verifyPhone) attributes.set("phone_number_verified", "true");
  const user = create(ctx, pool, provider, { ...profile, attributes });
  await runPostConfirmation(ctx, pool, user, {
    source: "PostConfirmation_ConfirmSignUp",
    clientId: client.id,
    clientMetadata: undefined,
  });
  return user;
}

function readProfile(pool: Pool, provider: IdentityProvider, claims: Claims): Profile {
  const { username: subjectFrom = subjectClaim(provider.type), ...mapping } = provider.mapping;
  const subject = claimText(claims[subjectFrom]);
  if (subject === undefined) throw invalidParameter(`attributes required: [${subjectFrom}]`);
  const attributes = new Map<string, string>();
  for (const [name, claim] of Object.entries(mapping)) {
    const value = claimText(claims[claim]);
    // A mapping may name an attribute that was never in the schema only if the pool was changed since.
    if (value !== undefined && pool.schema.has(name)) attributes.set(name, value);
  }
  return { subject, username: `${provider.name}_${subject}`, attributes };
}

/** An address is unverified unless the provider says so under a mapping of its own: facts/cognito.md 4.5. */
function withUnverifiedAddresses(attributes: ReadonlyMap<string, string>): Map<string, string> {
  const result = new Map(attributes);
  for (const address of ["email", "phone_number"]) {
    const flag = `${address}_verified`;
    if (result.has(address) && !result.has(flag)) result.set(flag, "false");
  }
  return result;
}

function refuseMissing(pool: Pool, attributes: ReadonlyMap<string, string>): void {
  const missing = [...pool.schema.values()].filter(
    ({ name, required }) => required && name !== "sub" && !attributes.get(name),
  );
  if (missing.length > 0) {
    throw invalidParameter(`attributes required: [${missing.map(({ name }) => name).join(", ")}]`);
  }
}

function knownUser(
  pool: Pool,
  provider: IdentityProvider,
  { subject, username, attributes }: Profile,
): User | undefined {
  const linked = linkedUser(pool, provider.name, SUBJECT, subject);
  if (linked !== undefined) return linked;
  for (const [name, value] of attributes) {
    const byAttribute = linkedUser(pool, provider.name, name, value);
    if (byAttribute !== undefined) return byAttribute;
  }
  const user = pool.users.get(normalise(pool, username));
  if (user !== undefined && !isProfile(user, provider, subject)) {
    // Somebody chose this very name at sign-up: it must not become anybody else's account.
    throw invalidParameter(`Already found an entry for username ${username}`);
  }
  return user;
}

function isProfile(user: User, provider: IdentityProvider, subject: string): boolean {
  return (
    user.status === "EXTERNAL_PROVIDER" ||
    identitiesOf(user).some(
      ({ providerName, userId }) => providerName === provider.name && userId === subject,
    )
  );
}

async function signInAgain(
  ctx: Ctx,
  client: Client,
  user: User,
  { attributes }: Profile,
): Promise<User> {
  refuseDisabled(user);
  await preAuthenticate(ctx, client, user, undefined);
  const { pool } = client;
  const changes = withUnverifiedAddresses(attributes);
  for (const [name, value] of changes) {
    // Only what really changes can be in the way of an attribute that must not.
    if (user.attributes.get(name) === value) changes.delete(name);
  }
  checkChanges(pool, user, changes);
  const nowMs = ctx.deps.clock();
  const result = withUnverified(user, changes);
  claimAliases(pool, new Map([...user.attributes, ...result]), { force: false, nowMs, self: user });
  writeAttributes(pool, user, result, nowMs);
  await finishAuthentication(ctx, { client, user });
  return user;
}

function create(ctx: Ctx, pool: Pool, provider: IdentityProvider, profile: Profile): User {
  const { username, subject, attributes } = profile;
  const nowMs = ctx.deps.clock();
  claimAliases(pool, attributes, { force: false, nowMs });
  const user = insertUser(pool, { username, status: "EXTERNAL_PROVIDER", attributes }, nowMs);
  setIdentities(user, [makeIdentity(provider, subject, { primary: true, nowMs })], nowMs);
  joinProviderGroup(pool, user, provider.name, nowMs);
  return user;
}

/** Cognito keeps a group for the users of each provider, which their tokens show. */
function joinProviderGroup(pool: Pool, user: User, provider: string, nowMs: number): void {
  const name = `${pool.id}_${provider}`;
  if (!pool.groups.has(name)) {
    pool.groups.set(name, {
      name,
      description: `Autogenerated group for users who sign in using ${provider}`,
      createdAtMs: nowMs,
      modifiedAtMs: nowMs,
    });
  }
  user.groups.add(name);
}
