import {
  CognitoIdentityProviderClient,
  CreateUserPoolCommand,
  ListUserPoolsCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Services, startServices } from "../../../src/services.ts";
import { refusal } from "./serve.ts";

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
