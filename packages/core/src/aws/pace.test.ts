import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  AdminGetUserCommand,
  DescribeUserPoolCommand,
  DescribeUserPoolDomainCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { bulkCognitoClient, createPace, type Pace } from "./pace.ts";

describe("a pace", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    return () => vi.useRealTimers();
  });

  /** How many of a thousand calls, of these operations and accounts in turn, have started after each of three seconds. */
  async function started(pace: Pace, operations: string[], owners = ["own us-east-1"]) {
    let count = 0;
    for (let call = 0; call < 1000; call++) {
      const owner = owners[call % owners.length] ?? "";
      void pace.turn(owner, operations[call % operations.length] ?? "").then(() => {
        count += 1;
      });
    }
    const after: number[] = [];
    for (let second = 1; second <= 3; second++) {
      await vi.advanceTimersByTimeAsync(1000);
      after.push(count);
    }
    return after;
  }
  const whole = { share: 1, workers: 1 };

  it("lets no more through in a second than the category has, from the first second", async () => {
    // 25 a second, and the one that starts at once.
    expect(await started(createPace(whole), ["AdminAddUserToGroup"])).toEqual([26, 51, 76]);
  });

  it("is shared by the operations of a category, and not by others", async () => {
    const same = ["AdminAddUserToGroup", "AdminDeleteUser"];
    const others = ["AdminAddUserToGroup", "AdminResetUserPassword"];

    expect(await started(createPace(whole), same)).toEqual([26, 51, 76]);
    // 25 and 30.
    expect((await started(createPace(whole), others))[2]).toBeGreaterThan(160);
  });

  it("leaves room for others, and is divided among workers", async () => {
    const pace = createPace({ share: 0.8, workers: 2 });

    expect(await started(pace, ["AdminAddUserToGroup"])).toEqual([11, 21, 31]);
  });

  it("is each account's and region's own", async () => {
    const owners = ["own us-east-1", "own eu-west-1"];

    expect(await started(createPace(whole), ["AdminAddUserToGroup"], owners)).toEqual([
      52, 102, 152,
    ]);
  });
});

describe("a client for bulk work", () => {
  let server: Server;
  let endpoint = "";
  let refusals = 0;
  let requests = 0;
  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume().on("end", () => {
        requests += 1;
        const refused = refusals-- > 0;
        response.writeHead(refused ? 400 : 200, { "content-type": "application/x-amz-json-1.1" });
        response.end(
          JSON.stringify(
            refused ? { __type: "TooManyRequestsException", message: "Rate exceeded" } : {},
          ),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => {
    requests = 0;
    vi.stubEnv("AWS_ENDPOINT_URL", endpoint);
    vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
    return () => vi.unstubAllEnvs();
  });

  it("takes a turn for each attempt, and gets through a pool that throttles", async () => {
    refusals = 1;
    const turns: string[] = [];
    const pace = { turn: async (...turn: string[]) => void turns.push(turn.join(": ")) };
    const client = bulkCognitoClient(pace, {
      region: "eu-west-1",
      roleArn: "arn:aws:iam::999999999999:role/carryover",
    });

    await client.send(new AdminGetUserCommand({ UserPoolId: "eu-west-1_a", Username: "u" }));

    expect(requests).toBe(2);
    expect(turns).toEqual(Array(2).fill("999999999999 eu-west-1: AdminGetUser"));
  });

  it("makes no call that nobody has put into a category", async () => {
    refusals = 0;
    const client = bulkCognitoClient(createPace({ share: 1, workers: 1 }), { region: "eu-west-1" });

    await client.send(new DescribeUserPoolCommand({ UserPoolId: "eu-west-1_a" }));
    await expect(client.send(new DescribeUserPoolDomainCommand({ Domain: "x" }))).rejects.toThrow(
      "DescribeUserPoolDomain has no quota category",
    );
    expect(requests).toBe(1);
  });
});
