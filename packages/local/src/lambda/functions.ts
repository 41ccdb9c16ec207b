import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { AwsError } from "../service.ts";
import { type FunctionDefinition, type RegisteredFunction, runtimeOf } from "./definition.ts";
import type { LambdaHost } from "./host.ts";
import {
  type Asked,
  atRevision,
  functionAsked,
  functionCalled,
  invalidParameter,
  json,
  type Operation,
  parsed,
} from "./operation.ts";
import { tagsInBounds } from "./tags.ts";

/** Source: Lambda DG, "Lambda quotas": an account's concurrent executions, and those that nobody may reserve. */
const MOST_CONCURRENT = 1000;
const LEAST_UNRESERVED = 100;

/** Functions of other runtimes than Node.js are kept and shown, and refused when they are invoked. */
const RUNTIMES = /^(nodejs|python|java|dotnet|dotnetcore|ruby|go|provided)[\w.]*$/;

/** A new function is at first, and one that has changed. Source: Lambda DG, "Lambda function states". */
const PENDING = {
  State: "Pending",
  StateReason: "The function is being created.",
  StateReasonCode: "Creating",
  LastUpdateStatus: undefined,
};
const UPDATING = {
  LastUpdateStatus: "InProgress",
  LastUpdateStatusReason: "The function is being created.",
  LastUpdateStatusReasonCode: "Creating",
};

/** Source: Lambda API reference, CreateFunction and UpdateFunctionConfiguration. */
const Settings = {
  Runtime: z.string(),
  Role: z
    .string()
    .check(z.regex(/^arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role\/?[a-zA-Z_0-9+=,.@\-_/]+$/)),
  // No spaces. A file outside the zip file is none of it.
  Handler: z.string().check(z.regex(/^(?!\/|.*\.\.)\S{1,128}$/)),
  Description: z.string().check(z.maxLength(256)),
  Timeout: z.int().check(z.minimum(1), z.maximum(900)),
  MemorySize: z.int().check(z.minimum(128), z.maximum(10_240)),
  Environment: z.object({ Variables: z._default(z.record(z.string(), z.string()), {}) }),
};
const Architectures = z.array(z.enum(["x86_64", "arm64"])).check(z.length(1));

/** Defaults of 3 seconds and 128 MB. Only zip files are played. */
const CreateFunction = z.object({
  ...Settings,
  FunctionName: z.string().check(z.regex(/^[\w-]{1,64}$/)),
  Code: z.object({ ZipFile: z.string().check(z.minLength(1)) }),
  Description: z._default(Settings.Description, ""),
  Timeout: z._default(Settings.Timeout, 3),
  MemorySize: z._default(Settings.MemorySize, 128),
  Environment: z.optional(Settings.Environment),
  Architectures: z._default(Architectures, ["x86_64"]),
  Tags: z._default(z.record(z.string(), z.string()), {}),
});

const UpdateFunctionConfiguration = z.partial(z.object({ ...Settings, RevisionId: z.string() }));

/** Source: Lambda API reference, UpdateFunctionCode. A dry run is not played. */
const UpdateFunctionCode = z.object({
  ZipFile: z.string().check(z.minLength(1)),
  Architectures: z.optional(Architectures),
  DryRun: z.optional(z.literal(false)),
  RevisionId: z.optional(z.string()),
});

/** Source: Lambda API reference, PutFunctionConcurrency. */
const PutFunctionConcurrency = z.object({
  ReservedConcurrentExecutions: z.int().check(z.minimum(0)),
});

