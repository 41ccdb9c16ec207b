import { createHash } from "node:crypto";
import {
  AdminDisableUserCommand,
  AdminUserGlobalSignOutCommand,
  CreateResourceServerCommand,
  CreateUserPoolClientCommand,
  GetUserCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { JwtRsaVerifier } from "aws-jwt-verify";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  BYE,
  browser,
  CALLBACK,
  type PoolWithPages,
  poolWithPages,
  startPages,
  told,
} from "./pages.ts";
import { PASSWORD, refusal } from "./serve.ts";

let stage: Awaited<ReturnType<typeof startPages>>;
beforeAll(async () => {
  stage = await startPages();
});
afterAll(() => stage.services.stop());

const verifier = "a-verifier-that-is-long-enough-for-the-standard-0123456789";
const PKCE = {
  code_challenge: createHash("sha256").update(verifier).digest("base64url"),
  code_challenge_method: "S256",
};

async function signInByPage(pages: PoolWithPages, more: Record<string, string> = {}) {
  const visitor = browser(stage.services.endpoint);
  const form = await visitor.go(pages.authorizeUrl(more));
  const back = await visitor.submit(form, { username: "ann", password: PASSWORD });
  return { visitor, form, back };
}

function exchange(pages: PoolWithPages, code: string | undefined, more = {}) {
  return pages.token({
    grant_type: "authorization_code",
    client_id: pages.ClientId,
    redirect_uri: CALLBACK,
    code: code ?? "",
    ...more,
  });
}

let common: Promise<PoolWithPages> | undefined;

/** A pool with Ann in it: one for all tests, unless it has to be a certain one, or is changed. */
function withAnn(settings?: Parameters<typeof poolWithPages>[1]): Promise<PoolWithPages> {
  if (settings === undefined) {
    common ??= withAnn({});
    return common;
  }
  return poolWithPages(stage, settings).then(async (pages) => {
    await pages.addUser("ann");
    return pages;
  });
}

