import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { describe, expect, it, onTestFinished } from "vitest";
import * as z from "zod/mini";
import { WebhookSystem } from "../../config/downstream-schema.ts";
import { derivedId } from "../../kernel/ids.ts";
import { changeOf, Pair } from "../schema.ts";
import { webhookSystem } from "./system.ts";

const secret = () => `whsec_${randomBytes(24).toString("base64")}`;
const [NEW_SECRET, OLD_SECRET] = [secret(), secret()];
const OLD = derivedId("old");
const NEW = derivedId("new");
const change = changeOf(
  "orders",
  { keyedOn: "newSub" },
  z.parse(Pair, {
    userId: OLD,
    old: { sourceId: "legacy", poolId: "us-east-1_Old", sub: OLD },
    new: { poolId: "us-east-1_New", region: "us-east-1", sub: NEW },
  }),
);

interface Call {
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

async function endpoint(respond: RequestListener) {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    calls.push({ headers: request.headers, body });
    respond(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { calls, port: (server.address() as AddressInfo).port };
}

function given(port: number, more: object = {}, url = `http://127.0.0.1:${port}/hook`) {
  const settings = z.parse(WebhookSystem, {
    kind: "webhook",
    url: "https://orders.example/hook",
    signingSecret: { secret: "A" },
    allowHttp: true,
    allowNetworks: ["127.0.0.1/32"],
    timeoutSeconds: 5,
    ...more,
  });
  const resolved: string[] = [];
  const system = webhookSystem(settings, {
    url,
    signingSecrets: [NEW_SECRET, OLD_SECRET],
    clock: Date.now,
    resolve: async (hostname) => {
      resolved.push(hostname);
      return [{ address: "127.0.0.1", family: 4 }];
    },
  });
  const signal = new AbortController().signal;
  return {
    resolved,
    apply: (dryRun = false) => system.apply(change, { cursor: undefined, signal, dryRun }),
    verify: () => system.verify(change, { cursor: undefined, signal }),
  };
}

const status = (code: number, headers: Record<string, string> = {}) =>
  endpoint((_, response) => response.writeHead(code, headers).end());

describe("a webhook", () => {
  it("is signed with both secrets, and keeps its id", async () => {
    const { port, calls } = await status(204);
    const { apply } = given(port);

    expect(await apply()).toEqual({ outcome: "done", changed: 1 });
    await apply();

    for (const { headers, body } of calls) {
      for (const key of [NEW_SECRET, OLD_SECRET]) {
        const message = new Webhook(key).verify(body, headers as Record<string, string>);
        expect(message).toMatchObject({ type: "user.rekey", data: { from: OLD, to: NEW } });
      }
      expect(() => new Webhook(secret()).verify(body, headers as Record<string, string>)).toThrow(
        "No matching signature",
      );
    }
    expect(new Set(calls.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  });

  it.each([
    [400, { outcome: "refused", reason: "http-400" }],
    [404, { outcome: "retry", reason: "http-404" }],
    [410, { outcome: "closed", reason: "http-410" }],
    [422, { outcome: "refused", reason: "http-422" }],
    [500, { outcome: "retry", reason: "http-500" }],
  ])("that is answered by %i", async (code, outcome) => {
    const { port } = await status(code);
    expect(await given(port).apply()).toEqual(outcome);
  });

  it.each([
    ["120", 120],
    [new Date(Date.now() + 600_000).toUTCString(), 600],
    ["999999999", 86_400],
    ["soon", undefined],
  ])("waits as long as it is told to: %s", async (retryAfter, seconds) => {
    const { port } = await status(503, { "retry-after": retryAfter });
    const answer = await given(port).apply();
    expect(answer).toMatchObject({ outcome: "retry", reason: "http-503" });
    const said = "afterSeconds" in answer ? answer.afterSeconds : undefined;
    if (seconds === undefined) expect(said).toBeUndefined();
    else expect(Math.abs((said ?? 0) - seconds)).toBeLessThan(5);
  });

  it("does not follow a redirect", async () => {
    const inside = await status(204);
    const { port } = await status(302, { location: `http://127.0.0.1:${inside.port}/` });

    expect(await given(port).apply()).toEqual({ outcome: "retry", reason: "http-302" });
    expect(inside.calls).toEqual([]);
  });

  it("gives up on an endpoint that hangs, before and after the headers", async () => {
    const silent = await endpoint(() => undefined);
    const halfway = await endpoint((_, response) => {
      response.writeHead(200).write("{");
    });
    for (const { port } of [silent, halfway]) {
      expect(await given(port, { timeoutSeconds: 1 }).apply()).toEqual({
        outcome: "retry",
        reason: "timeout",
      });
    }
  });

  it("reads no more than a limited answer", async () => {
    const { port } = await endpoint((_, response) => {
      response.writeHead(200);
      response.end(JSON.stringify({ changed: 7, rest: "x".repeat(200_000) }));
    });
    expect(await given(port).apply()).toEqual({ outcome: "done", changed: 1 });
  });

  it("connects to the addresses that were checked, whatever the name says later", async () => {
    const { port, calls } = await status(204);
    const { apply, resolved } = given(port, {}, `http://rebinding.example:${port}/`);

    expect(await apply()).toEqual({ outcome: "done", changed: 1 });

    expect(resolved).toEqual(["rebinding.example"]);
    expect(calls[0]?.headers.host).toBe(`rebinding.example:${port}`);
  });

  it.each([
    ["a private address", { allowNetworks: [] }, undefined, "address-not-allowed"],
    ["plain HTTP", { allowHttp: false }, undefined, "scheme-not-allowed"],
    ["another scheme", {}, "file:///etc/passwd", "scheme-not-allowed"],
    ["a password in the address", {}, "http://ann:x@127.0.0.1/", "url-not-allowed"],
    ["no address at all", {}, "nonsense", "url-not-allowed"],
  ])("does not go to %s", async (_, more, url, reason) => {
    const { port, calls } = await status(204);
    expect(await given(port, more, url).apply()).toEqual({ outcome: "closed", reason });
    expect(calls).toEqual([]);
  });

  it("asks what is left, and what would change, only where the endpoint can tell", async () => {
    const { port, calls } = await endpoint((_, response) =>
      response.end(JSON.stringify({ remaining: 3, changed: 4 })),
    );
    expect(await given(port).verify()).toEqual({ outcome: "unknown" });
    expect(await given(port).apply(true)).toEqual({ outcome: "done", changed: 1 });
    expect(calls).toEqual([]);

    const { apply, verify } = given(port, { answers: ["verify", "dry-run"] });
    expect(await verify()).toEqual({ outcome: "counted", remaining: 3 });
    expect(await apply(true)).toEqual({ outcome: "done", changed: 4 });
    expect(calls.map(({ body }) => JSON.parse(body).type)).toEqual([
      "user.rekey.verify",
      "user.rekey.dry-run",
    ]);
  });
});
