import {
  CognitoIdentityProviderClient,
  CreateUserPoolCommand,
  ListUserPoolsCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Services, startServices } from "../../../src/services.ts";
import { browser, poolWithPages, told } from "./pages.ts";
import { PASSWORD, refusal } from "./serve.ts";

let services: Services;
beforeAll(async () => {
  services = await startServices({ port: 0, homeRegion: "us-east-1" });
});
afterAll(() => services.stop());

it("quotas are switched by the control API, and an SDK meets them", async () => {
  const sdk = new CognitoIdentityProviderClient({
    region: "us-east-1",
    endpoint: services.endpoint,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
  const local = async (method: string, body?: object) => {
    const response = await fetch(`${services.endpoint}/_local/quotas`, {
      method,
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  };
  const create = () => sdk.send(new CreateUserPoolCommand({ PoolName: "quota" }));
  const list = async () => (await sdk.send(new ListUserPoolsCommand({ MaxResults: 60 }))).UserPools;

  await create();
  await create();
  // One at first, and another after a thousand seconds.
  expect((await local("POST", { UserPoolUpdate: 0.001 })).status).toBe(201);
  await create();
  // facts 3.4
  expect(await refusal(create())).toBe("TooManyRequestsException: Rate exceeded");
  expect(await list()).toHaveLength(3);
  expect(JSON.parse((await local("GET")).text)).toMatchObject({
    on: true,
    rates: { UserPoolUpdate: 0.001, UserCreation: 50 },
    refused: { UserPoolUpdate: 1 },
  });
  expect(await local("POST", { UserPoolUpdates: 1 })).toMatchObject({ status: 400 });
  expect((await local("DELETE")).status).toBe(204);
  await create();
  expect(await list()).toHaveLength(4);
  sdk.destroy();
});

it("quotas count what comes by the pages as well", async () => {
  const sdk = new CognitoIdentityProviderClient({
    region: "us-east-1",
    endpoint: services.endpoint,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
  const pages = await poolWithPages({ services, sdk });
  await pages.addUser("ann");
  const rates = { UserAuthentication: 0.001, ClientAuthentication: 0.001, UserFederation: 0.001 };
  const quotas = (method: string, body: object | null = null) =>
    fetch(`${services.endpoint}/_local/quotas`, { method, body: body && JSON.stringify(body) });
  await quotas("POST", rates);
  const visitor = browser(services.endpoint);
  const signIn = async () => {
    const login = await visitor.go(pages.authorizeUrl({ prompt: "login" }));
    return visitor.submit(login, { username: "ann", password: PASSWORD });
  };
  // facts 6: a sign-in at the pages counts as UserAuthentication, and so does a refresh at the token endpoint
  expect(told(await signIn())["code"]).toBeTruthy();
  expect(await signIn()).toMatchObject({ status: 429 });
  const token = (grant_type: string) => pages.token({ grant_type, client_id: pages.ClientId });
  expect((await token("refresh_token")).status).toBe(429);
  // ClientAuthentication: the one that passes is refused for another reason.
  expect((await token("client_credentials")).status).toBe(400);
  expect((await token("client_credentials")).status).toBe(429);
  // UserFederation: answers of providers.
  const answered = async () => (await fetch(`${pages.base}/oauth2/idpresponse`)).status;
  expect(await answered()).not.toBe(429);
  expect(await answered()).toBe(429);
  await quotas("DELETE");
  sdk.destroy();
});
