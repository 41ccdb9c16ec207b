import {
  AdminConfirmSignUpCommand,
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
  AdminSetUserPasswordCommand,
  type CreateUserPoolClientCommandInput,
  DeleteUserPoolClientCommand,
  GetTokensFromRefreshTokenCommand,
  GetUserCommand,
  GlobalSignOutCommand,
  InitiateAuthCommand,
  RevokeTokenCommand,
  SignUpCommand,
  UpdateUserPoolClientCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { app, DAY, PASSWORD, pool, refusal, type Served, serve } from "./serve.ts";

let served: Served;
let UserPoolId: string;
beforeAll(async () => {
  served = await serve();
  const LambdaConfig = served.onStage
    ? { PreTokenGeneration: served.fn("token", (event) => event) }
    : {};
  ({ UserPoolId } = await pool(served, { LambdaConfig }));
  const sdk = served.sdk();
  const Username = "ann";
  await sdk.send(new AdminCreateUserCommand({ UserPoolId, Username, MessageAction: "SUPPRESS" }));
  await sdk.send(
    new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: PASSWORD, Permanent: true }),
  );
});
afterAll(() => served.close());

type Settings = Partial<CreateUserPoolClientCommandInput>;

/** A client of its own, signed in to. */
async function signedIn(settings: Settings = {}) {
  const { ClientId } = await app(served, UserPoolId, {
    ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    ...settings,
  });
  const { AuthenticationResult: result } = await served.sdk().send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: "ann", PASSWORD },
    }),
  );
  return {
    ClientId,
    access: result?.AccessToken ?? "",
    id: result?.IdToken ?? "",
    refresh: result?.RefreshToken ?? "",
  };
}

const rotating = (RetryGracePeriodSeconds?: number): Settings => ({
  ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH"],
  RefreshTokenRotation: { Feature: "ENABLED", RetryGracePeriodSeconds },
});

async function renew(ClientId: string, RefreshToken: string) {
  const { AuthenticationResult } = await served.sdk().send(
    new GetTokensFromRefreshTokenCommand({
      ClientId,
      RefreshToken,
      ClientMetadata: { from: "renew" },
    }),
  );
  return AuthenticationResult;
}

const whoAmI = (AccessToken: string) => served.sdk().send(new GetUserCommand({ AccessToken }));
const REUSED = "RefreshTokenReuseException: Refresh token reuse detected";