describe("the sign-in page", () => {
  it("takes a password and sends the app a code, which gives tokens once", async () => {
    const pages = await withAnn();
    const { back } = await signInByPage(pages, { state: "s t", nonce: "n", ...PKCE });
    const { code, state } = told(back);
    expect(back.url.startsWith(`${CALLBACK}?`)).toBe(true);
    expect(state).toBe("s t");
    const { status, body } = await exchange(pages, code, { code_verifier: verifier });
    expect(status).toBe(200);
    // DG23/token-endpoint
    expect(body).toMatchObject({ token_type: "Bearer", expires_in: 3600 });
    expect(decodeJwt(body["id_token"] ?? "")).toMatchObject({
      iss: pages.issuer,
      aud: pages.ClientId,
      nonce: "n",
      email: "ann@example.com",
      "cognito:username": "ann",
    });
    expect(decodeJwt(body["access_token"] ?? "")).toMatchObject({
      scope: "openid email profile aws.cognito.signin.user.admin",
      username: "ann",
    });
    expect(await exchange(pages, code, { code_verifier: verifier })).toEqual({
      status: 400,
      body: { error: "invalid_grant" },
    });
  });

  it("gives tokens that aws-jwt-verify accepts", async () => {
    const pages = await withAnn();
    const { back } = await signInByPage(pages);
    const { body } = await exchange(pages, told(back)["code"]);
    const jwksUri = `${pages.issuer}/.well-known/jwks.json`;
    const own = JwtRsaVerifier.create({ issuer: pages.issuer, audience: pages.ClientId, jwksUri });
    own.cacheJwks((await (await fetch(jwksUri)).json()) as never);
    expect(own.verifySync(body["id_token"] ?? "")["cognito:username"]).toBe("ann");
  });

  it("says when a password is wrong, and lets a right one follow", async () => {
    const pages = await withAnn();
    const visitor = browser(stage.services.endpoint);
    const form = await visitor.go(pages.authorizeUrl());
    const again = await visitor.submit(form, { username: "ann", password: "Wrong-Horse-9" });
    expect(again.text).toContain("Incorrect username or password.");
    const back = await visitor.submit(again, { username: "ann", password: PASSWORD });
    expect(told(back)["code"]).toBeTruthy();
  });

  it("refuses a form that did not come from it", async () => {
    const pages = await withAnn();
    const visitor = browser(stage.services.endpoint);
    const form = await visitor.go(pages.authorizeUrl());
    const forged = await visitor.submit(form, {
      username: "ann",
      password: PASSWORD,
      _csrf: "another",
    });
    expect(forged.status).toBe(403);
    const foreign = await fetch(form.url, {
      method: "POST",
      headers: { origin: "http://localhost:3000" },
      body: new URLSearchParams({ username: "ann", password: PASSWORD }),
    });
    expect(foreign.status).toBe(403);
  });

  it("runs no script, cannot be framed, and shows what is typed as text", async () => {
    const pages = await withAnn();
    const visitor = browser(stage.services.endpoint);
    const form = await visitor.go(
      pages.authorizeUrl({ login_hint: '"><script>alert(1)</script>' }),
    );
    const policy = form.headers.get("content-security-policy");
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(form.text).not.toContain("<script>");
  });

  it("remembers the browser for an hour, unless asked to sign in anew", async () => {
    const pages = await withAnn();
    const { visitor } = await signInByPage(pages);
    expect(told(await visitor.go(pages.authorizeUrl()))["code"]).toBeTruthy();
    expect((await visitor.go(pages.authorizeUrl({ prompt: "login" }))).text).toContain("Password");
    expect(told(await visitor.go(pages.authorizeUrl({ prompt: "none" })))["code"]).toBeTruthy();
    stage.services.clock.advance(3_600_000);
    expect(told(await visitor.go(pages.authorizeUrl({ prompt: "none" })))["error"]).toBe(
      "login_required",
    );
  });

  it("forgets the browser at /logout, and when the user is signed out everywhere", async () => {
    const pages = await withAnn();
    const { visitor } = await signInByPage(pages);
    const out = await visitor.go(
      `${pages.base}/logout?${new URLSearchParams({ client_id: pages.ClientId, logout_uri: BYE })}`,
    );
    expect(out.url).toBe(BYE);
    const none = () => visitor.go(pages.authorizeUrl({ prompt: "none" }));
    expect(told(await none())["error"]).toBe("login_required");
    const other = await signInByPage(pages);
    const { UserPoolId } = pages;
    await stage.sdk.send(new AdminUserGlobalSignOutCommand({ UserPoolId, Username: "ann" }));
    const after = await other.visitor.go(pages.authorizeUrl({ prompt: "none" }));
    expect(told(after)["error"]).toBe("login_required");
  });

  it("is also found at a host of its own", async () => {
    const pages = await withAnn();
    const { port } = new URL(stage.services.endpoint);
    const { pathname, search } = new URL(pages.authorizeUrl());
    const path = pathname.replace(`/_auth/${pages.Domain}`, "");
    const { request } = await import("node:http");
    const location = await new Promise((resolve, reject) => {
      const host = `${pages.Domain}.auth.localhost:${port}`;
      request({ port, path: `${path}${search}`, headers: { host } }, (answer) => {
        answer.resume();
        resolve(answer.headers.location);
      })
        .on("error", reject)
        .end();
    });
    expect(location).toMatch(/^\/login\?/);
  });
});

