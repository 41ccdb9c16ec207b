import { EVENT_SOURCE, type EventDefinition } from "./define.ts";
import {
  checkEvent,
  oneFor,
  type ReceivedEvent,
  readEnvelope,
  type UncheckedEvent,
} from "./parse.ts";

/** What to do with one kind of event. Made by `on`. */
export interface Reaction {
  readonly definition: EventDefinition;
  /** @throws EventFormatError its detail does not match the definition */
  react(event: UncheckedEvent): Promise<void>;
}

/** Says what to do with one kind of event. It may come more than once: `metadata.id` is then the same. */
export function on<Name extends string, Data>(
  definition: EventDefinition<Name, Data>,
  handle: (event: ReceivedEvent<Name, Data>) => Promise<void>,
): Reaction {
  return { definition, react: async (event) => handle(checkEvent(definition, event)) };
}

/** What SQS hands to Lambda, as far as it is looked at. */
export interface QueueBatch {
  readonly Records: readonly { readonly messageId: string; readonly body: string }[];
}

/** The mapping of the queue needs `ReportBatchItemFailures`, or a failed message counts as handled. */
export interface QueueBatchResponse {
  readonly batchItemFailures: { readonly itemIdentifier: string }[];
}

/**
 * A Lambda handler for a function that is itself the target of a rule. It rejects what fails, so that
 * Lambda tries again, and an event that no reaction is for: the rule lets through more than it should.
 */
export function eventHandler(...reactions: readonly Reaction[]): (event: unknown) => Promise<void> {
  return (event) => react(reactions, event);
}

/**
 * A Lambda handler for a function on a queue. Each message stands for itself: one that fails is logged
 * and received again, until the queue's redrive policy takes it to the dead-letter queue.
 */
export function queueHandler(
  ...reactions: readonly Reaction[]
): (batch: QueueBatch) => Promise<QueueBatchResponse> {
  return async ({ Records }) => {
    const failures = await Promise.all(
      Records.map(async ({ messageId, body }) => {
        try {
          await react(reactions, body);
          return [];
        } catch (error) {
          // biome-ignore lint/suspicious/noConsole: a function's log, as Lambda logs what it is thrown
          console.error("event not handled", { messageId, error });
          return [{ itemIdentifier: messageId }];
        }
      }),
    );
    return { batchItemFailures: failures.flat() };
  };
}

async function react(reactions: readonly Reaction[], raw: unknown): Promise<void> {
  const event = readEnvelope(raw);
  await oneFor(event, reactions, ({ definition }) => definition).react(event);
}

/** The pattern of a rule that lets through just these events. */
export function eventPattern(...definitions: readonly EventDefinition[]): {
  readonly source: string[];
  readonly "detail-type": string[];
} {
  return { source: [EVENT_SOURCE], "detail-type": definitions.map(({ name }) => name) };
}