describe("GetTokensFromRefreshToken", () => {
  it("gives no new refresh token where the client does not rotate them", async () => {
    const { ClientId, refresh } = await signedIn();
    const from = served.invocations.length;
    const renewed = await renew(ClientId, refresh);
    expect(renewed).toMatchObject({ TokenType: "Bearer", ExpiresIn: 3600 });
    expect(renewed?.RefreshToken).toBeUndefined();
    expect((await renew(ClientId, refresh))?.IdToken).toBeTruthy();
    // facts 2.1, 2.4: not TokenGeneration_RefreshTokens, and with the metadata
    const [event] = served.invocations.slice(from).map(({ event: seen }) => seen);
    expect(event).toMatchObject({
      triggerSource: "TokenGeneration_Authentication",
      request: { clientMetadata: { from: "renew" } },
    });
  });

  it("rotates: the new token works, the old one is a reuse at once without a grace period", async () => {
    const { ClientId, refresh } = await signedIn(rotating());
    const renewed = await renew(ClientId, refresh);
    expect(renewed?.RefreshToken).toBeTruthy();
    expect(renewed?.RefreshToken).not.toBe(refresh);
    // facts 3.2
    expect(await refusal(renew(ClientId, refresh))).toBe(REUSED);
    expect((await renew(ClientId, renewed?.RefreshToken ?? ""))?.AccessToken).toBeTruthy();
  });

  it("lets the old token be tried again within the grace period", async () => {
    const { ClientId, refresh } = await signedIn(rotating(60));
    await renew(ClientId, refresh);
    served.pass(50_000);
    const again = await renew(ClientId, refresh);
    expect(again?.RefreshToken).toBeTruthy();
    served.pass(10_000);
    expect(await refusal(renew(ClientId, refresh))).toBe(REUSED);
    expect((await renew(ClientId, again?.RefreshToken ?? ""))?.AccessToken).toBeTruthy();
  });

  it("keeps of the tokens of a grace period the last one only", async () => {
    const { ClientId, refresh } = await signedIn(rotating(60));
    const first = await renew(ClientId, refresh);
    const second = await renew(ClientId, refresh);
    expect(await refusal(renew(ClientId, first?.RefreshToken ?? ""))).toBe(REUSED);
    const third = await renew(ClientId, second?.RefreshToken ?? "");
    // Once its successor was used, a token has no grace any more.
    expect(await refusal(renew(ClientId, refresh))).toBe(REUSED);
    expect((await renew(ClientId, second?.RefreshToken ?? ""))?.AccessToken).toBeTruthy();
    expect(await refusal(renew(ClientId, third?.RefreshToken ?? ""))).toBe(REUSED);
  });

  it("takes a rotated token for a revoked one where the client rotates no longer", async () => {
    const { ClientId, refresh } = await signedIn(rotating());
    const renewed = await renew(ClientId, refresh);
    const update = new UpdateUserPoolClientCommand({
      UserPoolId,
      ClientId,
      RefreshTokenRotation: { Feature: "DISABLED", RetryGracePeriodSeconds: 9 },
    });
    const { UserPoolClient } = await served.sdk().send(update);
    expect(UserPoolClient?.RefreshTokenRotation).toEqual({
      Feature: "DISABLED",
      RetryGracePeriodSeconds: 0,
    });
    expect(await refusal(renew(ClientId, refresh))).toBe(
      "NotAuthorizedException: Refresh Token has been revoked",
    );
    expect((await renew(ClientId, renewed?.RefreshToken ?? ""))?.RefreshToken).toBeUndefined();
  });

  it("does not rotate in a pool of the lowest tier", async () => {
    const { UserPoolId: lite } = await pool(served, { UserPoolTier: "LITE" });
    expect(await refusal(app(served, lite, rotating()))).toBe(
      "FeatureUnavailableInTierException: The following features need to be disabled for the LITE pricing tier configured: Refresh Token Rotation",
    );
  });

  it("lets one of two requests with the same token pass", async () => {
    const { ClientId, refresh } = await signedIn(rotating(0));
    const both = await Promise.allSettled([renew(ClientId, refresh), renew(ClientId, refresh)]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("does not prolong the sign-in by rotating", async () => {
    const { ClientId, refresh } = await signedIn(rotating());
    served.pass(29 * DAY);
    const renewed = await renew(ClientId, refresh);
    served.pass(DAY);
    expect(await refusal(renew(ClientId, renewed?.RefreshToken ?? ""))).toBe(
      "NotAuthorizedException: Refresh Token has expired",
    );
  });

  it("is the only way to refresh where tokens rotate", async () => {
    const { ClientId, refresh } = await signedIn(rotating());
    const attempt = served.sdk().send(
      new InitiateAuthCommand({
        ClientId,
        AuthFlow: "REFRESH_TOKEN_AUTH",
        AuthParameters: { REFRESH_TOKEN: refresh },
      }),
    );
    // Source, here and below: radkawar/stackd, testdata/aws/cognito/refresh_rotation_workflows.json
    expect(await refusal(attempt)).toBe(
      "UnsupportedOperationException: This API does not support refresh token rotation",
    );
    const mixed = app(served, UserPoolId, {
      ...rotating(),
      ExplicitAuthFlows: ["ALLOW_REFRESH_TOKEN_AUTH"],
    });
    expect(await refusal(mixed)).toBe(
      "InvalidParameterException: ALLOW_REFRESH_TOKEN_AUTH is not a permitted ExplicitAuthFlow when refresh token rotation is enabled.",
    );
  });

  it("needs the secret of a client that has one", async () => {
    const { ClientId, ClientSecret } = await app(served, UserPoolId, { GenerateSecret: true });
    const attempt = (secret?: string) =>
      served.sdk().send(
        new GetTokensFromRefreshTokenCommand({
          ClientId,
          RefreshToken: "none",
          ClientSecret: secret,
        }),
      );
    expect(await refusal(attempt())).toBe(
      `NotAuthorizedException: Client ${ClientId} is configured for secret but secret was not received`,
    );
    expect(await refusal(attempt("wrong".repeat(6)))).toBe(
      `NotAuthorizedException: Unable to verify secret hash for client ${ClientId}`,
    );
    expect(await refusal(attempt(ClientSecret))).toBe(
      "NotAuthorizedException: Invalid Refresh Token",
    );
  });

  it("does not look at a secret where the client has none", async () => {
    const { ClientId, refresh: RefreshToken } = await signedIn();
    const command = new GetTokensFromRefreshTokenCommand({
      ClientId,
      RefreshToken,
      ClientSecret: "needless".repeat(4),
    });
    const { AuthenticationResult } = await served.sdk().send(command);
    expect(AuthenticationResult?.AccessToken).toBeTruthy();
  });
});

describe("tokens that outlive", () => {
  // Source: radkawar/stackd, testdata/aws/cognito, login_workflows, credential_workflows and profile_workflows
  it("their user are refused, and of a later user of the same name too", async () => {
    const { UserPoolId: own } = await pool(served);
    const { ClientId } = await app(served, own);
    const sdk = served.sdk();
    const Username = "eva";
    const signUp = () => sdk.send(new SignUpCommand({ ClientId, Username, Password: PASSWORD }));
    await signUp();
    await sdk.send(new AdminConfirmSignUpCommand({ UserPoolId: own, Username }));
    const { AuthenticationResult: result } = await sdk.send(
      new InitiateAuthCommand({
        ClientId,
        AuthFlow: "USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: Username, PASSWORD },
      }),
    );
    const access = result?.AccessToken ?? "";
    const refresh = result?.RefreshToken ?? "";
    await sdk.send(new AdminDisableUserCommand({ UserPoolId: own, Username }));
    expect(await refusal(renew(ClientId, refresh))).toBe(
      "NotAuthorizedException: User is disabled.",
    );
    await sdk.send(new AdminDeleteUserCommand({ UserPoolId: own, Username }));
    expect(await refusal(renew(ClientId, refresh))).toBe(
      "NotAuthorizedException: The user has been deleted for the associated refresh token",
    );
    expect(await refusal(whoAmI(access))).toBe("UserNotFoundException: User does not exist.");
    await signUp();
    expect(await refusal(whoAmI(access))).toBe("UserNotConfirmedException: User is not confirmed.");
    await sdk.send(new AdminConfirmSignUpCommand({ UserPoolId: own, Username }));
    expect(await refusal(whoAmI(access))).toBe("NotAuthorizedException: Invalid access token.");
  });

  it("their app client are refused", async () => {
    const { ClientId, access } = await signedIn();
    await served.sdk().send(new DeleteUserPoolClientCommand({ UserPoolId, ClientId }));
    expect(await refusal(whoAmI(access))).toBe(
      `ResourceNotFoundException: User pool client ${ClientId} does not exist.`,
    );
  });

  it("nothing, but were tampered with, are told apart from an ID token", async () => {
    const { access, id } = await signedIn();
    const signature = Buffer.alloc(256, 1).toString("base64url");
    expect(await refusal(whoAmI(access.split(".").with(2, signature).join(".")))).toBe(
      "NotAuthorizedException: Could not verify signature for Access Token",
    );
    expect(await refusal(whoAmI(id))).toBe("NotAuthorizedException: Invalid Access Token");
  });
});

describe("revocation", () => {
  it("ends all tokens of one sign-in, rotated ones too, and no other's", async () => {
    const { ClientId, access, refresh } = await signedIn(rotating(60));
    const renewed = await renew(ClientId, refresh);
    const other = await signedIn();
    const sdk = served.sdk();
    await sdk.send(new RevokeTokenCommand({ ClientId, Token: renewed?.RefreshToken ?? "" }));
    for (const token of [access, renewed?.AccessToken ?? ""]) {
      expect(await refusal(whoAmI(token))).toBe(
        "NotAuthorizedException: Access Token has been revoked",
      );
    }
    expect(await refusal(renew(ClientId, refresh))).toBe(
      "NotAuthorizedException: Refresh Token has been revoked",
    );
    expect((await whoAmI(other.access)).Username).toBe("ann");
  });

  it("takes refresh tokens only", async () => {
    const { ClientId, access } = await signedIn();
    const attempt = served.sdk().send(new RevokeTokenCommand({ ClientId, Token: access }));
    expect(await refusal(attempt)).toMatch(/^UnsupportedTokenTypeException: /);
  });

  it("needs the secret of a client that has one", async () => {
    const { ClientId } = await app(served, UserPoolId, { GenerateSecret: true });
    const attempt = served.sdk().send(new RevokeTokenCommand({ ClientId, Token: "none" }));
    expect(await refusal(attempt)).toBe("UnauthorizedException: Invalid client or secret");
  });

  it("can be off, and then leaves no trace in the tokens", async () => {
    const { ClientId, access, id, refresh } = await signedIn({ EnableTokenRevocation: false });
    // facts 3.5
    for (const claims of [decodeJwt(access), decodeJwt(id)]) {
      expect(claims).not.toHaveProperty("origin_jti");
      expect(claims).not.toHaveProperty("jti");
      expect(claims.event_id).toMatch(/^[0-9a-f-]{36}$/);
    }
    const attempt = served.sdk().send(new RevokeTokenCommand({ ClientId, Token: refresh }));
    expect(await refusal(attempt)).toMatch(/^UnsupportedOperationException: /);
  });

  it("of everything still works by a global sign-out where it is off", async () => {
    const { ClientId, access, refresh } = await signedIn({ EnableTokenRevocation: false });
    served.pass(1000);
    await served.sdk().send(new GlobalSignOutCommand({ AccessToken: access }));
    expect(await refusal(whoAmI(access))).toBe(
      "NotAuthorizedException: Access Token has been revoked",
    );
    expect(await refusal(renew(ClientId, refresh))).toBe(
      "NotAuthorizedException: Refresh Token has been revoked",
    );
  });
});
