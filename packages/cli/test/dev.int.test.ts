import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const COMMAND = fileURLToPath(new URL("../bin/carryover.mjs", import.meta.url));

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "carryover-dev-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("carryover dev", () => {
  it("writes where everything is, shows metrics as they come, and stops at SIGINT", async () => {
    const ready = join(folder, "ready.json");
    const child = spawn(process.execPath, [COMMAND, "dev", "--port", "0", "--ready", ready], {
      stdio: "pipe",
      env: { ...process.env, NO_COLOR: "1" },
    });
    let shown = "";
    child.stdout.on("data", (text) => {
      shown += text;
    });
    // As a script waits for it: what is there is whole.
    await expect.poll(() => existsSync(ready), { interval: 2 }).toBe(true);

    const stage = JSON.parse(await readFile(ready, "utf8"));
    const health = await fetch(`${stage.endpoint}/_local/health`);
    expect(stage).toMatchObject({
      endpoint: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      mailbox: `${stage.endpoint}/_local/mailbox`,
      region: "us-east-1",
      accountId: "000000000000",
      busName: "carryover-local",
      sources: [{ id: "legacy", region: "us-east-1", userPoolId: "us-east-1_Legacy001" }],
      targets: [{ region: "us-east-1" }, { region: "eu-central-1" }],
      tables: { identity: expect.any(String) },
      queues: { identity: expect.any(String), identityDeadLetter: expect.any(String) },
    });
    expect(stage.targets[0].issuer).toBe(`${stage.endpoint}/${stage.targets[0].userPoolId}`);
    expect(health.status).toBe(200);

    await putMetrics(stage);
    // What was measured together is one short line. What functions log in the embedded metric format comes the same way.
    await expect
      .poll(() => shown.split("\n").filter((line) => line.startsWith("metrics test ")))
      .toEqual([
        "metrics test Time 3 Seconds kind=a, test m0 0, test m1 1, test m2 2, test m3 3, 2 more",
      ]);

    child.kill("SIGINT");
    const code = await new Promise((resolve) => child.once("exit", resolve));
    expect(code).toBe(0);
    await expect(fetch(stage.endpoint)).rejects.toThrow();
  });

  it("says at once that the file for --ready cannot be written", async () => {
    const run = await carryover("dev", "--port", "0", "--ready", join(folder, "nowhere", "r.json"));

    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/^--ready .* cannot be written\n$/);
  });

  it("stops before anything starts when the seed is wrong, and names the field", async () => {
    const seed = join(folder, "seed.json");
    await writeFile(seed, JSON.stringify({ sources: { legacy: { users: [{ username: 7 }] } } }));

    const run = await carryover("dev", "--port", "0", "--seed", seed);

    expect(run.code).toBe(2);
    expect(run.stderr).toContain("sources.legacy.users.0.username: ");
    expect(run.stderr).not.toContain("    at ");
  });

  it("says that there is no such seed", async () => {
    const run = await carryover("dev", "--port", "0", "--seed", join(folder, "none.json"));

    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/none\.json: there is no such file\n$/);
  });

  it("refuses a secret of the seed that no system has", async () => {
    const seed = join(folder, "secrets.json");
    await writeFile(seed, JSON.stringify({ sources: {}, secrets: { OrdersSecrte: "whsec_" } }));

    const run = await carryover("dev", "--port", "0", "--seed", seed, "--once");

    expect(run.code).toBe(2);
    expect(run.stderr).toContain("the seed has secrets named OrdersSecrte, but");
  });

  it("names a user of the seed by place, not by login, when the pool refuses it", async () => {
    const seed = join(folder, "refused.json");
    await writeFile(
      seed,
      JSON.stringify({ sources: { legacy: { users: [{ username: "bob" }] } } }),
    );

    const run = await carryover("dev", "--port", "0", "--seed", seed);

    expect(run.code).toBe(2);
    expect(run.stderr).toContain("seed: sources.legacy.users[0]: InvalidParameterException");
  });

  it("lists every fault of the configuration", async () => {
    const config = join(folder, "carryover.config.mts");
    const define = new URL("../../core/src/config/define.ts", import.meta.url).href;
    await writeFile(
      config,
      `import { defineMigration } from "${define}";
       export default defineMigration({ homeRegion: "mars", regions: ["us-east-1"], sources: [] });`,
    );

    const run = await carryover("dev", "--port", "0", "--config", config);

    expect(run.code).toBe(2);
    expect(run.stderr).toContain(`${config} is not valid:\n`);
    expect(run.stderr).toMatch(/homeRegion: .*\n.*sources: must name at least one source pool/);
  });

  it("says where a configuration has a slip of the pen", async () => {
    const config = join(folder, "slip.config.mts");
    await writeFile(config, "export default {\n  homeRegion: ,\n};\n");

    const run = await carryover("dev", "--port", "0", "--config", config);

    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/slip\.config\.\w+:2:\d+: .*Unexpected ","/);
  });

  it("warns before it lets others in, and says when it cannot", async () => {
    const run = await carryover("dev", "--port", "0", "--host", "203.0.113.9", "--once");

    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/^WARNING: --host 203\.0\.113\.9 lets everybody in/);
    expect(run.stderr).toContain("this computer has no such address");
  });

  it("says what to do about a port that is taken", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    const port = typeof address === "object" ? String(address?.port) : "";

    const run = await carryover("dev", "--port", port);
    server.close();

    expect(run.code).toBe(5);
    expect(run.stderr).toContain(`port ${port} is taken: choose another with --port`);
  });
});

function putMetrics({ endpoint, region }: { endpoint: string; region: string }) {
  const credentials = { accessKeyId: "x", secretAccessKey: "x" };
  const cloudwatch = new CloudWatchClient({ endpoint, region, credentials });
  const Dimensions = [{ Name: "kind", Value: "a" }];
  const counters = Array.from({ length: 6 }, (_, at) => ({ MetricName: `m${at}`, Value: at }));
  return cloudwatch.send(
    new PutMetricDataCommand({
      Namespace: "test",
      MetricData: [{ MetricName: "Time", Unit: "Seconds", Value: 3, Dimensions }, ...counters],
    }),
  );
}

function carryover(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    // Colours are on wherever CI is set.
    const env = { ...process.env, NO_COLOR: "1" };
    execFile(process.execPath, [COMMAND, ...args], { env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code);
      resolve({ code, stdout, stderr });
    });
  });
}
