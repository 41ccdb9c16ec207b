import { request } from "node:http";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { startParts } from "./parts.ts";

const JSON_TYPE = { "content-type": "application/x-amz-json-1.1" };
const cognito = (operation: string) => ({
  ...JSON_TYPE,
  "x-amz-target": `AWSCognitoIdentityProviderService.${operation}`,
});
const signedFor = (region: string, service = "cognito-idp") => ({
  authorization: `AWS4-HMAC-SHA256 Credential=AKID/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=x`,
});

function post(endpoint: string, headers: Record<string, string>, body: string | Buffer = "{}") {
  return fetch(endpoint, { method: "POST", headers, body });
}

describe("the gateway's requests", () => {
  it("take region and operation from signature and target", async () => {
    const { endpoint } = await startParts();
    const headers = { ...cognito("DescribeUserPool"), ...signedFor("eu-central-1") };
    const response = await post(endpoint, headers, '{"UserPoolId":"p"}');
    expect(response.headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
    expect(await response.json()).toEqual({
      region: "eu-central-1",
      operation: "DescribeUserPool",
      input: { UserPoolId: "p" },
      signed: true,
      caller: expect.objectContaining({ account: "000000000000" }),
    });
  });

  it.each([
    ["the home region, if they name no pool", {}, "us-east-1"],
    ["the region of the pool they name", { UserPoolId: "ap-south-1_Pool" }, "ap-south-1"],
    ["the region of their client's pool", { ClientId: "eu-client" }, "eu-central-1"],
    [
      "the region of their access token's pool",
      {
        AccessToken: `h.${Buffer.from(
          JSON.stringify({ iss: "http://localhost/eu-west-1_Pool" }),
        ).toString("base64url")}.s`,
      },
      "eu-west-1",
    ],
  ])("without a signature go to %s", async (_where, input, region) => {
    const { endpoint } = await startParts();
    const response = await post(endpoint, cognito("InitiateAuth"), JSON.stringify(input));
    expect(await response.json()).toMatchObject({ region, signed: false });
  });

  it("have no member that is null, but keep the nulls of a list", async () => {
    const { endpoint } = await startParts();
    const body = '{"UserPoolId":"p","Limit":null,"Tags":{"a":null,"b":"c"},"List":[null]}';
    const headers = { ...cognito("DescribeUserPool"), ...signedFor("eu-central-1") };
    expect(await (await post(endpoint, headers, body)).json()).toMatchObject({
      input: { UserPoolId: "p", Tags: { b: "c" }, List: [null] },
    });
    expect(await (await post(endpoint, headers, body)).text()).not.toContain("Limit");
  });

  it("get a pool's public documents by path", async () => {
    const { endpoint } = await startParts();
    const known = await fetch(`${endpoint}/us-east-1_Known/.well-known/jwks.json`);
    expect(await known.json()).toEqual({ keys: [] });
    const unknown = await fetch(`${endpoint}/us-east-1_Other/.well-known/jwks.json`);
    expect(unknown.status).toBe(404);
  });

  it("assume a role only with the external id that it asks for", async () => {
    const role = "arn:aws:iam::111122223333:role/reader";
    const { endpoint } = await startParts({ roles: { [role]: "right" } });
    const assume = (externalId: string) =>
      post(
        endpoint,
        {
          "content-type": "application/x-www-form-urlencoded",
          ...signedFor("us-east-1", "sts"),
        },
        new URLSearchParams({
          Action: "AssumeRole",
          Version: "2011-06-15",
          RoleArn: role,
          RoleSessionName: "carryover",
          ExternalId: externalId,
        }).toString(),
      );
    const allowed = await assume("right");
    expect(allowed.status).toBe(200);
    expect(await allowed.text()).toMatch(/<AccessKeyId>ASIA[0-9A-F]{16}<\/AccessKeyId>/);
    const denied = await assume("wrong");
    expect(denied.status).toBe(403);
    expect(await denied.text()).toContain("<Code>AccessDenied</Code>");
  });

  it("say who is calling", async () => {
    const { endpoint } = await startParts();
    const response = await fetch(`${endpoint}/?Action=GetCallerIdentity&Version=2011-06-15`);
    expect(await response.text()).toContain("<Account>000000000000</Account>");
  });
});

describe("the gateway's errors", () => {
  it("are in AWS's form", async () => {
    const { endpoint } = await startParts();
    const response = await post(endpoint, cognito("Refuse"));
    expect(response.status).toBe(400);
    expect(response.headers.get("x-amzn-errortype")).toBe("NotAuthorizedException");
    expect(response.headers.get("x-amzn-requestid")).toBeTruthy();
    expect(await response.json()).toEqual({ __type: "NotAuthorizedException", message: "No." });
  });

  it("keep what went wrong inside to the stage", async () => {
    const { endpoint, internalErrors } = await startParts();
    const response = await post(endpoint, cognito("Explode"));
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("secret");
    expect(internalErrors).toEqual([new Error("secret internals")]);
  });

  it.each([
    ["a body that is not JSON", cognito("InitiateAuth"), "{", 400, "SerializationException"],
    [
      "an unknown target",
      { ...JSON_TYPE, "x-amz-target": "Nothing.Do" },
      "{}",
      400,
      "UnknownOperationException",
    ],
    [
      "a target of the prototype",
      { ...JSON_TYPE, "x-amz-target": "constructor.name" },
      "{}",
      400,
      "UnknownOperationException",
    ],
    [
      "an event at a time that there is not",
      {
        ...JSON_TYPE,
        ...signedFor("us-east-1", "events"),
        "x-amz-target": "AWSEvents.PutEvents",
      },
      '{"Entries":[{"Source":"s","DetailType":"d","Detail":"{}","Time":1e308}]}',
      400,
      "ValidationException",
    ],
    [
      "an operation that is not played",
      { ...JSON_TYPE, "x-amz-target": "AWSEvents.toString" },
      "{}",
      400,
      "UnknownOperationException",
    ],
    [
      "more than six megabytes",
      cognito("InitiateAuth"),
      "x".repeat(6 * 1024 * 1024 + 1),
      413,
      "RequestEntityTooLargeException",
    ],
  ])("name %s", async (_what, headers, body, status, type) => {
    const { endpoint } = await startParts();
    const response = await post(endpoint, headers, body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ __type: type });
  });

  it.each([
    "/etc/passwd",
    "/../../etc/passwd",
    "//evil/x",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/2015-03-31/functions/%/invocations",
  ])("answer the path %s with not found", async (path) => {
    const { endpoint } = await startParts();
    const method = path.startsWith("/2015") ? "POST" : "GET";
    expect(await rawStatus(endpoint, method, path)).toBe(404);
  });

  it("are answered at once, however many members they have in AWS query", async () => {
    const { endpoint } = await startParts();
    const form = new URLSearchParams({ Action: "TagQueue", QueueUrl: "http://localhost/1/none" });
    for (let place = 1; place <= 200_000; place += 1) form.append(`Tag.${place}.Key`, "k");
    form.append("a.".repeat(500_000), "deep");
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const response = await post(endpoint, headers, form.toString());
    expect(await response.text()).toContain("NonExistentQueue");
  });

  it("survive a request that breaks off", async () => {
    const { endpoint } = await startParts();
    const { hostname, port } = new URL(endpoint);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.end("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{");
      });
      socket.on("close", () => resolve());
      socket.on("error", () => resolve());
      socket.resume();
    });
    expect((await fetch(`${endpoint}/_local/health`)).status).toBe(200);
  });
});

