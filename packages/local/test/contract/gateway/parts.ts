import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { onTestFinished } from "vitest";
import { createClock } from "../../../src/clock.ts";
import { createCloudwatch } from "../../../src/cloudwatch/service.ts";
import { createQuotas } from "../../../src/cognito/quotas.ts";
import { createControl } from "../../../src/control.ts";
import { createDynamodb } from "../../../src/dynamodb/service.ts";
import { createEventBridge } from "../../../src/eventbridge/service.ts";
import { createFaults } from "../../../src/faults.ts";
import { type Gateway, startGateway } from "../../../src/gateway.ts";
import { createKms } from "../../../src/kms.ts";
import { createLambdaApi } from "../../../src/lambda/api.ts";
import { createLambdaHost } from "../../../src/lambda/host.ts";
import { createLogStreams } from "../../../src/log-streams.ts";
import { createMailbox } from "../../../src/mailbox.ts";
import { createMetrics } from "../../../src/metrics.ts";
import { createRequestCounter } from "../../../src/requests.ts";
import type { GatewayServices } from "../../../src/routes.ts";
import { createSecretsManager } from "../../../src/secrets-manager/service.ts";
import { AwsError } from "../../../src/service.ts";
import { createSes } from "../../../src/ses/service.ts";
import { createPeople } from "../../../src/social/people.ts";
import { createSocial } from "../../../src/social/provider.ts";
import { createSqs } from "../../../src/sqs/service.ts";
import { createSsm } from "../../../src/ssm/service.ts";
import { createSts } from "../../../src/sts/service.ts";
import { createStsSessions } from "../../../src/sts/sessions.ts";
import { againstAws } from "../against-aws.ts";
import { awsParts } from "./parts-aws.ts";

/** Cognito is another suite's matter: this one only answers with what it was called with. */
const cognito: GatewayServices["cognito"] = {
  call: async (call) => {
    if (call.operation === "Explode") throw new Error("secret internals");
    if (call.operation === "Refuse") throw new AwsError("NotAuthorizedException", "No.");
    return call;
  },
  document: (path) =>
    path === "/us-east-1_Known/.well-known/jwks.json" ? { keys: [] } : undefined,
  hosted: () => undefined,
  upload: async () => ({ status: 404 }),
};

interface Options {
  roles?: Record<string, string>;
}
/** What an unmodified SDK client takes. */
interface ClientConfig {
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly maxAttempts?: number;
}
export type Parts = Awaited<ReturnType<typeof startStageParts>>;

/** The parts of a stage, for one test; with `CARRYOVER_CONTRACT=aws`, AWS takes their place. */
export async function startParts(options: Options = {}): Promise<Parts> {
  return againstAws(process.env) ? awsParts() : await startStageParts(options);
}

/** Starts all the parts as a stage does; they end with the test. */
async function startStageParts(options: Options) {
  const clock = createClock();
  const faults = createFaults();
  const requests = createRequestCounter();
  const people = createPeople();
  const logs = createLogStreams(clock.now);
  const mailbox = createMailbox(clock.now);
  const sessions = createStsSessions(clock.now);
  const metrics = createMetrics(clock.now);
  const sqs = createSqs();
  const dynamodb = createDynamodb({ clock: clock.now });
  let gateway: Gateway | undefined;
  const lambda = createLambdaHost({
    endpoint: () => gateway?.endpoint ?? "",
    clock: clock.now,
    sqs,
    faults,
    retryDelayMs: 5,
    announce: (...said) => events.announce(...said),
  });
  const events = createEventBridge({ clock: clock.now, sqs, lambda, faults, retryDelayMs: 5 });
  const ses = createSes({
    clock: clock.now,
    deliver: mailbox.deliver,
    announce: events.announce,
  });
  const internalErrors: unknown[] = [];
  const secretsmanager = createSecretsManager(clock.now);
  const started = await startGateway({
    port: 0,
    homeRegion: "us-east-1",
    callerOf: sessions.callerOf,
    services: {
      cognito,
      events,
      sqs,
      dynamodb,
      lambda: createLambdaApi(lambda),
      sts: createSts({ clock: clock.now, sessions, roles: options.roles ?? {} }),
      kms: createKms({ clock: clock.now }),
      ssm: createSsm({ clock: clock.now, readSecret: secretsmanager.read }),
      secretsmanager,
      monitoring: createCloudwatch(metrics, clock.now),
      social: createSocial({ clock: clock.now, endpoint: () => gateway?.endpoint ?? "", people }),
      ses,
    },
    control: createControl({
      mailbox,
      clock,
      people,
      metrics,
      logs,
      faults,
      quotas: createQuotas(clock.now),
      requests,
      invocations: lambda.invocations,
      setMailQuota: ses.setQuota,
    }),
    faults,
    requests,
    poolOfClient: (clientId) => (clientId === "eu-client" ? "eu-central-1_Pool" : undefined),
    onInternalError: (error) => internalErrors.push(error),
  });
  gateway = started;
  onTestFinished(async () => {
    events.stop();
    sqs.stop();
    await dynamodb.stop();
    await started.stop();
    await lambda.stop();
  });
  const client = clientConfig(started.endpoint);
  return {
    onStage: true,
    eventBridge: (region?: string) => new EventBridgeClient(client(region)),
    queues: (region?: string) => new SQSClient(client(region)),
    endpoint: started.endpoint,
    clock,
    faults,
    requests,
    mailbox,
    lambda,
    sqs,
    internalErrors,
    client,
  };
}

/** What an unmodified SDK client needs to reach the gateway; errors must show at once, so no retries. */
function clientConfig(endpoint: string) {
  return (region = "us-east-1"): ClientConfig => ({
    endpoint,
    region,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxAttempts: 1,
  });
}

/**
 * For a receive that is to find nothing, or that is to count for each message: AWS asks only some of its servers if it
 * may not wait. Source: SQS API reference, ReceiveMessage.
 */
export const ALL_SERVERS = { WaitTimeSeconds: againstAws(process.env) ? 2 : 0 };

/** A queue that EventBridge may send to. Source: EventBridge UG, "Amazon SQS permissions". */
export function createTarget(
  sqs: SQSClient,
  name: string,
  attributes: Record<string, string> = {},
): Promise<{ url: string; arn: string }> {
  const Statement = {
    Effect: "Allow",
    Principal: { Service: "events.amazonaws.com" },
    Action: "sqs:SendMessage",
    // Any region, and this account's queue alone.
    Resource: `arn:aws:sqs:*:000000000000:${name}`,
  };
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  return createQueue(sqs, name, { ...attributes, Policy });
}

/** Makes a queue and answers its URL and ARN. */
export async function createQueue(
  sqs: SQSClient,
  QueueName: string,
  Attributes: Record<string, string> = {},
): Promise<{ url: string; arn: string }> {
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  const { Attributes: found } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }),
  );
  return { url: QueueUrl, arn: found?.QueueArn ?? "" };
}
