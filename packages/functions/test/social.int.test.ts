import { DescribeUserPoolCommand } from "@aws-sdk/client-cognito-identity-provider";
import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { configFile, givenAStage, type TestStage } from "./steps/stage.ts";

const given = givenAStage({ configFile: configFile("social") });
const CALLBACK = "https://app.example.com/in";

describe("a person with an account at a provider that the configuration names", () => {
  it.each([
    ["Google", { given_name: "Grace", email_verified: true }],
    ["Facebook", {}],
    ["LoginWithAmazon", {}],
  ])("signs in to the new pool by %s", async (provider, more) => {
    const test = given();

    const claims = await signInBy(test, provider, "grace@example.com");

    expect(claims).toMatchObject({
      "cognito:username": expect.stringMatching(`^${provider}_`),
      email: "grace@example.com",
      // Every token of the new pool has it.
      user_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      ...more,
    });
  });
});

/** As a browser does it: from the app to the provider and back, and the app asks for the tokens. */
async function signInBy({ stage, clients, target }: TestStage, provider: string, person: string) {
  const { userPoolId, clientId } = target;
  const { UserPool } = await clients.cognito.send(
    new DescribeUserPoolCommand({ UserPoolId: userPoolId }),
  );
  const pages = `${stage.ready.endpoint}/_auth/${UserPool?.Domain}`;
  const query = new URLSearchParams({
    response_type: "code",
    client_id: clientId,
    redirect_uri: CALLBACK,
    scope: "openid email profile",
    identity_provider: provider,
    login_hint: person,
  });
  const cookies = new Map<string, string>();
  let url = new URL(`${pages}/oauth2/authorize?${query}`);
  while (!url.href.startsWith(CALLBACK)) {
    const cookie = [...cookies].map((pair) => pair.join("=")).join("; ");
    const response = await fetch(url, { redirect: "manual", headers: { cookie } });
    for (const header of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(header) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get("location");
    if (location === null) throw new Error(`${url.pathname}: ${await response.text()}`);
    url = new URL(location, url);
  }
  const response = await fetch(`${pages}/oauth2/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: clientId,
      redirect_uri: CALLBACK,
      code: url.searchParams.get("code") ?? "",
    }),
  });
  const tokens = (await response.json()) as { id_token?: string };
  return decodeJwt(tokens.id_token ?? "");
}