describe("the gateway and browsers", () => {
  const PAGE = "http://localhost:5173";

  it("lets a page ask first, and call", async () => {
    const { endpoint } = await startParts();
    const asked = await fetch(endpoint, {
      method: "OPTIONS",
      headers: {
        origin: PAGE,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,x-amz-target,x-amz-user-agent",
      },
    });
    expect(asked.status).toBe(204);
    expect(asked.headers.get("access-control-allow-headers")).toContain("x-amz-target");
    const called = await post(endpoint, { ...cognito("InitiateAuth"), origin: PAGE });
    expect(called.headers.get("access-control-allow-origin")).toBe(PAGE);
    expect(called.headers.get("access-control-expose-headers")).toContain("x-amzn-errortype");
  });

  it.each([
    ["a name that points at this computer", { host: "evil.test" }],
    ["a page of elsewhere", { origin: "https://evil.test" }],
    ["a page without an origin", { origin: "null" }],
  ])("keeps everything from %s", async (_who, headers) => {
    const { endpoint } = await startParts();
    expect(await rawStatus(endpoint, "GET", "/2015-03-31/functions", {})).toBe(200);
    expect(await rawStatus(endpoint, "GET", "/2015-03-31/functions", headers)).toBe(403);
    expect(await rawStatus(endpoint, "GET", "/_local/mailbox", {})).toBe(200);
    expect(await rawStatus(endpoint, "GET", "/_local/mailbox", headers)).toBe(403);
  });
});

/** Unlike `fetch`, sends path and headers as they are. */
function rawStatus(
  endpoint: string,
  method: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<number | undefined> {
  const { hostname, port } = new URL(endpoint);
  return new Promise((resolve, reject) => {
    request({ hostname, port, method, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
}
