import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { planned, published } from "./catalogue.ts";
import type { EventDefinition } from "./define.ts";

const listed: readonly EventDefinition[] = [...published, ...planned];

/** Every definition that a file of this folder exports, by the file. */
async function defined(): Promise<{ file: string; definition: EventDefinition }[]> {
  const files = readdirSync(import.meta.dirname).filter(
    (file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && file !== "catalogue.ts",
  );
  const found = await Promise.all(
    files.map(async (file) => {
      const exported = Object.values(
        (await import(join(import.meta.dirname, file))) as Record<string, unknown>,
      );
      return exported.filter(isDefinition).map((definition) => ({ file, definition }));
    }),
  );
  return found.flat();
}

function isDefinition(value: unknown): value is EventDefinition {
  return typeof value === "object" && value !== null && "publishedBy" in value;
}

function kebab(name: string): string {
  return name.replace(/(?<=[a-z])[A-Z]/g, "-$&").toLowerCase();
}

describe("the catalogue", () => {
  it("has every event that is defined, once", async () => {
    const names = (await defined()).map(({ definition }) => definition.name);
    expect(names).toContain("UserMigrated");
    expect(listed).toHaveLength(names.length);
    expect(new Set(listed.map(({ name }) => name))).toEqual(new Set(names));
  });

  it("has each event in the file of its name", async () => {
    for (const { file, definition } of await defined()) {
      expect(file).toBe(`${kebab(definition.name)}.ts`);
    }
  });

  it.each(listed)(
    "names $name as EventBridge takes it, and says who publishes it",
    (definition) => {
      expect(definition.name).toMatch(/^[A-Z]\w{0,120}(\.v\d+)?$/);
      expect(definition.publishedBy).not.toEqual([]);
    },
  );
});
