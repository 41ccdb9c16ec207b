import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { hostname, networkInterfaces, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UPLOAD_PATH } from "../../../src/cognito/import/upload.ts";
import { openStore } from "../../../src/data/store.ts";
import { startHttpApi } from "../../../src/http-api.ts";
import { type Services, startServices } from "../../../src/services.ts";
import { zipOf } from "../lambda/stranger.ts";

const REGION = "us-east-1";
const SECRET = "canary-3b1f9c";
let folder: string;
let services: Services;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "carryover-security-"));
  await writeFile(join(folder, "canary.json"), JSON.stringify({ secret: SECRET }));
  const directory = join(folder, "data");
  services = await startServices({
    port: 0,
    homeRegion: REGION,
    data: {
      store: await openStore(directory),
      tables: (region) => join(directory, "tables", region),
    },
  });
  services.cognito.createPool(REGION, { PoolName: "users" }, { userPoolId: "us-east-1_Pool" });
});
afterAll(async () => {
  await services.stop();
  await rm(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Unlike `fetch`, sends path and headers as they are. */
function raw(
  endpoint: string,
  path: string,
  options: { method?: string; host?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  const { port } = new URL(endpoint);
  const { method = "GET", host = "127.0.0.1", headers = {}, body = "" } = options;
  return new Promise((resolve, reject) => {
    const sent = request({ host, port, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

describe("a path of a request", () => {
  const PREFIXES = [
    "/",
    "//",
    "/_local/",
    "/_local/mailbox/",
    "/_local/faults/",
    "/_idp/",
    "/_idp/google/",
    UPLOAD_PATH,
    "/2015-03-31/functions/",
    "/2015-03-31/event-source-mappings/",
    "/us-east-1_Pool/.well-known/",
    "/us-east-1_Pool/login/",
    "/oauth2/",
    "/login/",
    "/000000000000/queue/",
  ];
  const UP = "../".repeat(12);
  const WAYS = [
    (path: string) => UP + path,
    (path: string) => UP.replaceAll("../", "%2e%2e/") + path,
    (path: string) => UP.replaceAll("../", "..%2f") + path,
    (path: string) => UP.replaceAll("../", "%252e%252e%252f") + path,
    (path: string) => UP.replaceAll("../", "..\\") + path,
    (path: string) => UP.replaceAll("../", "....//") + path,
    (path: string) => `/${path}`,
    (path: string) => `file:///${path}`,
    (path: string) => `${UP}${path}%00.json`,
    (path: string) => `?file=${UP}${path}`,
  ];

  it.each(PREFIXES)("never reaches the file system below %s", async (prefix) => {
    const canary = relative("/", join(folder, "canary.json"));
    for (const way of WAYS) {
      for (const method of ["GET", "POST", "PUT", "DELETE"]) {
        const path = prefix + way(canary);
        const { status, body } = await raw(services.endpoint, path, { method, body: "{}" });
        expect(body, `${method} ${path}`).not.toContain(SECRET);
        // Told apart from a service that breaks over it.
        expect(status, `${method} ${path}`).toBeLessThan(500);
      }
    }
    expect(await readdir(folder)).toEqual(["canary.json", "data"]);
  });

  it("never does so as the region of a signature either, where tables are kept by region", async () => {
    const credentials = { accessKeyId: "local", secretAccessKey: "x" };
    const client = (region: string) =>
      new DynamoDBClient({ endpoint: services.endpoint, region, credentials, maxAttempts: 1 });
    await client(REGION).send(
      new CreateTableCommand({
        TableName: "here",
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        BillingMode: "PAY_PER_REQUEST",
      }),
    );
    const before = await readdir(join(folder, "data"));
    for (const region of ["..", ".", "%2e%2e", "..\\..", "x".repeat(300)]) {
      const answer = await raw(services.endpoint, "/", {
        method: "POST",
        headers: {
          authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/${region}/dynamodb/aws4_request, SignedHeaders=host, Signature=x`,
          "x-amz-date": "20260101T000000Z",
          "x-amz-target": "DynamoDB_20120810.ListTables",
          "content-type": "application/x-amz-json-1.0",
        },
        body: "{}",
      });
      expect(answer.status, region).toBeLessThan(500);
    }
    expect(await readdir(join(folder, "data"))).toEqual(before);
    expect(await readdir(join(folder, "data", "tables"))).toEqual([REGION]);
    expect((await client(REGION).send(new ListTablesCommand({}))).TableNames).toEqual(["here"]);
  });
});

describe("who reaches a stage", () => {
  /** An address of this computer other than the one that a stage listens on by default. */
  const other =
    Object.values(networkInterfaces())
      .flatMap((list = []) => list)
      .find(({ internal, family }) => !internal && family === "IPv4")?.address ?? "127.0.0.2";

  it("is this computer alone, through the loopback", async () => {
    expect(await raw(services.endpoint, "/_local/health")).toMatchObject({ status: 200 });
    await expect(raw(services.endpoint, "/_local/health", { host: other })).rejects.toThrow(
      "ECONNREFUSED",
    );
  });

  it("is everybody, by this computer's names and no others, if it is told so", async () => {
    const open = await startServices({ port: 0, host: "0.0.0.0", homeRegion: REGION });
    try {
      const status = async (headers: Record<string, string>, host = other) =>
        (await raw(open.endpoint, "/_local/mailbox", { host, headers })).status;
      expect(open.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      expect(await status({})).toBe(200);
      expect(await status({ host: `${hostname().toUpperCase()}:4566` })).toBe(200);
      expect(await status({ host: "localhost" }, "127.0.0.1")).toBe(200);
      expect(await status({ host: "evil.test" })).toBe(403);
      expect(await status({ host: "203.0.113.9" })).toBe(403);
      expect(await status({ origin: `http://${other}:5173` })).toBe(200);
      expect(await status({ origin: "https://evil.test" })).toBe(403);
    } finally {
      await open.stop();
    }
  });

  it("is no image of another site's page, whose address can ask for a call of AWS query", async () => {
    // Fetch Metadata Request Headers: browsers send no Origin with it, but this to the loopback.
    const image = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" };
    const ask = async (headers: Record<string, string>, query: string) =>
      raw(services.endpoint, `/?Version=2012-11-05&${query}`, { headers });
    const planted = await ask(image, "Action=CreateQueue&QueueName=planted");
    expect(planted).toMatchObject({ status: 403 });
    await ask({ "sec-fetch-site": "none" }, "Action=CreateQueue&QueueName=typed");
    const { body } = await ask({}, "Action=ListQueues");
    expect(body).toContain("/typed");
    expect(body).not.toContain("/planted");
  });

  it("is a page of another site at the HTTP API only where the API allows it", async () => {
    const { lambda, clock } = services;
    const functionArn = lambda.register({
      ...lambda.unpack(zipOf("export const handler = async () => ({ statusCode: 204 });")),
      name: "moves",
      region: REGION,
      handler: "src/index.handler",
      environment: {},
      timeoutSeconds: 5,
      memoryMb: 128,
    });
    const origins = ["https://app.example.com"];
    const routes = [
      { route: "POST /moves", auth: "iam" as const, functionArn, origins: [] },
      { route: "POST /lookup", auth: "none" as const, functionArn, origins },
    ];
    const api = await startHttpApi({ port: 0, region: REGION, routes, lambda, clock: clock.now });
    try {
      // Any page can write the name of a signer into an address.
      const signed = "/moves?X-Amz-Credential=any/20260101/us-east-1/execute-api/aws4_request";
      const status = async (path: string, origin: string) =>
        (await raw(api.endpoint, path, { method: "POST", headers: { origin } })).status;
      expect(await status(signed, "http://localhost:5173")).toBe(204);
      expect(await status(signed, "https://evil.test")).toBe(403);
      expect(await status(signed, "null")).toBe(403);
      expect(await status("/lookup", "https://app.example.com")).toBe(204);
      expect(await status("/lookup", "https://evil.test")).toBe(403);
      expect(lambda.invocations.list("moves")).toHaveLength(2);
    } finally {
      await api.stop();
    }
  });

  it("is told when this computer has no such address", async () => {
    await expect(
      startServices({ port: 0, host: "203.0.113.9", homeRegion: REGION }),
    ).rejects.toThrow("--host 203.0.113.9: this computer has no such address");
  });
});
