import { createHmac, randomBytes } from "node:crypto";
import * as z from "zod/mini";
import { type AuthFlowName, hidesUsers } from "./client-settings.ts";
import { namedUser } from "./client-user.ts";
import { invalidParameter, notAuthorized, passwordResetRequired, userNotFound } from "./errors.ts";
import { ClientIdField, Metadata, operation, PoolIdField, required, StringMap } from "./input.ts";
import { migrateUser } from "./migration.ts";
import { refuseLockedOut } from "./passwords.ts";
import { checkSecretHash } from "./secret-hash.ts";
import { openSession } from "./sessions.ts";
import { checkPassword, continueSignIn, preAuthenticate, refuseDisabled } from "./sign-in.ts";
import { isUsablePublicKey, startHandshake } from "./srp.ts";
import { type Client, type Ctx, clientIn, clientOf, poolOf, type User } from "./state.ts";
import { readRefreshToken, refreshTokens } from "./tokens.ts";

const AuthInput = z.object({
  AuthFlow: z.enum([
    "USER_SRP_AUTH",
    "USER_PASSWORD_AUTH",
    "CUSTOM_AUTH",
    "USER_AUTH",
    "REFRESH_TOKEN_AUTH",
    "REFRESH_TOKEN",
    "ADMIN_USER_PASSWORD_AUTH",
    "ADMIN_NO_SRP_AUTH",
  ]),
  ClientId: ClientIdField,
  AuthParameters: z.optional(StringMap),
  ClientMetadata: Metadata,
});
type AuthInput = z.infer<typeof AuthInput>;

/** What a sign-in starts from. */
interface Attempt {
  readonly client: Client;
  readonly parameters: Record<string, string>;
  readonly metadata: Record<string, string> | undefined;
}

export const initiateAuth = operation(AuthInput, (ctx, input) => {
  if (input.AuthFlow.startsWith("ADMIN_")) {
    throw invalidParameter("Initiate Auth method not supported.");
  }
  return start(ctx, clientOf(ctx, input.ClientId), input, false);
});

export const adminInitiateAuth = operation(
  z.extend(AuthInput, { UserPoolId: PoolIdField }),
  (ctx, input) => start(ctx, clientIn(poolOf(ctx, input.UserPoolId), input.ClientId), input, true),
);

function start(ctx: Ctx, client: Client, input: AuthInput, admin: boolean): Promise<object> {
  const attempt = {
    client,
    parameters: input.AuthParameters ?? {},
    metadata: input.ClientMetadata,
  };
  switch (input.AuthFlow) {
    case "USER_PASSWORD_AUTH":
    case "ADMIN_USER_PASSWORD_AUTH":
    case "ADMIN_NO_SRP_AUTH":
      requireFlow(client, input.AuthFlow, admin);
      return signInByPassword(ctx, attempt);
    case "USER_SRP_AUTH":
      requireFlow(client, input.AuthFlow, admin);
      return startSrp(ctx, attempt);
    case "REFRESH_TOKEN":
    case "REFRESH_TOKEN_AUTH":
      requireFlow(client, input.AuthFlow, admin);
      return refresh(ctx, attempt);
    default:
      throw invalidParameter(
        input.AuthFlow === "CUSTOM_AUTH"
          ? "Custom auth lambda trigger is not configured for the user pool."
          : `${input.AuthFlow} is not enabled for the client.`,
      );
  }
}

const ALLOWED_BY: Partial<Record<AuthInput["AuthFlow"], readonly AuthFlowName[]>> = {
  USER_PASSWORD_AUTH: ["ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"],
  ADMIN_USER_PASSWORD_AUTH: ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"],
  ADMIN_NO_SRP_AUTH: ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"],
  USER_SRP_AUTH: ["ALLOW_USER_SRP_AUTH"],
  REFRESH_TOKEN: ["ALLOW_REFRESH_TOKEN_AUTH"],
  REFRESH_TOKEN_AUTH: ["ALLOW_REFRESH_TOKEN_AUTH"],
};
const DEFAULT_FLOWS: readonly AuthFlowName[] = [
  "ALLOW_REFRESH_TOKEN_AUTH",
  "ALLOW_USER_SRP_AUTH",
  "ALLOW_CUSTOM_AUTH",
];

function requireFlow(client: Client, flow: AuthInput["AuthFlow"], admin: boolean): void {
  const listed = client.settings.ExplicitAuthFlows ?? [];
  const flows = listed.length === 0 ? DEFAULT_FLOWS : listed;
  if (ALLOWED_BY[flow]?.some((name) => flows.includes(name))) return;
  // Clients configured in the old way have SRP and refresh in any case, unless they are for custom flows.
  const legacy = flows.every((name) => !name.startsWith("ALLOW_"));
  const isRefresh = flow.startsWith("REFRESH_TOKEN");
  if (
    legacy &&
    (isRefresh || (flow === "USER_SRP_AUTH" && !flows.includes("CUSTOM_AUTH_FLOW_ONLY")))
  ) {
    return;
  }
  if (admin || isRefresh) throw invalidParameter("Auth flow not enabled for this client");
  throw invalidParameter(
    flow === "USER_SRP_AUTH"
      ? "USER_SRP_AUTH is not enabled for the client."
      : `${flow} flow not enabled for this client`,
  );
}

