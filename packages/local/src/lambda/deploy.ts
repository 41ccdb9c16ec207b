import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import * as z from "zod/mini";
import type { WireRequest } from "../http.ts";
import { AwsError } from "../service.ts";
import type { LambdaHost, RegisteredFunction } from "./host.ts";

/** What Lambda's Node runtimes bring along: the AWS SDK, here that of this repository. */
const RUNTIME_MODULES = fileURLToPath(new URL("../../../../node_modules", import.meta.url));

/** Source: Lambda API reference, CreateFunction: defaults of 3 seconds and 128 MB. Only zip files are played. */
const CreateFunction = z.object({
  FunctionName: z.string().check(z.regex(/^[\w-]{1,64}$/)),
  Runtime: z.string().check(z.startsWith("nodejs")),
  Role: z.string().check(z.regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/)),
  // Source: Lambda API reference, CreateFunction: no spaces. A file outside the zip file is none of it.
  Handler: z.string().check(z.regex(/^(?!\/|.*\.\.)\S{1,128}$/)),
  Code: z.object({ ZipFile: z.string().check(z.minLength(1)) }),
  Timeout: z._default(z.int().check(z.minimum(1), z.maximum(900)), 3),
  MemorySize: z._default(z.int().check(z.minimum(128), z.maximum(10_240)), 128),
  Environment: z.optional(
    z.object({ Variables: z._default(z.record(z.string(), z.string()), {}) }),
  ),
});

/** Takes the code of a function as its owner uploads it. @throws AwsError */
export function createFunction(host: LambdaHost, request: WireRequest): RegisteredFunction {
  const input = parsed(CreateFunction, request);
  const { region } = request;
  const named = (one: RegisteredFunction) => one.name === input.FunctionName;
  if (host.functions(region).some(named)) {
    const message = `Function already exist: ${input.FunctionName}`;
    throw new AwsError("ResourceConflictException", message, 409);
  }
  host.register({
    name: input.FunctionName,
    region,
    handler: input.Handler,
    root: unpacked(host, input.Code.ZipFile),
    nodePaths: [RUNTIME_MODULES],
    timeoutSeconds: input.Timeout,
    memoryMb: input.MemorySize,
    environment: input.Environment?.Variables ?? {},
  });
  const created = host.functions(region).find(named);
  if (created) return created;
  throw new Error(`function ${input.FunctionName} was not registered`);
}

function unpacked(host: LambdaHost, zipFile: string): string {
  try {
    return host.unpack(Buffer.from(zipFile, "base64"));
  } catch {
    // Which part of the file is wrong, Lambda does not say either.
    throw new AwsError(
      "InvalidParameterValueException",
      "Could not unzip uploaded file. Please check your file, then try to upload again.",
    );
  }
}

/** Source: Lambda API reference, CreateEventSourceMapping. Only queues are played. */
const CreateEventSourceMapping = z.object({
  EventSourceArn: z.string().check(z.regex(/^arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[\w.-]+$/)),
  FunctionName: z.string(),
  // More than ten messages need a batching window, which is not played.
  BatchSize: z._default(z.int().check(z.minimum(1), z.maximum(10)), 10),
  FunctionResponseTypes: z._default(z.array(z.literal("ReportBatchItemFailures")), []),
  ScalingConfig: z.optional(
    z.object({ MaximumConcurrency: z.optional(z.int().check(z.minimum(2))) }),
  ),
});

/** A mapping that came by API, as the API shows it, and how it is ended. */
export interface Mapping {
  readonly shown: {
    readonly UUID: string;
    readonly EventSourceArn: string;
    readonly FunctionArn: string;
  };
  readonly region: string;
  readonly end: () => void;
}

/** Lets a function get a queue's messages. @throws AwsError */
export function createMapping(
  host: LambdaHost,
  request: WireRequest,
  functionNamed: (name: string) => RegisteredFunction,
): Mapping {
  const input = parsed(CreateEventSourceMapping, request);
  const { arn } = functionNamed(input.FunctionName);
  const maximumConcurrency = input.ScalingConfig?.MaximumConcurrency;
  const end = host.mapQueue({
    queueArn: input.EventSourceArn,
    functionArn: arn,
    batchSize: input.BatchSize,
    reportBatchItemFailures: input.FunctionResponseTypes.length > 0,
    ...(maximumConcurrency !== undefined && { maximumConcurrency }),
  });
  const { FunctionName: _, ...settings } = input;
  return {
    shown: { ...settings, UUID: randomUUID(), FunctionArn: arn },
    region: request.region,
    end,
  };
}

function parsed<Output>(schema: z.ZodMiniType<Output>, { body }: WireRequest): Output {
  let input: unknown;
  try {
    input = JSON.parse(body.toString());
  } catch {
    throw new AwsError("InvalidRequestContentException", "Could not parse request body into json.");
  }
  const result = z.safeParse(schema, input);
  if (result.success) return result.data;
  const fields = result.error.issues.map(({ path }) => path.join("."));
  throw new AwsError("InvalidParameterValueException", `Not valid here: ${fields.join(", ")}`);
}
