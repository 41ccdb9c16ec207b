import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminDisableProviderForUserCommand,
  AdminGetUserCommand,
  AdminLinkProviderForUserCommand,
  AdminResetUserPasswordCommand,
  DescribeUserPoolCommand,
  ListUsersCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { browser, CALLBACK, type PoolWithPages, poolWithPages, startPages, told } from "./pages.ts";
import { PASSWORD, refusal } from "./serve.ts";

let stage: Awaited<ReturnType<typeof startPages>>;
beforeAll(async () => {
  stage = await startPages();
});
afterAll(() => stage.services.stop());

const GRACE = "100000000000000000001";

/** Signs in by a provider from the page on, as the person of that name. */
async function arrive(pages: PoolWithPages, provider = "Google", person = "Grace Hopper") {
  const visitor = browser(stage.services.endpoint);
  const login = await visitor.go(pages.authorizeUrl({ state: "x" }));
  const accounts = await visitor.click(login, provider);
  return visitor.click(accounts, person);
}

async function tokensOf(pages: PoolWithPages, back: Awaited<ReturnType<typeof arrive>>) {
  const { body } = await pages.token({
    grant_type: "authorization_code",
    client_id: pages.ClientId,
    redirect_uri: CALLBACK,
    code: told(back)["code"] ?? "",
  });
  return decodeJwt(body["id_token"] ?? "");
}

async function attributesOf({ UserPoolId }: PoolWithPages, Username: string) {
  const found = await stage.sdk.send(new AdminGetUserCommand({ UserPoolId, Username }));
  return {
    status: found.UserStatus,
    ...Object.fromEntries((found.UserAttributes ?? []).map(({ Name, Value }) => [Name, Value])),
  };
}

async function changePerson(person: object) {
  const response = await fetch(`${stage.services.endpoint}/_local/people`, {
    method: "POST",
    body: JSON.stringify(person),
  });
  expect(response.status).toBe(201);
}

