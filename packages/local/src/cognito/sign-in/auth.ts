import * as z from "zod/mini";
import type { AwsError } from "../../service.ts";
import { invalidParameter, notAuthorized, passwordResetRequired, userNotFound } from "../errors.ts";
import { Metadata, operation, required, StringMap } from "../input.ts";
import { hidesUsers } from "../pools/client-settings.ts";
import { type Client, type Ctx, clientIn, clientOf, poolOf, type User } from "../state.ts";
import { migrateUser } from "../triggers/migration.ts";
import { namedUser } from "../users/client-user.ts";
import { passwordMatches } from "../users/passwords.ts";
import { startChoice } from "./choice.ts";
import { startCustom } from "./custom-auth.ts";
import { type AuthFlow, requireFlow } from "./flows.ts";
import { refresh } from "./refresh.ts";
import {
  checkPassword,
  continueSignIn,
  preAuthenticate,
  refuseDisabled,
  type SignInAttempt,
} from "./sign-in.ts";
import { challengePassword, checkPublicKey } from "./srp-challenge.ts";

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
  ClientId: z.string(),
  AuthParameters: z.optional(StringMap),
  ClientMetadata: Metadata,
  Session: z.optional(z.string()),
});
type AuthInput = z.infer<typeof AuthInput>;

export const initiateAuth = operation(AuthInput, (ctx, input) => {
  if (input.AuthFlow.startsWith("ADMIN_")) throw notSupported();
  return start(ctx, clientOf(ctx, input.ClientId), input, false);
});

export const adminInitiateAuth = operation(
  z.extend(AuthInput, { UserPoolId: z.string() }),
  (ctx, input) => {
    const client = clientIn(poolOf(ctx, input.UserPoolId), input.ClientId);
    if (input.AuthFlow === "USER_PASSWORD_AUTH") throw notSupported();
    return start(ctx, client, input, true);
  },
);

function notSupported(): AwsError {
  return invalidParameter("Initiate Auth method not supported.");
}

async function start(ctx: Ctx, client: Client, input: AuthInput, admin: boolean): Promise<object> {
  const attempt = {
    client,
    parameters: input.AuthParameters ?? {},
    metadata: input.ClientMetadata,
  };
  requireFlow(client, input.AuthFlow, admin);
  return STARTS[input.AuthFlow](ctx, attempt, input.Session);
}

const STARTS: Record<
  AuthFlow,
  (ctx: Ctx, attempt: SignInAttempt, session?: string) => Promise<object>
> = {
  USER_PASSWORD_AUTH: signInByPassword,
  ADMIN_USER_PASSWORD_AUTH: signInByPassword,
  ADMIN_NO_SRP_AUTH: signInByPassword,
  USER_SRP_AUTH: startSrp,
  CUSTOM_AUTH: startCustom,
  USER_AUTH: startChoice,
  REFRESH_TOKEN: refresh,
  REFRESH_TOKEN_AUTH: refresh,
};

export async function signInByPassword(ctx: Ctx, attempt: SignInAttempt): Promise<object> {
  const { client, parameters, metadata } = attempt;
  const name = required(parameters, "USERNAME");
  const password = required(parameters, "PASSWORD");
  const known = namedUser(client, name, parameters.SECRET_HASH);
  const user = known ?? (await migrateAtSignIn(ctx, attempt, name, password));
  if (user === undefined) {
    if (!hidesUsers(client.settings)) throw userNotFound();
    await preAuthenticate(ctx, client, name, metadata);
    passwordMatches(client.pool, undefined, password);
    throw notAuthorized();
  }
  refuseDisabled(user);
  await preAuthenticate(ctx, client, user, metadata);
  checkPassword(ctx, client, user, password);
  return continueSignIn(ctx, { client, user, deviceKey: parameters.DEVICE_KEY });
}

async function migrateAtSignIn(
  ctx: Ctx,
  { client, metadata }: SignInAttempt,
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

async function startSrp(
  ctx: Ctx,
  { client, parameters, metadata }: SignInAttempt,
): Promise<object> {
  const name = required(parameters, "USERNAME");
  const srpA = required(parameters, "SRP_A");
  const user = namedUser(client, name, parameters.SECRET_HASH);
  checkPublicKey(srpA);
  if (user === undefined && !hidesUsers(client.settings)) throw userNotFound();
  if (user !== undefined) refuseDisabled(user);
  await preAuthenticate(ctx, client, user ?? name, metadata);
  return challengePassword(ctx, { client, user: user ?? name, srpA });
}
