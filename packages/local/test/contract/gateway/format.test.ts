import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AdminGetUserAuthFactorsCommand,
  AdminListGroupsForUserCommand,
  CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  InitiateAuthCommand,
  ListUserPoolsCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import {
  DescribeArchiveCommand,
  EventBridgeClient,
  PutEventsCommand,
} from "@aws-sdk/client-eventbridge";
import { DecryptCommand, KMSClient } from "@aws-sdk/client-kms";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { expect, it, onTestFinished } from "vitest";
import { FORMATS } from "../../../src/data/format.ts";
import { openStore } from "../../../src/data/store.ts";
import { startServices } from "../../../src/services.ts";

/** What a data directory of a format held: as JSON, with maps, sets and bytes told apart. */
interface Frozen {
  readonly clientId: string;
  readonly refreshToken: string;
  readonly ciphertext: string;
  readonly records: Readonly<Record<string, unknown>>;
}

/**
 * Where this fails, a record has changed: raise FORMATS.current, write the migration (or leave it out, and the directory
 * is refused), freeze the new records in `format-2.json`, and read those here.
 */
it("everything that a directory of the current format holds is read", async () => {
  const file = new URL(`./format-${FORMATS.current}.json`, import.meta.url);
  const frozen = JSON.parse(await readFile(file, "utf8")) as Frozen;
  const { endpoint, services } = await startOn(frozen.records);
  const config = {
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  };

  const cognito = new CognitoIdentityProviderClient(config);
  const { UserPools } = await cognito.send(new ListUserPoolsCommand({ MaxResults: 10 }));
  const UserPoolId = UserPools?.[0]?.Id;
  const { clientId: ClientId } = frozen;
  const { Groups } = await cognito.send(
    new AdminListGroupsForUserCommand({ UserPoolId, Username: "ann" }),
  );
  expect(Groups?.map(({ GroupName }) => GroupName)).toEqual(["staff"]);
  const password = { USERNAME: "ann", PASSWORD: "Correct-Horse-9" };
  const token = { REFRESH_TOKEN: frozen.refreshToken };
  for (const [AuthFlow, AuthParameters] of [
    ["USER_PASSWORD_AUTH", password],
    ["REFRESH_TOKEN_AUTH", token],
  ] as const) {
    const signIn = new InitiateAuthCommand({ ClientId, AuthFlow, AuthParameters });
    expect((await cognito.send(signIn)).AuthenticationResult?.AccessToken).toBeTruthy();
  }
  const { ConfiguredUserAuthFactors } = await cognito.send(
    new AdminGetUserAuthFactorsCommand({ UserPoolId, Username: "ann" }),
  );
  expect(ConfiguredUserAuthFactors).toEqual(["PASSWORD", "EMAIL_OTP"]);
  const [mail] = (await (await fetch(`${endpoint}/_local/mailbox`)).json()) as { text: string }[];
  const [ConfirmationCode] = /\d{6}/.exec(mail?.text ?? "") ?? [];
  await cognito.send(new ConfirmSignUpCommand({ ClientId, Username: "bob", ConfirmationCode }));

  const events = new EventBridgeClient(config);
  const sold = { EventBusName: "shop", Source: "shop", DetailType: "Sold", Detail: '{"no":2}' };
  await events.send(new PutEventsCommand({ Entries: [sold] }));
  const archive = await events.send(new DescribeArchiveCommand({ ArchiveName: "all" }));
  expect(archive.EventCount).toBe(2);
  const sqs = new SQSClient(config);
  const QueueUrl = `${endpoint}/000000000000/orders`;
  const bodies: string[] = [];
  await expect
    .poll(async () => {
      const asked = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 });
      const { Messages = [] } = await sqs.send(asked);
      bodies.push(...Messages.map(({ Body = "" }) => Body));
      return bodies;
    })
    .toHaveLength(3);
  expect(bodies).toContain("first");
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["VisibilityTimeout"] }),
  );
  expect(Attributes?.VisibilityTimeout).toBe("77");

  const { Parameter } = await new SSMClient(config).send(new GetParameterCommand({ Name: "/a/b" }));
  expect(Parameter?.Value).toBe("v");
  const secrets = new SecretsManagerClient(config);
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: "s" }));
  expect(SecretString).toBe("hush");
  const CiphertextBlob = Buffer.from(frozen.ciphertext, "base64");
  const { Plaintext } = await new KMSClient(config).send(new DecryptCommand({ CiphertextBlob }));
  expect(Buffer.from(Plaintext ?? []).toString()).toBe("hush");
  expect(services.clock.offsetMs()).toBe(120_000);
});

async function startOn(records: Frozen["records"]) {
  const directory = await mkdtemp(join(tmpdir(), "carryover-format-"));
  const store = await openStore(directory);
  for (const [key, record] of Object.entries(records)) store.put(key, revived(record));
  await store.flush();
  const services = await startServices({
    port: 0,
    homeRegion: "us-east-1",
    data: { store, tables: (region) => join(directory, "tables", region) },
  });
  onTestFinished(async () => {
    await services.stop();
    await rm(directory, { recursive: true });
  });
  return { services, endpoint: services.endpoint };
}

function revived(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revived);
  if (typeof value !== "object" || value === null) return value;
  const { $map, $set, $bytes } = value as Record<string, unknown>;
  if (Array.isArray($map)) return new Map($map.map(([key, one]) => [key, revived(one)]));
  if (Array.isArray($set)) return new Set($set.map(revived));
  if (typeof $bytes === "string") return Buffer.from($bytes, "base64");
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, revived(one)]));
}
