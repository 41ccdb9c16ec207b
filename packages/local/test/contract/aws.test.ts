import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import {
  CognitoIdentityProviderClient,
  CreateUserPoolCommand,
  ListUserPoolsCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import {
  CreateArchiveCommand,
  CreateEventBusCommand,
  EventBridgeClient,
  ListArchivesCommand,
  ListEventBusesCommand,
  ListRulesCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { ListQueuesCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { startServices } from "../../src/services.ts";
import { againstAws } from "./against-aws.ts";
import { newPrefix } from "./aws-run.ts";
import { createQueue } from "./gateway/parts.ts";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const VITEST = `${ROOT}node_modules/vitest/vitest.mjs`;
const DAY_MS = 86_400_000;

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
  it("makes things of its own, skips what AWS does not show, and leaves and touches nothing else", async () => {
    const services = await startServices({ port: 0, homeRegion: "us-east-1" });
    const account = accountAt(services.endpoint);
    try {
      // Called and listening as things of the tests are.
      const bystander = await account.make("");
      await account.make(newPrefix(Date.now()));
      const before = await account.names();
      await account.make(newPrefix(Date.now() - 2 * DAY_MS));

      const { code, output } = await vitest("run", services.endpoint);

      expect(output).toContain("which may cost money");
      expect(output).toMatch(/Tests .*\d+ passed/);
      expect(output).toMatch(/skipped/);
      expect(output).toContain("Deleted 5 leftovers of runs that were killed.");
      expect(output).toMatch(/Deleted [1-9]\d* things that the tests had left/);
      expect(code).toBe(0);
      expect(await account.names()).toEqual(before);
      expect(await account.received(bystander)).toEqual([]);
    } finally {
      account.close();
      await services.stop();
    }
  }, 120_000);
});

/** Who else has things in the account. */
function accountAt(endpoint: string) {
  const config = {
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  };
  const pools = new CognitoIdentityProviderClient(config);
  const events = new EventBridgeClient(config);
  const sqs = new SQSClient(config);
  return {
    /** One of each kind: a pool, a bus, a rule of the default one, an archive and a queue, whose URL is the answer. */
    make: async (prefix: string) => {
      const named = (name: string) => prefix + name;
      await pools.send(new CreateUserPoolCommand({ PoolName: named("test") }));
      const Name = named("orders");
      await events.send(new CreateEventBusCommand({ Name }));
      const queue = await createQueue(sqs, named("inbox"));
      const EventPattern = JSON.stringify({ source: [{ exists: true }] });
      await events.send(new PutRuleCommand({ Name: named("all"), EventPattern }));
      const Targets = [{ Id: "inbox", Arn: queue.arn }];
      await events.send(new PutTargetsCommand({ Rule: named("all"), Targets }));
      const EventSourceArn = "arn:aws:events:us-east-1:000000000000:event-bus/default";
      await events.send(new CreateArchiveCommand({ ArchiveName: named("all"), EventSourceArn }));
      return queue.url;
    },
    names: async () => {
      const { UserPools = [] } = await pools.send(new ListUserPoolsCommand({ MaxResults: 60 }));
      const { EventBuses = [] } = await events.send(new ListEventBusesCommand({}));
      const { Rules = [] } = await events.send(new ListRulesCommand({}));
      const { Archives = [] } = await events.send(new ListArchivesCommand({}));
      const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
      return {
        pools: UserPools.map(({ Name }) => Name),
        buses: EventBuses.map(({ Name }) => Name),
        rules: Rules.map(({ Name }) => Name),
        archives: Archives.map(({ ArchiveName }) => ArchiveName),
        queues: QueueUrls,
      };
    },
    received: async (QueueUrl: string) =>
      (await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages ?? [],
    close: () => {
      for (const client of [pools, events, sqs]) client.destroy();
    },
  };
}

function vitest(command: string, endpoint: string): Promise<{ code: number; output: string }> {
  const env = {
    PATH: process.env["PATH"],
    CARRYOVER_CONTRACT: "aws",
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    // Whatever this computer knows of a real account is none of the stage's business.
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
  };
  // One of each kind of thing that is made.
  const files = ["cognito/refresh", "eventbridge/archives", "eventbridge/put-events"].map(
    (name) => `packages/local/test/contract/${name}`,
  );
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [VITEST, command, "--project", "contract", "--maxWorkers=1", "--no-color", ...files],
      { cwd: ROOT, env },
      (error, stdout, stderr) => resolve({ code: error ? 1 : 0, output: stdout + stderr }),
    );
  });
}
