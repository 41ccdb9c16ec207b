import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { AdminGetUserCommand } from "@aws-sdk/client-cognito-identity-provider";
import { expect, it, onTestFinished, vi } from "vitest";
import { cognitoClient, unavailable } from "./sdk.ts";

const command = () => new AdminGetUserCommand({ UserPoolId: "us-east-1_A", Username: "a" });

function clientAt(port: number) {
  vi.stubEnv("AWS_ENDPOINT_URL", `http://127.0.0.1:${port}`);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  const client = cognitoClient("us-east-1");
  onTestFinished(() => {
    client.destroy();
    vi.unstubAllEnvs();
  });
  return client;
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}

it("ends a call that nobody answers, and tries it once more", async () => {
  let calls = 0;
  const server = createServer(() => {
    calls += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const error = await failureOf(clientAt(port).send(command()));
  expect(unavailable(error)).toEqual({ outcome: "unavailable", reason: "timeout" });
  expect(calls).toBe(2);
});

it("takes a refused connection for the network's fault", async () => {
  const error = await failureOf(clientAt(1).send(command()));
  expect(unavailable(error)).toEqual({ outcome: "unavailable", reason: "network" });
});

it("does not take a bug for one", () => {
  const bug = new TypeError("x is not a function");
  expect(() => unavailable(bug)).toThrow(bug);
});
