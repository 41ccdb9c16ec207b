import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { FORMATS, type Formats, formatOf, migrate, newFormat } from "./format.ts";
import { openData } from "./kept.ts";
import { openStore } from "./store.ts";

const directories: string[] = [];
let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "carryover-data-format-"));
  directories.push(directory);
});
afterAll(async () => {
  for (const one of directories) await rm(one, { recursive: true, force: true });
});

const write = (name: string, text: string) => writeFile(join(directory, name), text);

describe("a data directory", () => {
  it("is of the current format once a stage was started on it, and of none before", async () => {
    await write(".DS_Store", "");
    expect(await formatOf(directory)).toBeUndefined();
    expect(await formatOf(join(directory, "nowhere"))).toBeUndefined();
    await (await openData(directory, {})).close();
    expect(await formatOf(directory)).toBe(FORMATS.current);
    await (await openData(directory, {})).close();
  });

  it.each([
    ["of a later version", "format.json", '{"format":99}', "later version (format 99"],
    [
      "of a version that is not read any more",
      "format.json",
      '{"format":0}',
      "earlier version (format 0)",
    ],
    ["of the time before there were formats", "state", "", "did not note its format"],
    ["of something else", "thesis.txt", "mine", "holds other things"],
    ["that was spoiled", "format.json", "{", "says no format"],
    ["that was spoiled otherwise", "format.json", '{"format":"1"}', "says no format"],
  ])("%s is refused, with what to do, and left alone", async (_what, name, text, reason) => {
    await mkdir(join(directory, "tables"));
    await write(name, text);
    const opened = openData(directory, {});
    await expect(opened).rejects.toThrow(reason);
    await expect(opened).rejects.toThrow("name an empty directory");
    await expect(opened).rejects.toMatchObject({ code: "local.input" });
    // Nobody's folder is taken for the tables of a start that came to nothing.
    await expect(mkdir(join(directory, "tables"))).rejects.toThrow("EEXIST");
  });
});

describe("the records of an earlier format", () => {
  const formats: Formats = {
    current: 3,
    migrations: {
      1: async (store) => store.put("name", `${await store.get("name")} Lovelace`),
      2: async (store) => store.put("name", `${await store.get("name")}, Countess`),
    },
  };

  it("are brought to the current one, one format after the other", async () => {
    await newFormat(directory);
    const format = await formatOf(directory, formats);
    const store = await openStore(directory);
    store.put("name", "Ada");
    await store.flush();
    await migrate(directory, { store, format: format ?? 0 }, formats);
    expect(await store.get("name")).toBe("Ada Lovelace, Countess");
    await store.close();
    expect(await formatOf(directory, formats)).toBe(3);
  });

  it("go on from where a migration was cut short", async () => {
    await newFormat(directory);
    const store = await openStore(directory);
    store.put("name", "Ada");
    await store.flush();
    const cut: Formats = {
      current: 3,
      migrations: { ...formats.migrations, 2: () => Promise.reject(new Error("cut short")) },
    };
    await expect(migrate(directory, { store, format: 1 }, cut)).rejects.toThrow("cut short");
    const format = await formatOf(directory, formats);
    expect(format).toBe(2);
    await migrate(directory, { store, format: format ?? 0 }, formats);
    expect(await store.get("name")).toBe("Ada Lovelace, Countess");
    await store.close();
  });

  it("are refused where a migration is missing on the way", async () => {
    await newFormat(directory);
    const { 2: second } = formats.migrations;
    const broken: Formats = { current: 3, migrations: second ? { 2: second } : {} };
    await expect(formatOf(directory, broken)).rejects.toThrow("cannot read any more");
  });
});
