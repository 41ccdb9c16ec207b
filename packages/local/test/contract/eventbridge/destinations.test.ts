import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CreateApiDestinationCommand,
  CreateConnectionCommand,
  DeauthorizeConnectionCommand,
  DescribeApiDestinationCommand,
  DescribeConnectionCommand,
  EventBridgeClient,
  ListConnectionsCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  type Target,
  UpdateApiDestinationCommand,
  UpdateConnectionCommand,
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
  let tokens = 0;
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      const { method, url, headers } = req;
      const body = Buffer.concat(chunks).toString();
      calls.push({ method, url, headers, body });
      if (url === "/token") {
        tokens += 1;
        res.setHeader("content-type", "application/json");
        res.end(
          JSON.stringify({
            access_token: `token-${tokens}`,
            token_type: "Bearer",
            expires_in: 3600,
          }),
        );
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
  const { client, clock } = await startParts();
  const events = new EventBridgeClient(client());
  const sqs = new SQSClient(client());
  const deadLetters = await createQueue(sqs, "dead");
  return { events, sqs, deadLetters, clock };
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

const oauth = (url: string, ClientSecret = "shh"): Auth => ({
  AuthorizationType: "OAUTH_CLIENT_CREDENTIALS",
  AuthParameters: {
    OAuthParameters: {
      AuthorizationEndpoint: `${url}/token`,
      HttpMethod: "POST",
      ClientParameters: { ClientID: "carryover", ClientSecret },
    },
  },
});

async function subscribe(
  { events, deadLetters }: Started,
  url: string,
  auth: Auth = BASIC,
  target: Partial<Target> = {},
) {
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
          ...target,
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
    await subscribe(withToken, other.url, oauth(other.url));
    await order(withToken.events);
    await expect.poll(() => other.calls).toHaveLength(2);
    expect(new URLSearchParams(other.calls[0]?.body).get("grant_type")).toBe("client_credentials");
    expect(other.calls[1]?.headers.authorization).toBe("Bearer token-1");
  });

  // Source: LocalStack's test_create_connection_with_auth.
  it("are not authorized at once where a token is needed", async () => {
    const { events } = await start();
    const made = await events.send(
      new CreateConnectionCommand({
        Name: "partner",
        AuthorizationType: "OAUTH_CLIENT_CREDENTIALS",
        AuthParameters: {
          OAuthParameters: {
            AuthorizationEndpoint: "https://partner.example/token",
            HttpMethod: "POST",
            ClientParameters: { ClientID: "carryover", ClientSecret: "shh" },
          },
        },
      }),
    );
    expect(made.ConnectionState).toBe("AUTHORIZING");
    const partner = await events.send(new DescribeConnectionCommand({ Name: "partner" }));
    expect(partner.ConnectionState).toBe("AUTHORIZED");
  });

  // Source: LocalStack's test_create_api_destination_invalid_parameters.
  it("are refused with all that is wrong", async () => {
    const { events } = await start();
    const wrong = new CreateApiDestinationCommand({
      Name: "hook",
      ConnectionArn: "arn-of-none",
      InvocationEndpoint: "https://partner.example",
      HttpMethod: "SEND" as "POST",
    });
    await expect(events.send(wrong)).rejects.toMatchObject({
      name: "ValidationException",
      message: String.raw`2 validation errors detected: Value 'arn-of-none' at 'connectionArn' failed to satisfy constraint: Member must satisfy regular expression pattern: ^arn:aws([a-z]|\-)*:events:([a-z]|\d|\-)*:([0-9]{12})?:connection\/[\.\-_A-Za-z0-9]+\/[\-A-Za-z0-9]+$; Value 'SEND' at 'httpMethod' failed to satisfy constraint: Member must satisfy enum value set: [HEAD, POST, PATCH, DELETE, PUT, GET, OPTIONS]`,
    });
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

  // Source: EventBridge UG, "Event bus targets", "Target parameters"; "API destinations", "Headers included in requests";
  // API reference, HttpParameters and ConnectionHttpParameters.
  it("take values from the event, and what the connection adds to header and body", async () => {
    const stage = await start();
    const partner = await endpoint();
    const HeaderParameters = [
      { Key: "x-team", Value: "partners" },
      { Key: "User-Agent", Value: "ours" },
      { Key: "Referer", Value: "https://shop.example" },
    ];
    const BodyParameters = [{ Key: "tenant", Value: "t-1" }];
    await subscribe(
      stage,
      partner.url,
      {
        ...BASIC,
        AuthParameters: {
          ...BASIC.AuthParameters,
          InvocationHttpParameters: { HeaderParameters, BodyParameters },
        },
      },
      {
        HttpParameters: {
          PathParameterValues: ["$.detail.no"],
          QueryStringParameters: {
            by: "$.source",
            none: "$.detail.none",
            all: "$.detail.lines[*].id",
          },
          HeaderParameters: { "x-team": "orders", "x-line": "$.detail.lines[0]", range: "none" },
        },
      },
    );
    await stage.events.send(
      new PutEventsCommand({
        Entries: [
          {
            Source: "shop",
            DetailType: "Ordered",
            Detail: JSON.stringify({ no: 7, lines: [{ id: "a" }, { id: "b" }] }),
          },
        ],
      }),
    );
    await expect.poll(() => partner.calls).toHaveLength(1);
    const [call] = partner.calls;
    expect(call?.url).toBe("/hooks/7?by=shop&none=&all=%5Ba%2Cb%5D");
    expect(call?.headers).toMatchObject({
      "x-team": "partners",
      "x-line": "{id:a}",
      "user-agent": "Amazon/EventBridge/ApiDestinations",
      range: "bytes=0-1048575",
    });
    expect(call?.headers).not.toHaveProperty("referer");
    expect(JSON.parse(call?.body ?? "")).toMatchObject({ no: 7, tenant: "t-1" });
  });

  // Source: EventBridge UG, "Authorization methods for connections", "Considerations when using OAuth".
  it("are called with one token until it is refused, ends, or the connection gets other parameters", async () => {
    const stage = await start();
    const partner = await endpoint(200, 401);
    await subscribe(stage, partner.url, oauth(partner.url));
    const said = () =>
      partner.calls.flatMap(({ url, headers }) => (url === "/token" ? [] : headers.authorization));
    await order(stage.events);
    await expect.poll(said).toEqual(["Bearer token-1"]);
    await stage.events.send(new UpdateConnectionCommand({ Name: "partner", Description: "ours" }));
    await order(stage.events);
    await expect.poll(said).toEqual(["Bearer token-1", "Bearer token-1", "Bearer token-2"]);
    stage.clock.advance(3_600_000);
    await order(stage.events);
    await expect.poll(() => said().at(-1)).toBe("Bearer token-3");
    await stage.events.send(
      new UpdateConnectionCommand({ Name: "partner", ...oauth(partner.url, "new") }),
    );
    await order(stage.events);
    await expect.poll(() => said().at(-1)).toBe("Bearer token-4");
    const asked = partner.calls.filter(({ url }) => url === "/token").at(-1);
    expect(new URLSearchParams(asked?.body).get("client_secret")).toBe("new");
  });

  // Source: EventBridge UG, "De-authorizing connections"; API reference, DeauthorizeConnection.
  it("are not called while their connection is not authorized", async () => {
    const stage = await start();
    const partner = await endpoint();
    await subscribe(stage, partner.url, BASIC, { RetryPolicy: { MaximumRetryAttempts: 0 } });
    await stage.events.send(new DeauthorizeConnectionCommand({ Name: "partner" }));
    const ConnectionState = "DEAUTHORIZED";
    const shown = await stage.events.send(new DescribeConnectionCommand({ Name: "partner" }));
    expect(shown).toMatchObject({ ConnectionState, AuthorizationType: "BASIC" });
    expect(shown.AuthParameters).toBeUndefined();
    const { Connections } = await stage.events.send(
      new ListConnectionsCommand({ ConnectionState }),
    );
    expect(Connections?.map(({ Name }) => Name)).toEqual(["partner"]);
    await order(stage.events);
    expect(await deadLetter(stage)).toMatchObject({ RETRY_ATTEMPTS: "0" });
    expect(partner.calls).toEqual([]);
    await stage.events.send(new UpdateConnectionCommand({ Name: "partner", ...BASIC }));
    await order(stage.events);
    await expect.poll(() => partner.calls).toHaveLength(1);
  });

  // Source: EventBridge UG, "API destinations": "The URL must use HTTPS"; the model's pattern of an endpoint.
  it.each(["file:///etc/passwd", "https://", "https://?q=1", "https://a b/", "partner"])(
    "are not made for %s",
    async (url) => {
      const { events } = await start();
      const { ConnectionArn } = await events.send(
        new CreateConnectionCommand({ Name: "partner", ...BASIC }),
      );
      const name = "ValidationException";
      await expect(
        events.send(
          new CreateApiDestinationCommand({
            Name: "hook",
            ConnectionArn,
            InvocationEndpoint: url,
            HttpMethod: "POST",
          }),
        ),
      ).rejects.toMatchObject({ name, message: expect.stringMatching(/invocationEndpoint/i) });
      const auth = oauth("https://partner.example");
      if (auth.AuthParameters?.OAuthParameters) {
        auth.AuthParameters.OAuthParameters.AuthorizationEndpoint = url;
      }
      await expect(
        events.send(new UpdateConnectionCommand({ Name: "partner", ...auth })),
      ).rejects.toMatchObject({ name, message: expect.stringMatching(/authorizationEndpoint/i) });
    },
  );
});
