import { setTimeout as sleep } from "node:timers/promises";
import type { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";
import { CreateEventBusCommand, EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { AwsNames } from "./aws-names.ts";

export interface AwsClients {
  readonly events: EventBridgeClient;
  readonly sqs: SQSClient;
}

/** Much is asked in a short time. More tries would be long at a quota that is met on purpose, which the SDK takes for haste. */
export const PATIENT = { maxAttempts: 5 };

/** After them AWS needs a while until events find their way. Source: EventBridge API reference, "PutRule", "PutTargets". */
const CHANGES_RULES =
  /^(CreateEventBus|(Put|Delete|Enable|Disable)Rule|(Put|Remove)Targets|CreateArchive|(Put|Remove)Permission)$/;
/** A queue can be used a second after it was made. Source: SQS API reference, CreateQueue. */
const QUEUE_SETTLES_MS = 1000;

/** Clients of one region with which whatever a test makes is named so that it is found and deleted again. */
export function awsClients(
  names: AwsNames,
  { region, settleMs }: { region: string; settleMs: number },
): AwsClients {
  let changedAt = 0;
  const busIsMade = once(async () => {
    const plain = new EventBridgeClient({ region, ...PATIENT });
    await plain.send(new CreateEventBusCommand(names.toAws("CreateEventBus", { Name: "default" })));
    plain.destroy();
  });

  const events = named(new EventBridgeClient({ region, ...PATIENT }), names, {
    before: async (operation) => {
      if (operation !== "TestEventPattern") await busIsMade();
      if (operation === "PutEvents") await sleep(Math.max(0, changedAt + settleMs - Date.now()));
    },
    after: async (operation) => {
      if (CHANGES_RULES.test(operation)) changedAt = Date.now();
    },
  });
  const sqs = named(new SQSClient({ region, ...PATIENT }), names, {
    after: async (operation) => {
      if (operation === "CreateQueue") await sleep(Math.min(settleMs, QUEUE_SETTLES_MS));
    },
  });
  return { events, sqs };
}

interface Around {
  before?(operation: string): Promise<void>;
  after?(operation: string): Promise<void>;
}
type AwsClient = CognitoIdentityProviderClient | EventBridgeClient | SQSClient;

/** Every call of the client goes out, and comes back, with its names changed. */
export function named<Client extends AwsClient>(
  client: Client,
  names: AwsNames,
  { before, after }: Around = {},
): Client {
  // What the three have in common, which their own types do not say.
  const stack = client.middlewareStack as unknown as EventBridgeClient["middlewareStack"];
  stack.add(
    (next, context) => async (args) => {
      const operation = String(context["commandName"]).replace(/Command$/, "");
      const input = names.toAws(operation, args.input);
      await before?.(operation);
      try {
        const result = await next({ ...args, input });
        await after?.(operation);
        return { ...result, output: names.fromAws(result.output) };
      } catch (error) {
        if (error instanceof Error) error.message = names.fromAws(error.message);
        throw error;
      }
    },
    // The outermost: what is checked or made of an input is of the one that goes out.
    { step: "initialize", priority: "high" },
  );
  return client;
}

function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= run();
    return running;
  };
}
