import { fileURLToPath } from "node:url";
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { eventPattern } from "@carryover/events/handler";
import { UserIdMapped } from "@carryover/events/user-id-mapped";
import { UserSignedUp } from "@carryover/events/user-signed-up";
import { build } from "esbuild";
import { strToU8, zipSync } from "fflate";

const NAME = "loyalty-points";
const TIMEOUT_SECONDS = 10;

/** Where to deploy to: what every AWS client takes. */
export interface Place {
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface Settings {
  /** Carryover's bus: its name, or its ARN. */
  readonly bus: string;
  /** The function's role: may read the queue, write the table and its log. */
  readonly roleArn: string;
}

/** Subscribes this team: its own table, queue, dead-letter queue, function and rule. */
export async function deploy(place: Place, settings: Settings) {
  const [events, sqs] = [new EventBridgeClient(place), new SQSClient(place)];
  const table = await createTable(place);
  const deadLetters = await createQueue(sqs, `${NAME}-dead-letters`);
  const queue = await createQueue(sqs, NAME, {
    // How soon a failed message is tried again: Lambda asks for six times the function's timeout.
    VisibilityTimeout: String(6 * TIMEOUT_SECONDS),
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount: 3 }),
  });
  await createFunction(place, settings, { table, queueArn: queue.arn });

  const rule = { EventBusName: settings.bus, Name: NAME };
  const { RuleArn } = await events.send(
    new PutRuleCommand({
      ...rule,
      EventPattern: JSON.stringify(eventPattern(UserIdMapped, UserSignedUp)),
    }),
  );
  for (const { url, arn } of [queue, deadLetters]) {
    const Policy = JSON.stringify(mayBeSentTo(arn, RuleArn));
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { Policy } }));
  }
  const { FailedEntries = [] } = await events.send(
    new PutTargetsCommand({
      EventBusName: rule.EventBusName,
      Rule: rule.Name,
      Targets: [{ Id: "queue", Arn: queue.arn, DeadLetterConfig: { Arn: deadLetters.arn } }],
    }),
  );
  if (FailedEntries[0])
    throw new Error(`the rule refused the queue: ${FailedEntries[0].ErrorCode}`);
  return { table, function: NAME, queue, deadLetters };
}

async function createTable(place: Place): Promise<string> {
  const client = new DynamoDBClient(place);
  await client.send(
    new CreateTableCommand({
      TableName: NAME,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: [{ AttributeName: "userId", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "userId", AttributeType: "S" }],
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1 }, { TableName: NAME });
  return NAME;
}

async function createQueue(sqs: SQSClient, name: string, attributes: Record<string, string> = {}) {
  const Attributes = { MessageRetentionPeriod: String(14 * 24 * 60 * 60), ...attributes };
  const { QueueUrl: url = "" } = await sqs.send(
    new CreateQueueCommand({ QueueName: name, Attributes }),
  );
  const { Attributes: made } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["QueueArn"] }),
  );
  return { url, arn: made?.QueueArn ?? "" };
}

async function createFunction(
  place: Place,
  { roleArn }: Settings,
  { table, queueArn }: { readonly table: string; readonly queueArn: string },
): Promise<void> {
  const lambda = new LambdaClient(place);
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: NAME,
      Runtime: "nodejs24.x",
      Role: roleArn,
      Handler: "index.handler",
      Code: { ZipFile: zipSync({ "index.mjs": strToU8(await bundled()) }) },
      Timeout: TIMEOUT_SECONDS,
      Environment: { Variables: { CUSTOMERS_TABLE: table } },
    }),
  );
  await lambda.send(
    new CreateEventSourceMappingCommand({
      EventSourceArn: queueArn,
      FunctionName: NAME,
      // Without it, a message that failed counts as handled when its batch does not fail as a whole.
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    }),
  );
}

/** Lambda's runtime has the AWS SDK: all else goes into one file. */
async function bundled(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("./handler.ts", import.meta.url))],
    bundle: true,
    write: false,
    platform: "node",
    target: "node24",
    format: "esm",
    external: ["@aws-sdk/*"],
  });
  return outputFiles[0]?.text ?? "";
}

function mayBeSentTo(queueArn: string, ruleArn: string | undefined): object {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: queueArn,
        Condition: { ArnEquals: { "aws:SourceArn": ruleArn } },
      },
    ],
  };
}
