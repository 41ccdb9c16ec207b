import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { published } from "../src/catalogue.ts";
import { defineEvent, type EventDefinition } from "../src/define.ts";
import { brokenPromises, freeze, frozenVersions, unfrozen } from "./versions.ts";

describe("what was published", () => {
  it("is still true for every reader", () => {
    expect(brokenPromises()).toEqual([]);
  });

  it("is frozen, as it is today", () => {
    const names = unfrozen().map(({ name }) => name);
    expect(names, "npm run events freezes them").toEqual([]);
    expect(new Set(frozenVersions().map(({ event }) => event))).toEqual(
      new Set(published.map(({ name }) => name)),
    );
  });
});

function shipped(data: Parameters<typeof z.object>[0], name = "OrderShipped"): EventDefinition {
  const definition = { name, version: 1, description: "For this test.", publishedBy: ["shop"] };
  return defineEvent({ ...definition, data: z.object(data) });
}

describe("freezing", () => {
  const first = shipped({ orderId: z.string() });
  const grown = shipped({ orderId: z.string(), note: z.optional(z.string()) });

  it("keeps each form that an event had, and is done when nothing was added", () => {
    inFolder((folder) => {
      expect(freeze(folder, [first])).toEqual(["OrderShipped.1.json"]);
      expect(freeze(folder, [first])).toEqual([]);
      expect(freeze(folder, [grown])).toEqual(["OrderShipped.2.json"]);
      expect(freeze(folder, [grown])).toEqual([]);
      expect(new Set(readdirSync(folder))).toEqual(
        new Set(["OrderShipped.1.json", "OrderShipped.2.json"]),
      );
    });
  });

  it.each([
    { what: "its first form breaks", after: shipped({ note: z.optional(z.string()) }) },
    { what: "its second form breaks", after: first },
    { what: "it has another name", after: shipped({ orderId: z.string() }, "OrderSent") },
  ])("is refused when $what", ({ after }) => {
    inFolder((folder) => {
      freeze(folder, [first]);
      freeze(folder, [grown]);
      expect(() => freeze(folder, [after])).toThrow("OrderShipped");
      expect(readdirSync(folder)).toHaveLength(2);
    });
  });
});

function inFolder(act: (folder: URL) => void): void {
  const path = mkdtempSync(join(tmpdir(), "carryover-versions-"));
  try {
    act(pathToFileURL(`${path}/`));
  } finally {
    rmSync(path, { recursive: true });
  }
}
