import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { contractFiles, contractRetries } from "./packages/local/test/contract/aws-files.ts";

const EVERYWHERE = ["**/node_modules/**", ".sst/**"];

export default defineConfig({
  test: {
    // Much of it waits for queues and timers. Left alone, a machine with two cores would run one file at a time.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    // On a busy machine everything takes many times as long: only what hangs is to be ended.
    expect: { requireAssertions: true, poll: { timeout: 90_000 } },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    env: {
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
      // What SST tells every function.
      SST_RESOURCE_App: JSON.stringify({ name: "carryover", stage: "test" }),
    },
    // `isolate: false` where every file has a stage, a port and names of its own: the SDK clients and the stage are then
    // loaded once in each process, and not once more for every file.
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: [
            "packages/*/src/**/*.test.ts",
            "packages/*/tools/**/*.test.ts",
            "catalogue/**/*.test.ts",
          ],
          exclude: EVERYWHERE,
        },
      },
      {
        extends: true,
        test: {
          name: "contract",
          isolate: false,
          include: contractFiles(),
          retry: contractRetries(),
          globalSetup: ["packages/local/test/contract/aws-setup.ts"],
          exclude: EVERYWHERE,
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.e2e.test.ts"],
          exclude: EVERYWHERE,
        },
      },
      {
        extends: true,
        test: {
          name: "stacks",
          include: ["stacks/**/*.test.ts"],
          globalSetup: ["stacks/test/setup.ts"],
          exclude: EVERYWHERE,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          isolate: false,
          include: [
            "packages/*/test/**/*.int.test.ts",
            "examples/*/test/**/*.int.test.ts",
            "test/**/*.int.test.ts",
          ],
          exclude: EVERYWHERE,
        },
      },
    ],
  },
});
