import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineMigration } from "@carryover/core/config/define";
import { deploymentOf } from "@carryover/core/config/deployment";
import { resolveMigration } from "@carryover/core/config/resolve";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { type Api, apis } from "./apis.ts";
import { type Job, jobs } from "./jobs.ts";
import { resources } from "./resources.ts";
import { migration } from "./runtime/migration.ts";
import type { SubscriberHandler } from "./runtime/subscriber.ts";
import { serviceSettings } from "./settings.ts";
import { type Subscriber, subscribers } from "./subscribers.ts";
import { type Trigger, triggers } from "./triggers.ts";

const ROOT = new URL("../../../", import.meta.url);

/** What SST would hand to a function that is linked to everything. */
function everyLink(): Readonly<Record<string, unknown>> {
  const resolved = resolveMigration(
    defineMigration({
      ...migration.input,
      placement: { version: 1, rules: [], default: migration.input.homeRegion },
    }),
    "test",
  );
  return {
    Migration: deploymentOf(resolved, { stage: "test", region: resolved.homeRegion }),
    Bus: { name: "bus", arn: "arn:aws:events:us-east-1:000000000000:event-bus/bus" },
    FallbackQueue: { url: "http://127.0.0.1/000000000000/fallback" },
    UserPools: { pools: [{ region: "us-east-1", userPoolId: "us-east-1_New" }] },
    RegionalBuses: { buses: [{ region: "us-east-1", name: "bus" }] },
    IdentityTable: { name: "identity" },
    DownstreamTable: { name: "downstream" },
    DownstreamQueues: {},
    DownstreamControlQueue: { url: "http://127.0.0.1/000000000000/downstream-control" },
    GroupsTable: { name: "groups" },
    ReconcileTable: { name: "reconcile" },
    ReconcileQueue: { url: "http://127.0.0.1/000000000000/reconcile" },
    ...serviceSettings(resolved),
    OnboardingTable: { name: "onboarding" },
    OnboardingMailQueue: { url: "http://127.0.0.1/000000000000/onboarding-mail" },
    MfaSessionTable: { name: "mfa-session" },
    SessionKey: { value: Buffer.alloc(32).toString("base64") },
    PlacementTable: { name: "placement" },
    CohortQueue: { url: "http://127.0.0.1/000000000000/cohorts" },
    OldCopyQueue: { url: "http://127.0.0.1/000000000000/old-copies" },
    PlacementKey: { value: Buffer.alloc(32).toString("base64") },
    App: { name: "carryover", stage: "test" },
  };
}

beforeAll(() => {
  vi.stubEnv("AWS_REGION", migration.input.homeRegion);
  for (const [name, value] of Object.entries(everyLink())) {
    vi.stubEnv(`SST_RESOURCE_${name}`, JSON.stringify(value));
  }
  return () => vi.unstubAllEnvs();
});

interface Module {
  readonly handler?: unknown;
}

function fileOf(handler: string): URL {
  expect(handler).toMatch(/\.handler$/);
  return new URL(handler.replace(/\.handler$/, ".ts"), ROOT);
}

async function loaded(handler: string): Promise<unknown> {
  return ((await import(fileOf(handler).href)) as Module).handler;
}

const lists: {
  list: string;
  entries: Readonly<Record<string, Subscriber | Trigger | Job | Api>>;
}[] = [
  { list: "subscribers", entries: subscribers },
  { list: "triggers", entries: triggers },
  { list: "jobs", entries: jobs },
  { list: "api", entries: apis },
];

describe.each(lists)("$list", ({ list, entries }) => {
  describe.each(Object.entries(entries))("%s", (name, entry) => {
    it("has the file of its name, which exports its handler", async () => {
      expect(entry.handler).toBe(`packages/functions/src/${list}/${name}.handler`);
      expect(existsSync(fileURLToPath(fileOf(entry.handler)))).toBe(true);
      expect(await loaded(entry.handler)).toBeTypeOf("function");
    });

    it("needs nothing but resources that there are, each named once", () => {
      expect(Object.keys(resources)).toEqual(expect.arrayContaining([...entry.needs]));
      expect(new Set(entry.needs).size).toBe(entry.needs.length);
    });

    it("needs every resource that it reads when it starts", async () => {
      const linked = Object.entries(everyLink()).filter(
        ([link]) => link === "App" || entry.needs.some((need) => need === link),
      );
      vi.doMock("sst/resource", () => ({ Resource: Object.fromEntries(linked) }));
      vi.resetModules();
      try {
        expect(await loaded(entry.handler)).toBeTypeOf("function");
      } finally {
        vi.doUnmock("sst/resource");
        vi.resetModules();
      }
    });
  });

  it("has an entry for every handler's file", () => {
    const files = readdirSync(new URL(`packages/functions/src/${list}`, ROOT))
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .map((file) => file.slice(0, -".ts".length));
    expect(new Set(files)).toEqual(new Set(Object.keys(entries)));
  });
});

describe.each(Object.entries(subscribers))("the subscriber %s", (name, entry) => {
  it("was made for its name and for just the events that its rule lets through", async () => {
    const { subscriber, events } = (await loaded(entry.handler)) as SubscriberHandler;
    expect({ subscriber, events }).toEqual({ subscriber: name, events: entry.on });
  });
});

describe("the look-up", () => {
  it("slows down whoever asks too often, and nobody else", async () => {
    const handler = (await loaded(apis["look-up"].handler)) as (
      event: object,
      context: object,
    ) => Promise<{ statusCode: number }>;
    const ask = async (sourceIp: string) =>
      (
        await handler(
          {
            version: "2.0",
            routeKey: "POST /lookup",
            rawPath: "/lookup",
            rawQueryString: "",
            headers: {},
            isBase64Encoded: false,
            body: "{}",
            requestContext: {
              domainName: "api",
              http: { method: "POST", path: "/lookup", sourceIp },
            },
          },
          {},
        )
      ).statusCode;
    const answers = [];
    for (let index = 0; index < 301; index += 1) answers.push(await ask("192.0.2.1"));

    expect(new Set(answers.slice(0, 300))).toEqual(new Set([400]));
    expect(answers.at(-1)).toBe(429);
    expect(await ask("192.0.2.2")).toBe(400);
  });
});