export function functionOperations(host: LambdaHost): Record<string, Operation> {
  const named = (asked: Asked) => functionAsked(host, asked);
  return {
    ListFunctions: ({ request }) =>
      json({ Functions: host.functions(request.region).map(configuration) }),
    GetFunction: (asked) => {
      const found = named(asked);
      const { tags = {}, reservedConcurrency } = found;
      return json({
        Configuration: configuration(found),
        ...(Object.keys(tags).length > 0 && { Tags: tags }),
        ...(reservedConcurrency !== undefined && { Concurrency: concurrency(found) }),
      });
    },
    GetFunctionConfiguration: (asked) => json(configuration(named(asked))),
    CreateFunction: ({ request }) => {
      const input = parsed(CreateFunction, request);
      const { FunctionName: name, Architectures: architectures } = input;
      known(input.Runtime);
      if (host.functions(request.region).some((one) => one.name === name)) {
        throw new AwsError("ResourceConflictException", `Function already exist: ${name}`, 409);
      }
      tagsInBounds(input.Tags);
      const code = unpacked(host, input.Code.ZipFile);
      const arn = host.register({
        name,
        region: request.region,
        handler: input.Handler,
        ...code,
        timeoutSeconds: input.Timeout,
        memoryMb: input.MemorySize,
        environment: input.Environment?.Variables ?? {},
        tags: input.Tags,
        shown: {
          ...code.shown,
          runtime: input.Runtime,
          role: input.Role,
          description: input.Description,
          architectures,
        },
      });
      const created = configuration(functionCalled(host, request.region, arn));
      return json({ ...created, ...PENDING }, 201);
    },
    UpdateFunctionConfiguration: (asked) => {
      const found = named(asked);
      const input = parsed(UpdateFunctionConfiguration, asked.request);
      if (input.Runtime !== undefined) known(input.Runtime);
      atRevision(found, input.RevisionId);
      const changed = host.change(found.arn, {
        handler: input.Handler ?? found.handler,
        timeoutSeconds: input.Timeout ?? found.timeoutSeconds,
        memoryMb: input.MemorySize ?? found.memoryMb,
        environment: input.Environment?.Variables ?? found.environment,
        shown: {
          ...found.shown,
          ...(input.Runtime !== undefined && { runtime: input.Runtime }),
          ...(input.Role !== undefined && { role: input.Role }),
          ...(input.Description !== undefined && { description: input.Description }),
        },
      });
      return json({ ...configuration(changed), ...UPDATING });
    },
    UpdateFunctionCode: (asked) => {
      const found = named(asked);
      const input = parsed(UpdateFunctionCode, asked.request);
      atRevision(found, input.RevisionId);
      const code = unpacked(host, input.ZipFile);
      const architectures = input.Architectures && { architectures: input.Architectures };
      const shown = { ...found.shown, ...code.shown, ...architectures };
      const changed = configuration(host.change(found.arn, { ...code, shown }));
      return json({ ...changed, ...UPDATING });
    },
    DeleteFunction: async (asked) => {
      await host.remove(named(asked).arn);
      return { status: 204 };
    },
    PutFunctionConcurrency: (asked) => {
      const found = named(asked);
      const { ReservedConcurrentExecutions: wanted } = parsed(
        PutFunctionConcurrency,
        asked.request,
      );
      const reserved = host
        .functions(found.region)
        .filter(({ arn }) => arn !== found.arn)
        .reduce((sum, { reservedConcurrency = 0 }) => sum + reservedConcurrency, wanted);
      if (reserved > MOST_CONCURRENT - LEAST_UNRESERVED) {
        throw invalidParameter(
          `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${LEAST_UNRESERVED}].`,
        );
      }
      return json(concurrency(host.change(found.arn, { reservedConcurrency: wanted })));
    },
    GetFunctionConcurrency: (asked) => json(concurrency(named(asked))),
    DeleteFunctionConcurrency: (asked) => {
      host.change(named(asked).arn, { reservedConcurrency: undefined });
      return { status: 204 };
    },
  };
}

/** @throws AwsError */
function known(runtime: string): void {
  if (RUNTIMES.test(runtime)) return;
  throw invalidParameter(
    `Value ${runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set`,
  );
}

function concurrency({ reservedConcurrency }: RegisteredFunction): object {
  return { ReservedConcurrentExecutions: reservedConcurrency };
}

/** @throws AwsError */
function unpacked(
  host: LambdaHost,
  zipFile: string,
): ReturnType<LambdaHost["unpack"]> & Pick<FunctionDefinition, "shown"> {
  const zip = Buffer.from(zipFile, "base64");
  const codeSha256 = createHash("sha256").update(zip).digest("base64");
  try {
    return { ...host.unpack(zip), shown: { codeSha256, codeBytes: zip.length } };
  } catch {
    // Which part of the file is wrong, Lambda does not say either.
    throw invalidParameter(
      "Could not unzip uploaded file. Please check your file, then try to upload again.",
    );
  }
}

/** As the API shows a function. What is not known of one that the stage wired is left out. */
function configuration(found: RegisteredFunction): object {
  const { shown = {} } = found;
  return {
    FunctionName: found.name,
    FunctionArn: found.arn,
    Runtime: runtimeOf(found),
    Role: shown.role,
    Handler: found.handler,
    CodeSize: shown.codeBytes,
    CodeSha256: shown.codeSha256,
    Description: shown.description ?? "",
    Timeout: found.timeoutSeconds,
    MemorySize: found.memoryMb,
    // Lambda writes +0000 for the zone. Source: Lambda API reference, FunctionConfiguration.
    LastModified: new Date(found.modifiedAtEpochMs).toISOString().replace("Z", "+0000"),
    RevisionId: found.revisionId,
    Version: "$LATEST",
    State: "Active",
    LastUpdateStatus: "Successful",
    PackageType: "Zip",
    Architectures: shown.architectures ?? ["arm64"],
    ...(Object.keys(found.environment).length > 0 && {
      Environment: { Variables: found.environment },
    }),
  };
}
