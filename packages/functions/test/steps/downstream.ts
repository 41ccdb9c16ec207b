import { PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
} from "@aws-sdk/client-sqs";
import { eventually, type TestStage } from "./stage.ts";

/** An event as a subscriber's queue holds it. */
export interface Received {
  readonly "detail-type": string;
  readonly source: string;
  readonly region: string;
  readonly detail: {
    readonly metadata: Record<string, unknown>;
    readonly data: Record<string, unknown>;
  };
}

/** A downstream team's subscription: a queue, a rule, a target, and nothing of Carryover's own. */
export async function givenASubscriber(
  { clients, stage }: TestStage,
  name: string,
  detailTypes: readonly string[],
) {
  const { sqs, events } = clients;
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }),
  );
  const rule = { Name: name, EventBusName: stage.ready.busName };
  const pattern = { source: ["carryover"], "detail-type": detailTypes };
  await events.send(new PutRuleCommand({ ...rule, EventPattern: JSON.stringify(pattern) }));
  await events.send(
    new PutTargetsCommand({
      EventBusName: rule.EventBusName,
      Rule: name,
      Targets: [{ Id: name, Arn: Attributes?.["QueueArn"] ?? "" }],
    }),
  );

  const seen: Received[] = [];
  const drain = async () => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 600 }),
    );
    for (const { Body = "" } of Messages) seen.push(JSON.parse(Body) as Received);
    return Messages.length;
  };
  return {
    /** Everything that has come so far, repeats included. */
    all: async (): Promise<readonly Received[]> => {
      while ((await drain()) > 0);
      return seen;
    },
    /** Waits for the first event that fits. */
    first: (fits: (event: Received) => boolean, what = name): Promise<Received> =>
      eventually(what, async () => {
        const found = seen.find(fits);
        if (found) return found;
        await drain();
        return seen.find(fits);
      }),
  };
}
