import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Reloaded } from "../../../src/lambda/host.ts";
import { watchHandlers } from "../../../src/lambda/watch.ts";
import { startParts } from "../gateway/parts.ts";

async function project() {
  const root = await mkdtemp(join(tmpdir(), "carryover-watch-"));
  const { lambda } = await startParts();
  const write = (name: string, code: string) => writeFile(join(root, name), code);
  await write("words.ts", 'export const word = "old";');
  await write(
    "greet.ts",
    'import { word } from "./words.ts"; let calls = 0; export const handler = async () => word + " " + ++calls;',
  );
  // What two of them import is built once, beside both.
  await write(
    "part.ts",
    'import { word } from "./words.ts"; export const handler = async () => word + " bye";',
  );
  await write("other.ts", "let calls = 0; export const handler = async () => ++calls;");
  const define = (name: string) =>
    lambda.register({
      name,
      region: "us-east-1",
      handler: `${name}.handler`,
      root,
      environment: {},
      timeoutSeconds: 5,
      memoryMb: 128,
    });
  const arns = { greet: define("greet"), part: define("part"), other: define("other") };
  await lambda.prepare();
  const reloads: Reloaded[] = [];
  const unwatch = await watchHandlers(lambda, (reloaded) => reloads.push(reloaded));
  onTestFinished(async () => {
    await unwatch();
    await rm(root, { recursive: true });
  });
  const call = async (name: keyof typeof arns) => {
    const result = await lambda.invoke(arns[name], {});
    return result.outcome === "returned" ? result.payload : result;
  };
  return { write, call, reloads };
}

describe("handlers that change while the stage runs", () => {
  it("get their new code, also from a module that they import; other functions stay warm", async () => {
    const { write, call, reloads } = await project();
    expect([await call("greet"), await call("other")]).toEqual(["old 1", 1]);
    await write("more.ts", 'export const word = "new";');
    await write("words.ts", 'export { word } from "./more.ts";');
    await expect.poll(() => call("greet")).toMatch(/^new/);
    expect(reloads.at(-1)).toEqual({ functions: ["greet", "part"], problems: [] });
    expect(await call("part")).toBe("new bye");
    expect(await call("other")).toBe(2);

    await write("more.ts", 'export const word = "newer";');
    await expect.poll(() => call("greet")).toMatch(/^newer/);
  });

  it("keep their old code while the new one does not build", async () => {
    const { write, call, reloads } = await project();
    await write("words.ts", "export const word = ;");
    await expect.poll(() => reloads).toHaveLength(1);
    expect(reloads[0]?.functions).toEqual([]);
    expect(reloads[0]?.problems[0]).toContain("words.ts");
    expect(await call("greet")).toBe("old 1");

    await write("words.ts", 'export const word = "mended";');
    await expect.poll(() => call("greet")).toBe("mended 1");
  });
});
