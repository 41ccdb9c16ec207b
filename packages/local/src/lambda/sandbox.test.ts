import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createBundler } from "./bundle.ts";
import { startSandbox } from "./sandbox.ts";

const bundler = createBundler(fileURLToPath(new URL("./worker.ts", import.meta.url)));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "carryover-sandbox-"));
  await writeFile(join(folder, "echo.mjs"), "export const handler = async (event) => event;");
});
afterAll(async () => {
  await bundler.stop();
  await rm(folder, { recursive: true, force: true });
});

it("answers at once when its worker has ended: a stage that stops must not wait for a timeout", async () => {
  const sandbox = await startSandbox(
    {
      program: await bundler.worker(),
      start: {
        file: join(folder, "echo.mjs"),
        exportName: "handler",
        handler: "echo.handler",
        runtime: "nodejs24.x",
        functionName: "echo",
        memoryMb: 128,
      },
      environment: {},
      memoryMb: 128,
    },
    () => undefined,
  );
  if ("reason" in sandbox) throw new Error(sandbox.reason);
  const message = {
    requestId: "1",
    event: '"hello"',
    functionArn: "arn:aws:lambda:eu-west-1:000000000000:function:echo",
    timeoutMs: 600_000,
    clockOffsetMs: 0,
  };
  const invoke = () => sandbox.invoke(message, () => undefined);
  expect(await invoke()).toEqual({ outcome: "returned", payload: "hello" });

  await sandbox.stop();

  expect(await invoke()).toEqual({ outcome: "crashed", reason: "the worker has ended" });
});