describe("a sign-in by a provider", () => {
  it("makes a user of it, with what the mapping takes over", async () => {
    const pages = await poolWithPages(stage);
    const back = await arrive(pages);
    expect(told(back)).toMatchObject({ state: "x" });
    const claims = await tokensOf(pages, back);
    // DG23/amazon-cognito-user-pools-using-the-id-token: values inside `identities` are text.
    expect(claims).toMatchObject({
      "cognito:username": `Google_${GRACE}`,
      email: "grace@example.com",
      email_verified: true,
      identities: [
        {
          userId: GRACE,
          providerName: "Google",
          providerType: "Google",
          issuer: null,
          primary: "true",
          dateCreated: expect.stringMatching(/^\d{13}$/),
        },
      ],
      "cognito:groups": [`${pages.UserPoolId}_Google`],
    });
    const user = await attributesOf(pages, `Google_${GRACE}`);
    expect(user).toMatchObject({ status: "EXTERNAL_PROVIDER", name: "Grace Hopper" });
  });

  it("makes a user who is found by the username, and by a filter on the sub, but not by the sub", async () => {
    const pages = await poolWithPages(stage);
    const { sub = "" } = await tokensOf(pages, await arrive(pages));
    expect((await attributesOf(pages, `Google_${GRACE}`)).status).toBe("EXTERNAL_PROVIDER");
    // The API reference, AdminGetUser, `Username`: "the sub of a local user or the username of a user from a third-party IdP"
    expect(await refusal(attributesOf(pages, sub))).toBe(
      "UserNotFoundException: User does not exist.",
    );
    const { UserPoolId } = pages;
    const Filter = `sub = "${sub}"`;
    const { Users } = await stage.sdk.send(new ListUsersCommand({ UserPoolId, Filter }));
    expect(Users?.map(({ Username }) => Username)).toEqual([`Google_${GRACE}`]);
  });

  it("finds the same user again, and writes what has changed at the provider", async () => {
    const pages = await poolWithPages(stage);
    const sub = "200000000000000000001";
    await changePerson({ sub, email: "eve@example.com", name: "Eve Old" });
    const first = await tokensOf(pages, await arrive(pages, "Google", "Eve Old"));
    await changePerson({ sub, email: "eve@example.com", name: "Eve New" });
    const second = await tokensOf(pages, await arrive(pages, "Google", "Eve New"));
    expect(second.sub).toBe(first.sub);
    expect(second["name"]).toBe("Eve New");
  });

  it("writes several values into one attribute, each as in a form", async () => {
    const pages = await poolWithPages(stage, {
      pool: { Schema: [{ Name: "teams", AttributeDataType: "String", Mutable: true }] },
      mapping: { email: "email", "custom:teams": "teams" },
    });
    const sub = "200000000000000000003";
    const teams = ["ops", "R&D, Bern"];
    await changePerson({ sub, email: "mia@example.com", name: "Mia", teams });
    await arrive(pages, "LinkedIn", "Mia");
    // DG26 cognito-user-pools-specifying-attribute-mapping
    expect(await attributesOf(pages, `LinkedIn_${sub}`)).toMatchObject({
      "custom:teams": "[ops,R%26D%2C+Bern]",
    });
  });

  it("keeps the accounts of two providers apart", async () => {
    const pages = await poolWithPages(stage);
    const google = await tokensOf(pages, await arrive(pages, "Google"));
    const linkedIn = await tokensOf(pages, await arrive(pages, "LinkedIn"));
    expect(linkedIn["cognito:username"]).toBe(`LinkedIn_${GRACE}`);
    expect(linkedIn.sub).not.toBe(google.sub);
    const { Users } = await stage.sdk.send(
      new ListUsersCommand({
        UserPoolId: pages.UserPoolId,
        Filter: 'cognito:user_status = "EXTERNAL_PROVIDER"',
      }),
    );
    expect(Users).toHaveLength(2);
  });

  it("takes an address for verified only if the provider says so under a mapping", async () => {
    const person = "Una Verified";
    const mapped = await poolWithPages(stage);
    const una = await tokensOf(mapped, await arrive(mapped, "Google", person));
    expect(una["email_verified"]).toBe(false);
    const unmapped = await poolWithPages(stage, { mapping: { email: "email" } });
    const grace = await tokensOf(unmapped, await arrive(unmapped));
    // facts 4.5
    expect(grace).toMatchObject({ email: "grace@example.com", email_verified: false });
  });

  it.each([
    { identity_provider: "Google", login_hint: "grace@example.com" },
    { idp_identifier: "gmail.com", login_hint: GRACE },
  ])("goes there at once when the app says so: %o", async (more) => {
    const pages = await poolWithPages(stage);
    const back = await browser(stage.services.endpoint).go(pages.authorizeUrl(more));
    expect((await tokensOf(pages, back))["email"]).toBe("grace@example.com");
  });

  it("tells the app when it was called off, or when something is missing", async () => {
    const pages = await poolWithPages(stage);
    expect(told(await arrive(pages, "Google", "Cancel"))).toMatchObject({
      error: "invalid_request",
      error_description: "Google Error - 400 access_denied",
      state: "x",
    });
    const picky = await poolWithPages(stage, {
      pool: { Schema: [{ Name: "phone_number", Required: true, Mutable: true }] },
    });
    expect(told(await arrive(picky))["error_description"]).toBe(
      "attributes required: [phone_number]",
    );
  });

  it("is not taken over by a browser that did not start it", async () => {
    const pages = await poolWithPages(stage);
    const victim = browser(stage.services.endpoint);
    await victim.go(pages.authorizeUrl());
    const attacker = browser(stage.services.endpoint);
    const accounts = await attacker.click(await attacker.go(pages.authorizeUrl()), "Google");
    // The attacker's own account, brought to the victim's browser by a link.
    const link = new URL(accounts.url);
    link.searchParams.set("login_hint", GRACE);
    const answer = await fetch(link, { redirect: "manual" });
    const there = await victim.go(answer.headers.get("location") ?? "");
    expect(there.url).toContain("/error?error=invalid_request");
  });

  it("is refused where an attribute that it would change must not be changed", async () => {
    const pages = await poolWithPages(stage, {
      pool: { Schema: [{ Name: "email", Mutable: false, AttributeDataType: "String" }] },
    });
    const sub = "200000000000000000002";
    await changePerson({ sub, email: "old@example.com", name: "Ida" });
    expect(told(await arrive(pages, "Google", "Ida"))["code"]).toBeTruthy();
    await changePerson({ sub, email: "new@example.com", name: "Ida" });
    expect(told(await arrive(pages, "Google", "Ida"))["error_description"]).toMatch(
      /user\.email: Attribute cannot be updated/,
    );
  });

  it("is never signed in as somebody who chose the same name, and has no password to reset", async () => {
    const pages = await poolWithPages(stage);
    const { UserPoolId } = pages;
    await pages.addUser(`Google_${GRACE}`);
    expect(told(await arrive(pages))["error_description"]).toBe(
      `Already found an entry for username Google_${GRACE}`,
    );
    const own = await tokensOf(pages, await arrive(pages, "LinkedIn"));
    const Username = String(own["cognito:username"]);
    const reset = new AdminResetUserPasswordCommand({ UserPoolId, Username });
    expect(await refusal(stage.sdk.send(reset))).toBe(
      "NotAuthorizedException: User password cannot be reset in the current state.",
    );
  });

  it("shows the domain that the pages have in the pool and in discovery", async () => {
    const pages = await poolWithPages(stage);
    const { UserPoolId } = pages;
    const { UserPool } = await stage.sdk.send(new DescribeUserPoolCommand({ UserPoolId }));
    expect(UserPool?.Domain).toBe(pages.Domain);
    const found = await fetch(`${pages.issuer}/.well-known/openid-configuration`);
    expect(await found.json()).toMatchObject({
      authorization_endpoint: `${pages.base}/oauth2/authorize`,
      userinfo_endpoint: `${pages.base}/oauth2/userInfo`,
    });
  });
});

