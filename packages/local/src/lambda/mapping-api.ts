import * as z from "zod/mini";
import { ACCOUNT_ID, AwsError } from "../service.ts";
import type { LambdaHost } from "./host.ts";
import { type Mapping, sameEnds } from "./mappings.ts";
import {
  type Asked,
  functionCalled,
  invalidParameter,
  json,
  type Operation,
  paged,
  parsed,
  resourceNotFound,
} from "./operation.ts";

/** Source: Lambda API reference, CreateEventSourceMapping. Only queues are played. */
const Settings = {
  BatchSize: z.int().check(z.minimum(1), z.maximum(10_000)),
  Enabled: z.boolean(),
  FunctionResponseTypes: z.array(z.literal("ReportBatchItemFailures")).check(z.maxLength(1)),
  ScalingConfig: z.object({
    MaximumConcurrency: z.optional(z.int().check(z.minimum(2), z.maximum(1000))),
  }),
  MaximumBatchingWindowInSeconds: z.int().check(z.minimum(0), z.maximum(300)),
  FilterCriteria: z.object({ Filters: z.optional(z.array(z.unknown())) }),
};
const CreateEventSourceMapping = z.extend(z.partial(z.object(Settings)), {
  EventSourceArn: z.string(),
  StartingPosition: z.optional(z.enum(["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"])),
  FunctionName: z.string(),
});
const UpdateEventSourceMapping = z.extend(z.partial(z.object(Settings)), {
  FunctionName: z.optional(z.string()),
});

/** AWS's default for a queue, and the most without a batching window. */
const BATCH_SIZE = 10;
/** Source: Lambda API reference, ListEventSourceMappings. */
const MOST_LISTED = 100;

export function mappingOperations(host: LambdaHost): Record<string, Operation> {
  const { mappings } = host;
  const named = ({ request, name }: Asked): Mapping => {
    const found = mappings.get(name);
    if (found && regionOf(found) === request.region) return found;
    throw resourceNotFound();
  };
  return {
    CreateEventSourceMapping: async ({ request }) => {
      const input = parsed(CreateEventSourceMapping, request);
      playable(input);
      if (!/^arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[\w.-]+$/.test(input.EventSourceArn)) {
        throw invalidParameter(`Only queues are played, not ${input.EventSourceArn}`);
      }
      if (input.StartingPosition !== undefined) {
        throw invalidParameter("StartingPosition is not valid for SQS event sources.");
      }
      const { arn, name, timeoutSeconds } = functionCalled(
        host,
        request.region,
        input.FunctionName,
      );
      const ends = { queueArn: input.EventSourceArn, functionArn: arn };
      const visible = await host.visibilitySeconds(ends.queueArn);
      if (visible !== undefined && visible < timeoutSeconds) {
        throw invalidParameter(
          `Queue visibility timeout: ${visible} seconds is less than Function timeout: ${timeoutSeconds} seconds`,
        );
      }
      const taken = mappings.list().find((one) => sameEnds(one, ends));
      if (taken) {
        throw new AwsError(
          "ResourceConflictException",
          `An event source mapping with SQS arn (" ${ends.queueArn} ") and function (" ${name} ") already exists. Please update or delete the existing mapping with UUID ${taken.uuid}`,
          409,
        );
      }
      const made = mappings.add(
        {
          ...ends,
          batchSize: input.BatchSize ?? BATCH_SIZE,
          reportBatchItemFailures: (input.FunctionResponseTypes ?? []).length > 0,
          maximumConcurrency: input.ScalingConfig?.MaximumConcurrency,
        },
        input.Enabled ?? true,
      );
      return json(shown(made, "Creating"), 202);
    },
    GetEventSourceMapping: (asked) => json(shown(named(asked))),
    ListEventSourceMappings: ({ request }) => {
      const { query, region } = request;
      const [called, source] = [query.get("FunctionName"), query.get("EventSourceArn")];
      const arn = called === null ? undefined : functionCalled(host, region, called).arn;
      const found = mappings
        .list()
        .filter((one) => regionOf(one) === region)
        .filter(({ functionArn }) => arn === undefined || functionArn === arn)
        .filter(({ queueArn }) => source === null || queueArn === source);
      const { items, ...next } = paged(found, request, MOST_LISTED);
      return json({ EventSourceMappings: items.map((one) => shown(one)), ...next });
    },
    UpdateEventSourceMapping: (asked) => {
      const before = named(asked);
      const input = parsed(UpdateEventSourceMapping, asked.request);
      playable(input);
      const { FunctionName: name, ScalingConfig: scaling } = input;
      const responses = input.FunctionResponseTypes;
      const after = mappings.change(before.uuid, {
        ...(name !== undefined && {
          functionArn: functionCalled(host, asked.request.region, name).arn,
        }),
        ...(input.BatchSize !== undefined && { batchSize: input.BatchSize }),
        ...(input.Enabled !== undefined && { enabled: input.Enabled }),
        ...(responses && { reportBatchItemFailures: responses.length > 0 }),
        // Empty, it takes the limit away.
        ...(scaling && { maximumConcurrency: scaling.MaximumConcurrency }),
      });
      if (!after) throw resourceNotFound();
      return json(shown(after, underWay(before, after)), 202);
    },
    DeleteEventSourceMapping: (asked) => {
      const { uuid } = named(asked);
      const gone = mappings.remove(uuid);
      if (!gone) throw resourceNotFound();
      return json(shown(gone, "Deleting"), 202);
    },
  };
}

/** Refused rather than left out: a batching window, which batches of more than ten need, and filters. @throws AwsError */
function playable(input: z.infer<typeof UpdateEventSourceMapping>): void {
  const { BatchSize = 1, MaximumBatchingWindowInSeconds = 0, FilterCriteria } = input;
  if (MaximumBatchingWindowInSeconds > 0) {
    throw invalidParameter("MaximumBatchingWindowInSeconds is not played.");
  }
  if (BatchSize > BATCH_SIZE) {
    throw invalidParameter(
      "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
    );
  }
  if (FilterCriteria?.Filters?.length) throw invalidParameter("FilterCriteria are not played.");
}

function underWay(before: Mapping, after: Mapping): string {
  if (before.enabled === after.enabled) return "Updating";
  return after.enabled ? "Enabling" : "Disabling";
}

function regionOf({ functionArn }: Mapping): string {
  return functionArn.split(":")[3] ?? "";
}

/** Source: Lambda API reference, EventSourceMappingConfiguration. */
function shown(mapping: Mapping, state = mapping.enabled ? "Enabled" : "Disabled"): object {
  const { uuid, maximumConcurrency } = mapping;
  return {
    UUID: uuid,
    EventSourceMappingArn: `arn:aws:lambda:${regionOf(mapping)}:${ACCOUNT_ID}:event-source-mapping:${uuid}`,
    EventSourceArn: mapping.queueArn,
    FunctionArn: mapping.functionArn,
    BatchSize: mapping.batchSize,
    MaximumBatchingWindowInSeconds: 0,
    FunctionResponseTypes: mapping.reportBatchItemFailures ? ["ReportBatchItemFailures"] : [],
    ...(maximumConcurrency !== undefined && {
      ScalingConfig: { MaximumConcurrency: maximumConcurrency },
    }),
    LastModified: mapping.modifiedAtEpochMs / 1000,
    State: state,
    StateTransitionReason: "USER_INITIATED",
  };
}
