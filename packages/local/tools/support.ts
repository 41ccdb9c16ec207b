import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as cognito from "@aws-sdk/client-cognito-identity-provider";
import * as dynamodb from "@aws-sdk/client-dynamodb";
import * as eventbridge from "@aws-sdk/client-eventbridge";
import * as kms from "@aws-sdk/client-kms";
import * as lambda from "@aws-sdk/client-lambda";
import * as secretsManager from "@aws-sdk/client-secrets-manager";
import * as ses from "@aws-sdk/client-sesv2";
import * as sqs from "@aws-sdk/client-sqs";
import * as ssm from "@aws-sdk/client-ssm";
import * as sts from "@aws-sdk/client-sts";
import { startServices } from "../src/services.ts";

interface Service {
  readonly name: string;
  /** The SDK's module: every operation of the service is a command there. */
  readonly sdk: object;
  readonly client: new (config: object) => { send(command: never): Promise<unknown> };
}

const SERVICES: readonly Service[] = [
  { name: "Cognito user pools", sdk: cognito, client: cognito.CognitoIdentityProviderClient },
  { name: "EventBridge", sdk: eventbridge, client: eventbridge.EventBridgeClient },
  { name: "Lambda", sdk: lambda, client: lambda.LambdaClient },
  { name: "SQS", sdk: sqs, client: sqs.SQSClient },
  { name: "DynamoDB", sdk: dynamodb, client: dynamodb.DynamoDBClient },
  { name: "SES v2", sdk: ses, client: ses.SESv2Client },
  { name: "STS", sdk: sts, client: sts.STSClient },
  { name: "KMS", sdk: kms, client: kms.KMSClient },
  { name: "Systems Manager", sdk: ssm, client: ssm.SSMClient },
  { name: "Secrets Manager", sdk: secretsManager, client: secretsManager.SecretsManagerClient },
  { name: "CloudWatch", sdk: cloudwatch, client: cloudwatch.CloudWatchClient },
];

/** How a service says that it has no such operation: here, in dynalite, and where a path means nothing. */
const UNKNOWN = new Set([
  "UnknownOperationException",
  "UnknownOperation",
  "InvalidAction",
  "MissingAction",
  "UnsupportedOperation",
]);

type ServiceException = Error & { readonly $metadata?: { readonly httpStatusCode?: number } };

interface Support {
  readonly name: string;
  readonly played: readonly string[];
  readonly missing: readonly string[];
}

/**
 * Asks a stage for every operation that the SDKs have. What it refuses for any other reason than that it does not
 * know the operation, it plays.
 */
export async function supportOf(): Promise<readonly Support[]> {
  const services = await startServices({ port: 0, homeRegion: "us-east-1" });
  try {
    return await Promise.all(SERVICES.map((service) => ask(service, services.endpoint)));
  } finally {
    await services.stop();
  }
}

async function ask({ name, sdk, client: Client }: Service, endpoint: string): Promise<Support> {
  const client = new Client({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxAttempts: 1,
  });
  const asked: [operation: string, played: boolean][] = [];
  for (const [exported, Command] of Object.entries(sdk)) {
    if (!/^[A-Z]\w+Command$/.test(exported)) continue;
    const command = Reflect.construct(Command, [structuredClone(LABELS)]) as never;
    const known = await client.send(command).then(
      () => true,
      // Without an answer it is the SDK that lacks something in the path: no stage was asked.
      (error: ServiceException) =>
        error.$metadata?.httpStatusCode !== undefined && !UNKNOWN.has(error.name),
    );
    asked.push([exported.slice(0, -"Command".length), known]);
  }
  asked.sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    name,
    played: asked.flatMap(([operation, played]) => (played ? operation : [])),
    missing: asked.flatMap(([operation, played]) => (played ? [] : operation)),
  };
}

/** What stands in the paths of REST services: no request leaves the SDK without it. */
const LABELS = Object.fromEntries(
  [
    ..."Arn CapacityProviderName CodeSigningConfigArn ConfigurationSetName ContactListName DedicatedIp Domain".split(
      " ",
    ),
    ..."DomainName EmailAddress EmailIdentity EndpointName EventDestinationName FunctionName JobId LayerName".split(
      " ",
    ),
    ..."ListingId MessageId MultiRegionEndpointName Name PolicyName PoolName Qualifier ReportId Resource".split(
      " ",
    ),
    ..."ResourceArn StatementId TemplateName TenantName UUID ReputationEntityType ReputationEntityReference".split(
      " ",
    ),
    ..."CampaignId BlacklistItemNames TagKeys DurableExecutionArn CallbackId CheckpointToken".split(
      " ",
    ),
  ].map((label) => [label, "none"]),
);

/** `docs/local-stage-support.md`. */
export function supportPage(support: readonly Support[]): string {
  const counts = support.map(
    ({ name, played, missing }) =>
      `| ${name} | ${played.length} of ${played.length + missing.length} |`,
  );
  const lists = support.map(({ name, played, missing }) =>
    [
      `## ${name}`,
      `Played: ${played.join(", ")}.`,
      missing.length > 0 ? `Not played: ${missing.join(", ")}.` : "Nothing is missing.",
    ].join("\n\n"),
  );
  return `<!-- Written by \`npm run docs\`. Do not edit. -->

# What the local stage plays

Every operation that the AWS SDK has for a service, asked of a running stage. One that is played may still lack parts of
what AWS does; the [contract tests](../packages/local/test/contract) say what is held to AWS. One that is not played is refused
with \`UnknownOperationException\`, never answered with something made up.

| service | operations |
| --- | --- |
${counts.join("\n")}

${lists.join("\n\n")}
`;
}
