import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { published } from "../src/catalogue.ts";
import { buildPackage } from "../tools/build.ts";

const run = promisify(execFile);
const require = createRequire(import.meta.url);

/** Another team's project, which has the packed package and nothing else of this repository. */
let project: string;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "carryover-events-"));
  project = join(folder, "project");
  await buildPackage(join(folder, "built"));
  await mkdir(project);
  const { stdout } = await run("npm", ["pack", "--silent", "../built"], { cwd: project });
  await written("package.json", {
    name: "shop",
    type: "module",
    dependencies: { "@carryover/events": `file:${stdout.trim()}` },
    // The registry's zod, as it lies here already: tests ask no registry.
    overrides: { zod: `file:${dirname(require.resolve("zod/package.json"))}` },
  });
  await run("npm", ["install", "--offline", "--ignore-scripts"], {
    cwd: project,
  });
});
afterAll(() => rm(dirname(project), { recursive: true, force: true }));

function written(file: string, content: string | object): Promise<void> {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  return writeFile(join(project, file), text);
}

describe("the package, installed by another team", () => {
  it("brings zod and nothing else", async () => {
    const installed = await readdir(join(project, "node_modules"));
    expect(installed.filter((name) => !name.startsWith("."))).toEqual(["@carryover", "zod"]);
    const files = await readdir(join(project, "node_modules/@carryover/events"));
    expect(files).toEqual(expect.arrayContaining(["README.md", "LICENSE", "handler.d.ts"]));
    expect(files.filter((name) => /(?<!\.d)\.ts$|\.test\./.test(name))).toEqual([]);
  });

  it("runs in plain Node", async () => {
    await written(
      "main.js",
      `import { on, queueHandler } from "@carryover/events/handler";
       import { UserSignedUp } from "@carryover/events/user-signed-up";
       import schema from "@carryover/events/schemas/UserSignedUp.json" with { type: "json" };
       import example from "@carryover/events/examples/UserSignedUp.json" with { type: "json" };
       const handler = queueHandler(on(UserSignedUp, async ({ data }) => console.log(data.userId)));
       const Records = [
         { messageId: "1", body: JSON.stringify(example) },
         { messageId: "2", body: "{}" },
       ];
       console.log(JSON.stringify(await handler({ Records })), schema.title);`,
    );
    const { stdout } = await run(process.execPath, ["main.js"], { cwd: project });
    expect(stdout).toMatch(
      /^[\w-]{36}\n{"batchItemFailures":\[{"itemIdentifier":"2"}\]} UserSignedUp/,
    );
  });

  it("has a schema and an example of every event that is on the bus", async () => {
    const files = published.map(({ name }) => `${name}.json`);
    const folder = join(project, "node_modules/@carryover/events");
    expect(new Set(await readdir(join(folder, "schemas")))).toEqual(new Set(files));
    expect(new Set(await readdir(join(folder, "examples")))).toEqual(new Set(files));
  });

  it("says its types, and what does not fit them", async () => {
    await written(
      "main.ts",
      `import { parseEvent } from "@carryover/events/parse";
       const event = parseEvent("");
       if (event.name === "UserSignedIn") {
         const client: string = event.data.clientId;
         // @ts-expect-error: there is no such field
         console.log(client, event.data.shoeSize);
       }`,
    );
    const tsc = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
    const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022"];
    const checked = run(
      process.execPath,
      [tsc, ...options, "--types", "", "--lib", "es2022,dom", "main.ts"],
      {
        cwd: project,
      },
    );
    await expect(checked).resolves.toMatchObject({ stdout: "" });
  });
});