describe("what an app asks for", () => {
  // DG23/authorization-endpoint, examples of negative responses.
  it.each([
    ["invalid_request", { response_type: "" }],
    ["invalid_request", { code_challenge: "x" }],
    ["invalid_request", { code_challenge: "x", code_challenge_method: "plain" }],
    ["invalid_request", { identity_provider: "Facebook" }],
  ])("is refused by %s for %o", async (error, more) => {
    const pages = await withAnn();
    const back = await browser(stage.services.endpoint).go(
      pages.authorizeUrl({ state: "x", ...more }),
    );
    expect(told(back)).toMatchObject({ error, state: "x" });
  });

  // The guide has `error=invalid_scope`. Redirects of the live service that people have published, one of each kind:
  // a code's with its answer in the query, and tokens' with it in the fragment.
  it.each([
    ["openid photos/read", "code", "?"],
    ["email", "code", "?"],
    ["openid photos/read", "token", "#"],
  ])("is refused for the scope %j by a %s's way", async (scope, response_type, mark) => {
    const pages = await withAnn();
    const back = await browser(stage.services.endpoint).go(
      pages.authorizeUrl({ state: "x", scope, response_type }),
    );
    const [, after = ""] = back.url.split(mark);
    expect(Object.fromEntries(new URLSearchParams(after))).toEqual({
      error_description: "invalid_scope",
      error: "invalid_request",
      state: "x",
    });
  });

  it("is not told to an address that the client does not have", async () => {
    const pages = await withAnn();
    const visitor = browser(stage.services.endpoint);
    for (const redirect_uri of ["https://evil.example.com/", `${CALLBACK}/`]) {
      const back = await visitor.go(pages.authorizeUrl({ redirect_uri }));
      expect(back.url).toContain("/error?error=redirect_mismatch");
    }
  });

  it("is refused for a flow that the client may not use", async () => {
    const pages = await withAnn({ client: { AllowedOAuthFlows: ["code"] } });
    const back = await browser(stage.services.endpoint).go(
      pages.authorizeUrl({ response_type: "token" }),
    );
    expect(told(back)["error"]).toBe("unauthorized_client");
  });

  it("may be tokens at once, in the fragment and without a refresh token", async () => {
    const pages = await withAnn();
    const { back } = await signInByPage(pages, { response_type: "token", state: "x" });
    expect(back.url).toContain("#");
    const answer = told(back);
    expect(answer).toMatchObject({ token_type: "Bearer", expires_in: "3600", state: "x" });
    expect(decodeJwt(answer["access_token"] ?? "").client_id).toBe(pages.ClientId);
    expect(answer).toHaveProperty("id_token");
    expect(answer).not.toHaveProperty("refresh_token");
  });
});