describe("an account that was linked to a user", () => {
  const link = (
    { UserPoolId }: PoolWithPages,
    Username: string,
    subject = GRACE,
    ProviderName = "Google",
  ) =>
    stage.sdk.send(
      new AdminLinkProviderForUserCommand({
        UserPoolId,
        DestinationUser: { ProviderName: "Cognito", ProviderAttributeValue: Username },
        SourceUser: {
          ProviderName,
          ProviderAttributeName: "Cognito_Subject",
          ProviderAttributeValue: subject,
        },
      }),
    );

  it("signs in as that user, whose attributes the provider then writes", async () => {
    const pages = await poolWithPages(stage);
    await pages.addUser("ann");
    const before = await attributesOf(pages, "ann");
    await link(pages, "ann");
    const claims = await tokensOf(pages, await arrive(pages));
    expect(claims).toMatchObject({
      sub: before["sub"],
      "cognito:username": "ann",
      name: "Grace Hopper",
      email: "grace@example.com",
      identities: [{ userId: GRACE, providerName: "Google", primary: "false" }],
    });
    const after = await attributesOf(pages, "ann");
    expect(after.status).toBe("CONFIRMED");
    expect(JSON.parse(after["identities"] ?? "[]")).toMatchObject([
      {
        userId: GRACE,
        providerName: "Google",
        providerType: "Google",
        issuer: null,
        primary: false,
      },
    ]);
  });

  it("is refused once it has signed in by itself, and a second time", async () => {
    const pages = await poolWithPages(stage);
    await pages.addUser("ann");
    await arrive(pages);
    // facts 4.5
    expect(await refusal(link(pages, "ann"))).toBe(
      "InvalidParameterException: Merging is not currently supported, provide a SourceUser that has not been signed up in order to link",
    );
    const { UserPoolId } = pages;
    const Username = `Google_${GRACE}`;
    await stage.sdk.send(new AdminDeleteUserCommand({ UserPoolId, Username }));
    await link(pages, "ann");
    expect(await refusal(link(pages, "ann"))).toBe(
      "InvalidParameterException: SourceUser is already linked to DestinationUser",
    );
  });

  it("is one of five at most", async () => {
    const pages = await poolWithPages(stage);
    await pages.addUser("ann");
    for (const subject of ["1", "2", "3", "4", "5"]) await link(pages, "ann", subject);
    expect(await refusal(link(pages, "ann", "6"))).toMatch(/^LimitExceededException/);
  });

  it("needs a user who is there, a provider that is there, and no immutable attribute", async () => {
    const pages = await poolWithPages(stage, {
      pool: { Schema: [{ Name: "old", AttributeDataType: "String", Mutable: false }] },
    });
    await pages.addUser("ann");
    expect(await refusal(link(pages, "nobody"))).toMatch(/^UserNotFoundException/);
    expect(await refusal(link(pages, "ann", "1", "Facebook"))).toMatch(
      /^ResourceNotFoundException/,
    );
    expect(await refusal(link(pages, "ann", "1", "Cognito"))).toMatch(
      /^InvalidParameterException: Invalid SourceUser/,
    );
    const { UserPoolId } = pages;
    const UserAttributes = [{ Name: "custom:old", Value: "x" }];
    await stage.sdk.send(
      new AdminCreateUserCommand({
        UserPoolId,
        Username: "ben",
        UserAttributes,
        MessageAction: "SUPPRESS",
      }),
    );
    expect(await refusal(link(pages, "ben"))).toMatch(/custom:old: Attribute cannot be updated/);
  });

  it("stands for itself again once the link is taken away, or the user is deleted", async () => {
    const pages = await poolWithPages(stage);
    const { UserPoolId } = pages;
    await pages.addUser("ann");
    await link(pages, "ann");
    await link(pages, "ann", GRACE, "LinkedIn");
    await stage.sdk.send(
      new AdminDisableProviderForUserCommand({
        UserPoolId,
        User: {
          ProviderName: "Google",
          ProviderAttributeName: "Cognito_Subject",
          ProviderAttributeValue: GRACE,
        },
      }),
    );
    const identities = (await attributesOf(pages, "ann"))["identities"] ?? "[]";
    expect(JSON.parse(identities)).toMatchObject([{ providerName: "LinkedIn" }]);
    const own = await tokensOf(pages, await arrive(pages, "Google"));
    expect(own["cognito:username"]).toBe(`Google_${GRACE}`);
    await stage.sdk.send(new AdminDeleteUserCommand({ UserPoolId, Username: "ann" }));
    const other = await tokensOf(pages, await arrive(pages, "LinkedIn"));
    expect(other["cognito:username"]).toBe(`LinkedIn_${GRACE}`);
  });
});

