import { notAuthorized, passwordResetRequired, userNotConfirmed } from "../errors.ts";
import { hidesUsers } from "../pools/client-settings.ts";
import type { Client, Ctx, User } from "../state.ts";
import { issueTokens } from "../tokens/tokens.ts";
import type { TokenSource } from "../triggers/pre-token.ts";
import { eventAttributes, runTrigger } from "../triggers/triggers.ts";
import {
  countFailure,
  forgiveFailures,
  passwordMatches,
  refuseLockedOut,
} from "../users/passwords.ts";
import { knownDevice, newDevice, tracksDevices } from "./devices.ts";
import { challengeFactor, factorSetup } from "./mfa-challenge.ts";
import { openSession, type Session } from "./sessions.ts";

/** What a sign-in starts from. */
export interface SignInAttempt {
  readonly client: Client;
  /** `AuthParameters` of the call. */
  readonly parameters: Record<string, string>;
  /** `ClientMetadata` of the call. */
  readonly metadata: Record<string, string> | undefined;
}

/** A sign-in on its way. */
export interface SignIn {
  readonly client: Client;
  readonly user: User;
  /** Of RespondToAuthChallenge only: what InitiateAuth carries goes to earlier triggers. facts 1.2 */
  readonly clientMetadata?: Record<string, string> | undefined;
  readonly newPassword?: boolean;
  /** The custom flow that the second factor is a step of. */
  readonly custom?: Session["custom"];
  /** The device that the client says it is. */
  readonly deviceKey?: string | undefined;
  /** It has proved that it is. */
  readonly deviceProved?: boolean;
}

/** Runs pre authentication. @param name what was typed, for a user whom nobody knows */
export async function preAuthenticate(
  ctx: Ctx,
  client: Client,
  user: User | string,
  validationData: Record<string, string> | undefined,
): Promise<void> {
  const unknown = typeof user === "string";
  await runTrigger(ctx, client.pool, {
    name: "PreAuthentication",
    source: "PreAuthentication_Authentication",
    userName: unknown ? user : user.username,
    clientId: client.id,
    request: {
      userAttributes: unknown ? {} : eventAttributes(user),
      validationData: validationData ?? {},
      ...(hidesUsers(client.settings) && { userNotFound: unknown }),
    },
    response: {},
  });
}

export function refuseDisabled(user: User): void {
  if (!user.enabled) throw notAuthorized("User is disabled.");
}

/** @throws AwsError NotAuthorizedException wrong or locked out; PasswordResetRequiredException there is none */
export function checkPassword(ctx: Ctx, client: Client, user: User, password: string): void {
  const nowMs = ctx.deps.clock();
  refuseLockedOut(user, nowMs);
  // Nothing to compare with: an imported or migrated user has to choose a password first.
  if (user.password === undefined && user.status === "RESET_REQUIRED") {
    // facts/cognito.md 3.4: where users are hidden, so is this.
    throw hidesUsers(client.settings) ? notAuthorized() : passwordResetRequired();
  }
  if (!passwordMatches(client.pool, user, password)) {
    countFailure(user, nowMs);
    throw notAuthorized();
  }
  forgiveFailures(user);
}

/** What follows a right password: the state of the user decides, then the second factor. */
export async function continueSignIn(ctx: Ctx, signIn: SignIn): Promise<object> {
  const { user, client } = signIn;
  if (user.status === "UNCONFIRMED") throw userNotConfirmed();
  if (user.status === "RESET_REQUIRED") throw passwordResetRequired();
  if (user.status === "FORCE_CHANGE_PASSWORD") return challengeNewPassword(ctx, client, user);
  return requireFactor(ctx, signIn);
}

function challengeNewPassword(ctx: Ctx, client: Client, user: User): object {
  if (ctx.deps.clock() >= (user.temporaryUntilMs ?? Infinity)) {
    throw notAuthorized("Temporary password has expired and must be reset by an administrator.");
  }
  const { sub: _, ...attributes } = Object.fromEntries(user.attributes);
  return {
    ChallengeName: "NEW_PASSWORD_REQUIRED",
    Session: openSession(ctx, { challenge: "NEW_PASSWORD_REQUIRED", client, user }),
    ChallengeParameters: {
      USER_ID_FOR_SRP: user.username,
      requiredAttributes: JSON.stringify(
        missingRequired(client, user).map((name) => `userAttributes.${name}`),
      ),
      userAttributes: JSON.stringify(attributes),
    },
  };
}

export function missingRequired(client: Client, user: User): string[] {
  return [...client.pool.schema.values()]
    .filter(({ required, name }) => required && !user.attributes.has(name))
    .map(({ name }) => name);
}

/** Asks for the second factor where there has to be one, otherwise ends the sign-in. */
export async function requireFactor(ctx: Ctx, signIn: SignIn): Promise<object> {
  const { client, user, newPassword = false } = signIn;
  const device = tracksDevices(client.pool) ? knownDevice(user, signIn.deviceKey) : undefined;
  if (device?.remembered) {
    // A remembered device proves itself, and that stands for the second factor.
    return {
      ChallengeName: "DEVICE_SRP_AUTH",
      Session: openSession(ctx, {
        challenge: "DEVICE_SRP_AUTH",
        client,
        user,
        newPassword,
        deviceKey: device.key,
      }),
      ChallengeParameters: { DEVICE_KEY: device.key, USERNAME: user.username },
    };
  }
  const setup = factorSetup(signIn.client.pool, signIn.user);
  if (setup.kind === "none") return finishSignIn(ctx, signIn);
  return challengeFactor(ctx, signIn, setup);
}

/** Runs post authentication, with which a sign-in counts as done. */
export async function finishAuthentication(
  ctx: Ctx,
  { client, user, clientMetadata, deviceKey }: SignIn,
): Promise<void> {
  await runTrigger(ctx, client.pool, {
    name: "PostAuthentication",
    source: "PostAuthentication_Authentication",
    userName: user.username,
    clientId: client.id,
    request: {
      userAttributes: eventAttributes(user),
      newDeviceUsed: tracksDevices(client.pool) && knownDevice(user, deviceKey) === undefined,
      clientMetadata: clientMetadata ?? {},
    },
    response: {},
  });
}

export async function finishSignIn(ctx: Ctx, signIn: SignIn): Promise<object> {
  const { client, user, clientMetadata } = signIn;
  await finishAuthentication(ctx, signIn);
  if (ctx.onSignedIn !== undefined) {
    ctx.onSignedIn(user);
    return {};
  }
  const device = tracksDevices(client.pool)
    ? (knownDevice(user, signIn.deviceKey) ?? newDevice(ctx, client.pool, user))
    : undefined;
  const tokens = await issueTokens(ctx, {
    client,
    user,
    source: tokenSource(signIn),
    clientMetadata,
    deviceKey: device?.key,
  });
  const offered = device !== undefined && device.verifier === undefined;
  return {
    ChallengeParameters: {},
    AuthenticationResult: {
      ...tokens,
      ...(offered && {
        NewDeviceMetadata: { DeviceKey: device.key, DeviceGroupKey: device.groupKey },
      }),
    },
  };
}

function tokenSource({ newPassword, deviceProved }: SignIn): TokenSource {
  if (newPassword === true) return "TokenGeneration_NewPasswordChallenge";
  return deviceProved === true
    ? "TokenGeneration_AuthenticateDevice"
    : "TokenGeneration_Authentication";
}
