import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  type CreateUserPoolClientCommandInput,
  GetTokensFromRefreshTokenCommand,
  GetUserCommand,
  GlobalSignOutCommand,
  InitiateAuthCommand,
  RevokeTokenCommand,
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
const REUSED = /^RefreshTokenReuseException: /;

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
    expect(await refusal(renew(ClientId, refresh))).toMatch(REUSED);
    expect((await renew(ClientId, renewed?.RefreshToken ?? ""))?.AccessToken).toBeTruthy();
  });

  it("lets the old token be tried again within the grace period", async () => {
    const { ClientId, refresh } = await signedIn(rotating(60));
    await renew(ClientId, refresh);
    served.pass(50_000);
    const again = await renew(ClientId, refresh);
    expect(again?.RefreshToken).toBeTruthy();
    served.pass(10_000);
    expect(await refusal(renew(ClientId, refresh))).toMatch(REUSED);
    expect((await renew(ClientId, again?.RefreshToken ?? ""))?.AccessToken).toBeTruthy();
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
    // facts 3.2
    expect(await refusal(attempt)).toMatch(/^InvalidParameterException: /);
    const mixed = app(served, UserPoolId, {
      ...rotating(),
      ExplicitAuthFlows: ["ALLOW_REFRESH_TOKEN_AUTH"],
    });
    expect(await refusal(mixed)).toMatch(/^InvalidParameterException: /);
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
    expect(await refusal(attempt())).toMatch(/^NotAuthorizedException: Unable to verify secret/);
    expect(await refusal(attempt("wrong".repeat(6)))).toMatch(
      /^NotAuthorizedException: Unable to verify secret/,
    );
    expect(await refusal(attempt(ClientSecret))).toBe(
      "NotAuthorizedException: Invalid Refresh Token",
    );
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
