import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { derivedId } from "@carryover/core/kernel/ids";
import type { TestStage } from "./stage.ts";

/** Says something on the hub as one of the services would. The same thing has the same id. */
export async function put(
  { clients, stage, target }: TestStage,
  event: { name: string; data: object },
): Promise<void> {
  const metadata = {
    id: derivedId(event.name, JSON.stringify(event.data)),
    version: 1,
    occurredAt: "2026-11-22T12:00:00.000Z",
    correlationId: "test",
    stage: "local",
    region: target.region,
  };
  const { FailedEntryCount } = await clients.events.send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: stage.ready.busName,
          Source: "carryover",
          DetailType: event.name,
          Detail: JSON.stringify({ metadata, data: event.data }),
        },
      ],
    }),
  );
  if (FailedEntryCount) throw new Error(`the bus refused ${event.name}`);
}

/** How many messages a queue holds, those that somebody works on included. */
export async function depthOf({ clients, stage }: TestStage, queue: string): Promise<number> {
  const { Attributes } = await clients.sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: stage.ready.queues[queue],
      AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    }),
  );
  return (
    Number(Attributes?.["ApproximateNumberOfMessages"]) +
    Number(Attributes?.["ApproximateNumberOfMessagesNotVisible"])
  );
}
