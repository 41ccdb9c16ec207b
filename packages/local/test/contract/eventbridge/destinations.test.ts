import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CreateApiDestinationCommand,
  CreateConnectionCommand,
  DescribeApiDestinationCommand,
  DescribeConnectionCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  UpdateApiDestinationCommand,
} from "@aws-sdk/client-eventbridge";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { describe, expect, it, onTestFinished } from "vitest";
import { createQueue, startParts } from "../gateway/parts.ts";

// Source: EventBridge UG, "API destinations as targets"; API reference, "CreateConnection".

interface Call {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** An endpoint of another team: answers with the statuses one after another, then with 200. */
async function endpoint(...statuses: readonly number[]) {
  const calls: Call[] = [];
  const left = [...statuses];
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      const { method, url, headers } = req;
      const body = Buffer.concat(chunks).toString();
      calls.push({ method, url, headers, body });
      if (url === "/token") {
        res.setHeader("content-type", "application/json");
        res.end(JSON.stringify({ access_token: "from-the-provider", token_type: "Bearer" }));
        return;
      }
      res.statusCode = left.shift() ?? 200;
      if (res.statusCode === 302) res.setHeader("location", "/elsewhere");
      res.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls };
}

async function start() {
  const { client } = await startParts();
  const events = new EventBridgeClient(client());
  const sqs = new SQSClient(client());
  const deadLetters = await createQueue(sqs, "dead");
  return { events, sqs, deadLetters };
}
type Started = Awaited<ReturnType<typeof start>>;
type Auth = Pick<
  ConstructorParameters<typeof CreateConnectionCommand>[0],
  "AuthorizationType" | "AuthParameters"
>;

const BASIC: Auth = {
  AuthorizationType: "BASIC",
  AuthParameters: { BasicAuthParameters: { Username: "shop", Password: "s3cret" } },
};

async function subscribe({ events, deadLetters }: Started, url: string, auth: Auth = BASIC) {
  const { ConnectionArn } = await events.send(
    new CreateConnectionCommand({ Name: "partner", ...auth }),
  );
  const { ApiDestinationArn } = await events.send(
    new CreateApiDestinationCommand({
      Name: "hook",
      ConnectionArn,
      InvocationEndpoint: `${url}/hooks/*`,
      HttpMethod: "POST",
    }),
  );
  await events.send(
    new PutRuleCommand({ Name: "orders", EventPattern: JSON.stringify({ source: ["shop"] }) }),
  );
  await events.send(
    new PutTargetsCommand({
      Rule: "orders",
      Targets: [
        {
          Id: "hook",
          Arn: ApiDestinationArn,
          InputPath: "$.detail",
          HttpParameters: {
            PathParameterValues: ["a b"],
            QueryStringParameters: { v: "1" },
            HeaderParameters: { "x-team": "orders" },
          },
          RetryPolicy: { MaximumRetryAttempts: 3 },
          DeadLetterConfig: { Arn: deadLetters.arn },
        },
      ],
    }),
  );
}

function order(events: EventBridgeClient) {
  return events.send(
    new PutEventsCommand({
      Entries: [{ Source: "shop", DetailType: "Ordered", Detail: JSON.stringify({ no: 7 }) }],
    }),
  );
}

async function deadLetter({ sqs, deadLetters }: Started) {
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: deadLetters.url,
      MessageAttributeNames: ["All"],
      WaitTimeSeconds: 20,
    }),
  );
  expect(Messages).toHaveLength(1);
  const attributes = Messages?.[0]?.MessageAttributes ?? {};
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { StringValue }]) => [name, StringValue]),
  );
}

describe("API destinations", () => {
  it("get the event with the parameters of target and connection, and again after 429 and 503", async () => {
    const stage = await start();
    const partner = await endpoint(429, 503);
    await subscribe(stage, partner.url);
    await order(stage.events);
    await expect.poll(() => partner.calls).toHaveLength(3);
    const [call] = partner.calls;
    expect(call).toMatchObject({ method: "POST", url: "/hooks/a%20b?v=1", body: '{"no":7}' });
    expect(call?.headers).toMatchObject({
      authorization: `Basic ${Buffer.from("shop:s3cret").toString("base64")}`,
      "x-team": "orders",
      "content-type": "application/json; charset=utf-8",
    });
  });

  it("are not tried again after a 400, nor followed elsewhere: the event is a dead letter", async () => {
    for (const status of [400, 302]) {
      const stage = await start();
      const partner = await endpoint(status);
      await subscribe(stage, partner.url);
      await order(stage.events);
      expect(await deadLetter(stage)).toMatchObject({
        ERROR_CODE: "SDK_CLIENT_ERROR",
        RETRY_ATTEMPTS: "0",
      });
      expect(partner.calls).toHaveLength(1);
    }
  });

  it("are given up after the retries of the target", async () => {
    const stage = await start();
    const partner = await endpoint(500, 500, 500, 500);
    await subscribe(stage, partner.url);
    await order(stage.events);
    expect(await deadLetter(stage)).toMatchObject({
      EXHAUSTED_RETRY_CONDITION: "MaximumRetryAttempts",
      RETRY_ATTEMPTS: "3",
    });
    expect(partner.calls).toHaveLength(4);
  });

  it("send an API key, or the token of an authorization server", async () => {
    const withKey = await start();
    const partner = await endpoint();
    await subscribe(withKey, partner.url, {
      AuthorizationType: "API_KEY",
      AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: "x-key", ApiKeyValue: "k-1" } },
    });
    await order(withKey.events);
    await expect.poll(() => partner.calls[0]?.headers["x-key"]).toBe("k-1");

    const withToken = await start();
    const other = await endpoint();
    await subscribe(withToken, other.url, {
      AuthorizationType: "OAUTH_CLIENT_CREDENTIALS",
      AuthParameters: {
        OAuthParameters: {
          AuthorizationEndpoint: `${other.url}/token`,
          HttpMethod: "POST",
          ClientParameters: { ClientID: "carryover", ClientSecret: "shh" },
        },
      },
    });
    await order(withToken.events);
    await expect.poll(() => other.calls).toHaveLength(2);
    expect(new URLSearchParams(other.calls[0]?.body).get("grant_type")).toBe("client_credentials");
    expect(other.calls[1]?.headers.authorization).toBe("Bearer from-the-provider");
  });

  it("are changed, and shown without secrets", async () => {
    const stage = await start();
    await subscribe(stage, "https://partner.example");
    await stage.events.send(new UpdateApiDestinationCommand({ Name: "hook", HttpMethod: "PUT" }));
    const hook = await stage.events.send(new DescribeApiDestinationCommand({ Name: "hook" }));
    expect(hook).toMatchObject({
      HttpMethod: "PUT",
      InvocationEndpoint: "https://partner.example/hooks/*",
      ApiDestinationState: "ACTIVE",
      InvocationRateLimitPerSecond: 300,
    });
    const partner = await stage.events.send(new DescribeConnectionCommand({ Name: "partner" }));
    expect(partner.AuthParameters).toEqual({ BasicAuthParameters: { Username: "shop" } });
    await expect(
      stage.events.send(new DescribeApiDestinationCommand({ Name: "unknown" })),
    ).rejects.toMatchObject({
      message:
        "Failed to describe the api-destination(s). An api-destination 'unknown' does not exist.",
    });
  });
});
