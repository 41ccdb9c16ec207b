import * as z from "zod/mini";
import { PatternError } from "../eventbridge/pattern-error.ts";
import { ACCOUNT_ID, AwsError } from "../service.ts";
import type { LambdaHost } from "./host.ts";
import { type Mapping, sameEnds } from "./mappings.ts";
import { messageFilter } from "./message-filter.ts";
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
import type { QueueMapping } from "./queue-mapping.ts";
import { tagsInBounds } from "./tags.ts";

/** Source: Lambda API reference, CreateEventSourceMapping. Only queues are played. */
const Settings = {
  BatchSize: z.int().check(z.minimum(1), z.maximum(10_000)),
  Enabled: z.boolean(),
  FunctionResponseTypes: z.array(z.literal("ReportBatchItemFailures")).check(z.maxLength(1)),
  ScalingConfig: z.object({
    MaximumConcurrency: z.optional(z.int().check(z.minimum(2), z.maximum(1000))),
  }),
  MaximumBatchingWindowInSeconds: z.int().check(z.minimum(0), z.maximum(300)),
  FilterCriteria: z.object({
    Filters: z.optional(z.array(z.object({ Pattern: z.optional(z.string()) }))),
  }),
};
const CreateEventSourceMapping = z.extend(z.partial(z.object(Settings)), {
  EventSourceArn: z.string(),
  StartingPosition: z.optional(z.enum(["LATEST", "AT_TIMESTAMP", "TRIM_HORIZON"])),
  FunctionName: z.string(),
  Tags: z._default(z.record(z.string(), z.string()), {}),
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
      if (ends.queueArn.split(":")[3] !== request.region) {
        // In AWS's words: pmuens/serverless-kinesis-streams#1.
        throw invalidParameter(`Event source region must match Lambda region ${request.region}.`);
      }
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
      const asked = {
        ...ends,
        batchSize: input.BatchSize ?? BATCH_SIZE,
        windowSeconds: input.MaximumBatchingWindowInSeconds ?? 0,
        filters: patternsOf(input.FilterCriteria),
        reportBatchItemFailures: (input.FunctionResponseTypes ?? []).length > 0,
        maximumConcurrency: input.ScalingConfig?.MaximumConcurrency,
      };
      check(asked);
      tagsInBounds(input.Tags);
      const made = mappings.add(asked, { enabled: input.Enabled ?? true, tags: input.Tags });
      return json(shown(made, made.enabled ? "Creating" : "Disabled"), 202);
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
      const { FunctionName: name, ScalingConfig: scaling, FilterCriteria: filtering } = input;
      const responses = input.FunctionResponseTypes;
      const windowSeconds = input.MaximumBatchingWindowInSeconds;
      const changes = {
        ...(name !== undefined && {
          functionArn: functionCalled(host, asked.request.region, name).arn,
        }),
        ...(input.BatchSize !== undefined && { batchSize: input.BatchSize }),
        ...(windowSeconds !== undefined && { windowSeconds }),
        ...(filtering && { filters: patternsOf(filtering) }),
        ...(input.Enabled !== undefined && { enabled: input.Enabled }),
        ...(responses && { reportBatchItemFailures: responses.length > 0 }),
        // Empty, it takes the limit away.
        ...(scaling && { maximumConcurrency: scaling.MaximumConcurrency }),
      };
      check({ ...before, ...changes });
      const after = mappings.change(before.uuid, changes);
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

/**
 * The first and last in AWS's words: LocalStack's test_lambda_integration_sqs.py, recorded there. The second is the Lambda
 * DG's, "Creating an SQS event source mapping". @throws AwsError
 */
function check({ queueArn, batchSize, windowSeconds = 0, filters = [] }: QueueMapping): void {
  if (batchSize > BATCH_SIZE && windowSeconds === 0) {
    throw invalidParameter(
      "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
    );
  }
  if (windowSeconds > 0 && queueArn.endsWith(".fifo")) {
    throw invalidParameter("Batching window is not supported for FIFO queues");
  }
  try {
    messageFilter(filters);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw invalidParameter("Invalid filter pattern definition.");
  }
}

function patternsOf(
  criteria: z.infer<typeof UpdateEventSourceMapping>["FilterCriteria"],
): readonly string[] {
  return (criteria?.Filters ?? []).map(({ Pattern = "" }) => Pattern);
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
  const { uuid, maximumConcurrency, filters = [] } = mapping;
  return {
    UUID: uuid,
    EventSourceMappingArn: `arn:aws:lambda:${regionOf(mapping)}:${ACCOUNT_ID}:event-source-mapping:${uuid}`,
    EventSourceArn: mapping.queueArn,
    FunctionArn: mapping.functionArn,
    BatchSize: mapping.batchSize,
    MaximumBatchingWindowInSeconds: mapping.windowSeconds ?? 0,
    ...(filters.length > 0 && {
      FilterCriteria: { Filters: filters.map((Pattern) => ({ Pattern })) },
    }),
    FunctionResponseTypes: mapping.reportBatchItemFailures ? ["ReportBatchItemFailures"] : [],
    ...(maximumConcurrency !== undefined && {
      ScalingConfig: { MaximumConcurrency: maximumConcurrency },
    }),
    LastModified: mapping.modifiedAtEpochMs / 1000,
    State: state,
    StateTransitionReason: "USER_INITIATED",
  };
}