describe("a stage that keeps its state", () => {
  it("knows providers, links, domains and refresh tokens of the pages after a restart", async () => {
    const data = await mkdtemp(join(tmpdir(), "carryover-pages-"));
    onTestFinished(() => rm(data, { recursive: true, force: true }));
    const before = await startPages(data);
    const pages = await poolWithPages(before);
    await pages.addUser("ann");
    const { UserPoolId, ClientId: client_id } = pages;
    await before.sdk.send(
      new AdminLinkProviderForUserCommand({
        UserPoolId,
        DestinationUser: { ProviderName: "Cognito", ProviderAttributeValue: "ann" },
        SourceUser: {
          ProviderName: "Google",
          ProviderAttributeName: "Cognito_Subject",
          ProviderAttributeValue: GRACE,
        },
      }),
    );
    const signIn = async (endpoint: string) => {
      const request = { identity_provider: "Google", login_hint: GRACE, scope: "openid email" };
      const back = await browser(endpoint).go(pages.authorizeUrl(request));
      const code = told(back)["code"] ?? "";
      const form = { grant_type: "authorization_code", client_id, redirect_uri: CALLBACK, code };
      return (await pages.token(form)).body;
    };
    const first = await signIn(before.services.endpoint);
    const { port } = new URL(before.services.endpoint);
    await before.services.stop();
    const after = await startPages(data, Number(port));
    onTestFinished(() => after.services.stop());
    const refresh_token = first["refresh_token"] ?? "";
    const { body } = await pages.token({ grant_type: "refresh_token", client_id, refresh_token });
    expect(decodeJwt(body["access_token"] ?? "")["scope"]).toBe("openid email");
    const again = await signIn(after.services.endpoint);
    expect(decodeJwt(again["id_token"] ?? "")["cognito:username"]).toBe("ann");
  });

  it("goes on with sign-ins that were open, and with browsers that were signed in", async () => {
    const data = await mkdtemp(join(tmpdir(), "carryover-pages-"));
    onTestFinished(() => rm(data, { recursive: true, force: true }));
    const before = await startPages(data);
    const pages = await poolWithPages(before);
    await pages.addUser("ann");
    const at = before.services.endpoint;
    const [ann, away] = [browser(at), browser(at)];
    const form = await ann.go(pages.authorizeUrl());
    const back = await ann.submit(form, { username: "ann", password: PASSWORD });
    const accounts = await away.click(await away.go(pages.authorizeUrl()), "Google");
    await before.services.stop();

    const after = await startPages(data, Number(new URL(at).port));
    onTestFinished(() => after.services.stop());
    expect((await tokensOf(pages, back))["cognito:username"]).toBe("ann");
    // Once is enough, also across a restart.
    expect(await tokensOf(pages, back).catch(() => "spent")).toBe("spent");
    expect(told(await ann.go(pages.authorizeUrl({ prompt: "none" })))["code"]).toBeTruthy();
    const arrived = await away.click(accounts, "Grace Hopper");
    expect((await tokensOf(pages, arrived))["cognito:username"]).toBe(`Google_${GRACE}`);
  });
});