describe("the token endpoint", () => {
  it.each([
    ["a wrong verifier", { code_verifier: "wrong" }, "invalid_grant"],
    ["no verifier", {}, "invalid_grant"],
    ["another registered callback", { redirect_uri: "myapp://in" }, "invalid_grant"],
    ["a callback nobody registered", { redirect_uri: "https://x.example" }, "unauthorized_client"],
    ["another grant type", { grant_type: "password" }, "unsupported_grant_type"],
    ["a grant type that every object has", { grant_type: "constructor" }, "unsupported_grant_type"],
    ["no grant type", { grant_type: "" }, "invalid_request"],
    ["an unknown client", { client_id: "nobody" }, "invalid_client"],
    ["a secret that the client does not have", { client_secret: "x" }, "invalid_client"],
  ])("refuses %s", async (_, more, error) => {
    const pages = await withAnn();
    const { back } = await signInByPage(pages, PKCE);
    const answer = await exchange(pages, told(back)["code"], more);
    expect(answer).toMatchObject({ status: 400, body: { error } });
  });

  it("refuses a code after five minutes, and that of a user who was disabled since", async () => {
    const pages = await withAnn({});
    const late = told((await signInByPage(pages)).back)["code"];
    stage.services.clock.advance(5 * 60_000);
    expect((await exchange(pages, late)).body).toEqual({ error: "invalid_grant" });
    const code = told((await signInByPage(pages)).back)["code"];
    const { UserPoolId } = pages;
    await stage.sdk.send(new AdminDisableUserCommand({ UserPoolId, Username: "ann" }));
    expect((await exchange(pages, code)).body).toEqual({ error: "invalid_grant" });
  });

  it.each(["basic", "post"])("knows a client by its secret, %s", async (how) => {
    const pages = await withAnn({ client: { GenerateSecret: true } });
    const code = told((await signInByPage(pages)).back)["code"];
    const form = { grant_type: "authorization_code", redirect_uri: CALLBACK, code: code ?? "" };
    const { ClientId: client_id, ClientSecret: client_secret } = pages;
    expect((await pages.token({ ...form, client_id })).body).toEqual({ error: "invalid_client" });
    const basic = Buffer.from(`${client_id}:${client_secret}`).toString("base64");
    const { status } =
      how === "basic"
        ? await pages.token(form, { authorization: `Basic ${basic}` })
        : await pages.token({ ...form, client_id, client_secret });
    expect(status).toBe(200);
  });

  it("refreshes with the scopes of the sign-in, until the refresh token is revoked", async () => {
    const pages = await withAnn();
    const { back } = await signInByPage(pages, { scope: "openid email", nonce: "n" });
    const { body } = await exchange(pages, told(back)["code"]);
    const client_id = pages.ClientId;
    const refresh_token = body["refresh_token"] ?? "";
    const refresh = () => pages.token({ grant_type: "refresh_token", client_id, refresh_token });
    const again = await refresh();
    expect(decodeJwt(again.body["access_token"] ?? "")["scope"]).toBe("openid email");
    expect(again.body).not.toHaveProperty("refresh_token");
    expect(decodeJwt(again.body["id_token"] ?? "")).not.toHaveProperty("nonce");
    const revoked = await fetch(`${pages.base}/oauth2/revoke`, {
      method: "POST",
      body: new URLSearchParams({ token: refresh_token, client_id }),
    });
    expect(revoked.status).toBe(200);
    expect((await refresh()).body["error"]).toBe("invalid_grant");
  });

  it("gives an app that acts for nobody the scopes of resource servers", async () => {
    const pages = await withAnn();
    const { UserPoolId } = pages;
    await stage.sdk.send(
      new CreateResourceServerCommand({
        UserPoolId,
        Identifier: "photos",
        Name: "Photos",
        Scopes: ["read", "write"].map((ScopeName) => ({ ScopeName, ScopeDescription: "photos" })),
      }),
    );
    const { UserPoolClient } = await stage.sdk.send(
      new CreateUserPoolClientCommand({
        UserPoolId,
        ClientName: "machine",
        GenerateSecret: true,
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ["client_credentials"],
        AllowedOAuthScopes: ["photos/read", "photos/write"],
      }),
    );
    const { ClientId: id = "", ClientSecret: secret = "" } = UserPoolClient ?? {};
    const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
    const ask = (more: object) =>
      pages.token({ grant_type: "client_credentials", ...more }, { authorization });
    const all = await ask({});
    expect(all.body).not.toHaveProperty("id_token");
    expect(decodeJwt(all.body["access_token"] ?? "")).toMatchObject({
      sub: id,
      client_id: id,
      token_use: "access",
      scope: "photos/read photos/write",
      version: 2,
    });
    const one = await ask({ scope: "photos/read" });
    expect(decodeJwt(one.body["access_token"] ?? "")["scope"]).toBe("photos/read");
    expect((await ask({ scope: "photos/delete" })).body).toEqual({ error: "invalid_scope" });
  });
});

describe("userInfo and the API", () => {
  it("show a user by what the token is good for", async () => {
    const pages = await withAnn();
    const byScope = async (scope: string) => {
      const { back } = await signInByPage(pages, { scope });
      const { body } = await exchange(pages, told(back)["code"]);
      const token = body["access_token"] ?? "";
      const response = await fetch(`${pages.base}/oauth2/userInfo`, {
        headers: { authorization: `Bearer ${token}` },
      });
      return { token, status: response.status, info: await response.json() };
    };
    const known = await byScope("openid email");
    // DG23/userinfo-endpoint; flags are text there.
    expect(known).toMatchObject({
      status: 200,
      info: { email: "ann@example.com", email_verified: "true", username: "ann" },
    });
    expect(await refusal(stage.sdk.send(new GetUserCommand({ AccessToken: known.token })))).toBe(
      "NotAuthorizedException: Access Token does not have required scopes",
    );
    const api = await byScope("aws.cognito.signin.user.admin");
    expect(api).toMatchObject({ status: 401, info: { error: "invalid_token" } });
    const { Username } = await stage.sdk.send(new GetUserCommand({ AccessToken: api.token }));
    expect(Username).toBe("ann");
  });
});
