import { CreateResourceServerCommand } from "@aws-sdk/client-cognito-identity-provider";
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BYE, browser, CALLBACK, poolWithPages, startPages } from "./pages.ts";
import { PASSWORD } from "./serve.ts";

let stage: Awaited<ReturnType<typeof startPages>>;
beforeAll(async () => {
  stage = await startPages();
});
afterAll(() => stage.services.stop());

const LOCAL = { execute: [client.allowInsecureRequests] };

/** The client as an app sets it up: from the issuer alone. */
async function configured(settings: Parameters<typeof poolWithPages>[1] = {}) {
  const pages = await poolWithPages(stage, settings);
  await pages.addUser("ann");
  const config = await client.discovery(
    new URL(pages.issuer),
    pages.ClientId,
    pages.ClientSecret || undefined,
    undefined,
    LOCAL,
  );
  return { pages, config };
}

describe("openid-client", () => {
  it.each([{ GenerateSecret: false }, { GenerateSecret: true }])(
    "signs in by code with PKCE, asks who it is, refreshes, revokes and signs out: %o",
    async (settings) => {
      const { config } = await configured({ client: settings });
      const pkceCodeVerifier = client.randomPKCECodeVerifier();
      const expectedState = client.randomState();
      const expectedNonce = client.randomNonce();
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: CALLBACK,
        scope: "openid email",
        code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: "S256",
        state: expectedState,
        nonce: expectedNonce,
      });
      const visitor = browser(stage.services.endpoint);
      const back = await visitor.submit(await visitor.go(url.href), {
        username: "ann",
        password: PASSWORD,
      });
      const tokens = await client.authorizationCodeGrant(config, new URL(back.url), {
        pkceCodeVerifier,
        expectedState,
        expectedNonce,
      });
      const claims = tokens.claims();
      const sub = claims?.sub ?? "";
      expect(claims?.["email"]).toBe("ann@example.com");
      const info = await client.fetchUserInfo(config, tokens.access_token, sub);
      expect(info["username"]).toBe("ann");
      const refreshToken = tokens.refresh_token ?? "";
      const again = await client.refreshTokenGrant(config, refreshToken);
      expect(again.claims()?.sub).toBe(sub);
      await client.tokenRevocation(config, refreshToken);
      await expect(client.refreshTokenGrant(config, refreshToken)).rejects.toMatchObject({
        error: "invalid_grant",
      });
      const { client_id } = config.clientMetadata();
      const out = client.buildEndSessionUrl(config, { client_id, logout_uri: BYE });
      expect((await visitor.go(out.href)).url).toBe(BYE);
    },
  );

  it("signs in by Google", async () => {
    const { config } = await configured();
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope: "openid email",
      identity_provider: "Google",
    });
    const visitor = browser(stage.services.endpoint);
    const back = await visitor.click(await visitor.go(url.href), "Alan Turing");
    const tokens = await client.authorizationCodeGrant(config, new URL(back.url));
    expect(tokens.claims()).toMatchObject({ email: "alan@example.com", email_verified: true });
  });

  it("acts for nobody with the scopes of a resource server", async () => {
    const { pages, config } = await configured({ client: { GenerateSecret: true } });
    const { UserPoolId } = pages;
    await expect(client.clientCredentialsGrant(config, {})).rejects.toMatchObject({
      error: "unauthorized_client",
    });
    await stage.sdk.send(
      new CreateResourceServerCommand({
        UserPoolId,
        Identifier: "photos",
        Name: "Photos",
        Scopes: [{ ScopeName: "read", ScopeDescription: "Read" }],
      }),
    );
    const machine = await pages.addClient({
      GenerateSecret: true,
      AllowedOAuthFlows: ["client_credentials"],
      AllowedOAuthScopes: ["photos/read"],
    });
    const own = await client.discovery(
      new URL(pages.issuer),
      machine.ClientId,
      machine.ClientSecret,
      undefined,
      LOCAL,
    );
    const { token_type, scope } = await client.clientCredentialsGrant(own, {
      scope: "photos/read",
    });
    expect({ token_type, scope }).toEqual({ token_type: "bearer", scope: undefined });
  });
});