async function signInByPassword(ctx: Ctx, attempt: Attempt): Promise<object> {
  const { client, parameters, metadata } = attempt;
  const name = required(parameters, "USERNAME");
  const password = required(parameters, "PASSWORD");
  const known = namedUser(client, name, parameters.SECRET_HASH);
  const user = known ?? (await migrateAtSignIn(ctx, attempt, name, password));
  if (user === undefined) {
    if (!hidesUsers(client.settings)) throw userNotFound();
    await preAuthenticate(ctx, client, name, metadata);
    throw notAuthorized();
  }
  refuseDisabled(user);
  await preAuthenticate(ctx, client, user, metadata);
  checkPassword(ctx, client, user, password);
  return continueSignIn(ctx, { client, user });
}

async function migrateAtSignIn(
  ctx: Ctx,
  { client, metadata }: Attempt,
  name: string,
  password: string,
): Promise<User | undefined> {
  const user = await migrateUser(ctx, {
    client,
    name,
    password,
    source: "UserMigration_Authentication",
    // The client's metadata arrives under this name here, and not as clientMetadata: facts/cognito.md 1.2.
    validationData: metadata,
  });
  if (user?.status === "RESET_REQUIRED") throw passwordResetRequired();
  return user;
}

async function startSrp(ctx: Ctx, { client, parameters, metadata }: Attempt): Promise<object> {
  const name = required(parameters, "USERNAME");
  const A = required(parameters, "SRP_A");
  const user = namedUser(client, name, parameters.SECRET_HASH);
  if (!isUsablePublicKey(A)) throw notAuthorized();
  if (user === undefined && !hidesUsers(client.settings)) throw userNotFound();
  if (user !== undefined) refuseDisabled(user);
  await preAuthenticate(ctx, client, user ?? name, metadata);
  if (user === undefined) return pretendSrp(ctx, client, name, A);
  refuseLockedOut(user, ctx.deps.clock());
  if (user.password === undefined) {
    if (user.status === "RESET_REQUIRED") throw passwordResetRequired();
    throw notAuthorized();
  }
  return challengeSrp(ctx, client, A, { ...user.password, name: user.username, user });
}

function challengeSrp(
  ctx: Ctx,
  client: Client,
  A: string,
  party: { salt: Buffer; verifier: Buffer; name: string; user?: User },
): object {
  const { b, publicKey } = startHandshake(party.verifier);
  const secretBlock = randomBytes(720).toString("base64");
  // Cognito gives no Session here: the block is what the answer is recognised by.
  openSession(
    ctx,
    {
      challenge: "PASSWORD_VERIFIER",
      client,
      ...(party.user !== undefined && { user: party.user }),
      srp: { A, B: publicKey, b },
    },
    secretBlock,
  );
  return {
    ChallengeName: "PASSWORD_VERIFIER",
    ChallengeParameters: {
      SALT: party.salt.toString("hex"),
      SRP_B: publicKey,
      SECRET_BLOCK: secretBlock,
      USERNAME: party.name,
      USER_ID_FOR_SRP: party.name,
    },
  };
}

/** An unknown name gets a challenge with the same salt and id each time, as a known one would: facts 3.4. */
function pretendSrp(ctx: Ctx, client: Client, name: string, A: string): object {
  const hash = createHmac("sha256", client.pool.secret).update(name).digest();
  const hex = hash.toString("hex");
  const uuid = [8, 4, 4, 4, 12].reduce<{ parts: string[]; at: number }>(
    ({ parts, at }, length) => ({ parts: [...parts, hex.slice(at, at + length)], at: at + length }),
    { parts: [], at: 0 },
  );
  const username = client.pool.usernameAttributes.length > 0 ? uuid.parts.join("-") : name;
  return challengeSrp(ctx, client, A, {
    salt: hash.subarray(16),
    verifier: hash,
    name: username,
  });
}

async function refresh(ctx: Ctx, { client, parameters, metadata }: Attempt): Promise<object> {
  const family = readRefreshToken(ctx, client, required(parameters, "REFRESH_TOKEN"));
  const { username, sub, attributes } = family.user;
  checkSecretHash(
    client,
    [username, sub, attributes.get("email") ?? "", attributes.get("phone_number") ?? ""],
    parameters.SECRET_HASH,
  );
  return {
    ChallengeParameters: {},
    AuthenticationResult: await refreshTokens(ctx, client, family, metadata),
  };
}
