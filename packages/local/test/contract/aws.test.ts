import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import {
  CognitoIdentityProviderClient,
  CreateUserPoolCommand,
  ListUserPoolsCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { describe, expect, it } from "vitest";
import { startServices } from "../../src/services.ts";
import { againstAws } from "./against-aws.ts";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const VITEST = `${ROOT}node_modules/vitest/vitest.mjs`;

describe("the contract suite against AWS", () => {
  it("runs only when it is told to, and refuses without credentials", () => {
    const AWS_ACCESS_KEY_ID = "AKIA";
    expect(againstAws({ AWS_ACCESS_KEY_ID })).toBe(false);
    expect(againstAws({ AWS_ACCESS_KEY_ID, CARRYOVER_CONTRACT: "aws" })).toBe(true);
    expect(() => againstAws({ CARRYOVER_CONTRACT: "aws" })).toThrow(
      "CARRYOVER_CONTRACT=aws needs credentials of an AWS account made for tests: set AWS_ACCESS_KEY_ID",
    );
    expect(() => againstAws({ CARRYOVER_CONTRACT: "real" })).toThrow(
      'CARRYOVER_CONTRACT is "real"',
    );
  });

  // A stage in AWS's place: all but AWS's own answers is as it would be there.
  it("makes pools of its own, skips what AWS does not show, and leaves nothing behind", async () => {
    const services = await startServices({ port: 0, homeRegion: "us-east-1" });
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    const client = new CognitoIdentityProviderClient({
      endpoint: services.endpoint,
      region: "us-east-1",
      credentials,
    });
    try {
      await client.send(new CreateUserPoolCommand({ PoolName: "somebody else" }));
      const { code, output } = await vitest("run", services.endpoint);
      expect(output).toContain("which may cost money");
      expect(output).toMatch(/Tests .*\d+ passed/);
      expect(output).toMatch(/skipped/);
      expect(output).toMatch(/Deleted [1-9]\d* user pools/);
      expect(code).toBe(0);
      const { UserPools = [] } = await client.send(new ListUserPoolsCommand({ MaxResults: 60 }));
      expect(UserPools.map(({ Name }) => Name)).toEqual(["somebody else"]);
    } finally {
      client.destroy();
      await services.stop();
    }
  }, 120_000);
});

function vitest(command: string, endpoint: string): Promise<{ code: number; output: string }> {
  const env = {
    PATH: process.env["PATH"],
    CARRYOVER_CONTRACT: "aws",
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
  };
  const files = ["cognito/refresh", "eventbridge/pattern"].map(
    (name) => `packages/local/test/contract/${name}`,
  );
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [VITEST, command, "--project", "contract", "--no-color", ...files],
      { cwd: ROOT, env },
      (error, stdout, stderr) => resolve({ code: error ? 1 : 0, output: stdout + stderr }),
    );
  });
}
