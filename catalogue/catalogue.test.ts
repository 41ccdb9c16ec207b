import { existsSync, readdirSync, readFileSync } from "node:fs";
import { published } from "@carryover/events/catalogue";
import { defineEvent } from "@carryover/events/define";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { pages } from "./pages.ts";
import { readersOf, untruths } from "./roles.ts";
import { samplesFor } from "./samples.ts";

const FOLDER = new URL("../docs/events/", import.meta.url);

describe("docs/events", () => {
  const written = pages();

  it.each([...written])("%s is as `npm run events` writes it", (file, text) => {
    const path = new URL(file, FOLDER);
    expect(existsSync(path) ? readFileSync(path, "utf8") : "not there").toBe(text);
  });

  it("has a page of every event that is on the bus, and no other", () => {
    const names = published.map(({ name }) => `${name}.md`);
    expect(new Set(readdirSync(FOLDER))).toEqual(new Set(["README.md", ...names]));
  });
});

describe("what the catalogue says", () => {
  it("is what the code does", () => {
    expect(untruths()).toEqual([]);
  });

  const data = z.object({ orderId: z.string() });
  const event = (name: string, publishedBy: string) =>
    defineEvent({
      name,
      version: 1,
      description: "For this test.",
      publishedBy: [publishedBy],
      data,
    });

  it("is not, for an event on the bus that no code publishes", () => {
    const shipped = event("OrderShipped", "identity");
    expect(untruths([shipped], [], "makeEvent(OrderSent, …)")).toEqual([
      "OrderShipped: no code publishes it, so it is planned",
    ]);
    expect(untruths([shipped], [], "makeEvent(\n  OrderShipped, …)")).toEqual([]);
  });

  it("is not, for a planned event that some code publishes", () => {
    const shipped = event("OrderShipped", "identity");
    expect(untruths([], [shipped], "makeEvent(OrderShipped, …)")).toEqual([
      "OrderShipped: is published, so it is planned no longer",
    ]);
  });

  it("is not, for a publisher that is no function", () => {
    expect(untruths([event("OrderShipped", "shop")], [], "makeEvent(OrderShipped, …)")).toEqual([
      "OrderShipped: there is no function shop that could publish it",
    ]);
  });

  it("is not, for an event of other teams that no service reads", () => {
    const shipped = event("OrderShipped", "another team's system");
    expect(untruths([shipped], [], "")).toHaveLength(1);
  });

  it("names as readers the services whose rule lets the event through", () => {
    const read = Object.fromEntries(published.map((one) => [one.name, readersOf(one)]));
    expect(read).toMatchObject({
      UserMigrated: expect.arrayContaining(["identity", "merge-sources"]),
      UserSignedUp: expect.arrayContaining(["identity"]),
    });
  });
});

it("shows the same pattern for every tool", () => {
  const samples = samplesFor("UserMigrated.v2", "carryover");
  expect(samples.map(({ tool }) => tool)).toEqual(["SST", "CDK", "Terraform", "AWS CLI"]);
  for (const { code } of samples) {
    expect(code).toMatch(/"?source"?\s*[:=]\s*\["carryover"\]/);
    expect(code).toMatch(/"?detail-?[Tt]ype"?\s*[:=]\s*\["UserMigrated\.v2"\]/);
  }
});
