import { PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
} from "@aws-sdk/client-sqs";
import type { Clients } from "@carryover/local/clients";
import type { ReadyFile } from "@carryover/local/stage";
import * as z from "zod";

const Envelope = z.object({
  "detail-type": z.string(),
  detail: z.object({ metadata: z.object({ id: z.string() }), data: z.unknown() }),
});
export type ReceivedEvent = z.infer<typeof Envelope>;

/** What another team has to do to hear of everything: a queue, a rule, a target. Nothing of Carryover's own. */
export async function collectEvents(
  { sqs, events }: Clients,
  { busName }: ReadyFile,
  onEvent: (event: string) => void,
) {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "downstream-team" }));
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }),
  );
  const rule = { Name: "downstream-team", EventBusName: busName };
  await events.send(
    new PutRuleCommand({ ...rule, EventPattern: JSON.stringify({ source: ["carryover"] }) }),
  );
  await events.send(
    new PutTargetsCommand({
      Rule: rule.Name,
      EventBusName: busName,
      Targets: [{ Id: "queue", Arn: Attributes?.["QueueArn"] ?? "" }],
    }),
  );

  const received = new Map<string, ReceivedEvent>();
  /** Takes what has arrived. An event that came twice counts once: its id is the same. */
  const drain = async (): Promise<readonly ReceivedEvent[]> => {
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
      );
      if (Messages.length === 0) return [...received.values()];
      for (const { Body = "" } of Messages) {
        onEvent(Body);
        const event = Envelope.parse(JSON.parse(Body));
        received.set(event.detail.metadata.id, event);
      }
      await sqs.send(
        new DeleteMessageBatchCommand({
          QueueUrl,
          Entries: Messages.map(({ ReceiptHandle }, index) => ({
            Id: String(index),
            ReceiptHandle,
          })),
        }),
      );
    }
  };
  return { drain };
}

export type DownstreamTeam = Awaited<ReturnType<typeof collectEvents>>;
