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
  paged,
  parsed,
} from "./operation.ts";
import { playable, Settings, shownSettings, withSettings } from "./settings.ts";
import { tagsInBounds } from "./tags.ts";
import { CodeSizeError, MOST_UNZIPPED_BYTES } from "./uploads.ts";

/** Source: Lambda DG, "Lambda quotas": an account's concurrent executions, and those that nobody may reserve. */
const MOST_CONCURRENT = 1000;
const LEAST_UNRESERVED = 100;

/** Source: Lambda API reference, ListFunctions, ListVersionsByFunction. */
const MOST_LISTED = 50;

/** What a new function is without settings. */
const NEW = { timeoutSeconds: 3, memoryMb: 128, environment: {} };

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

const Architectures = z.array(z.enum(["x86_64", "arm64"])).check(z.length(1));

/** Defaults of 3 seconds and 128 MB. */
const CreateFunction = z.extend(z.partial(z.object(Settings)), {
  Role: Settings.Role,
  FunctionName: z.string().check(z.regex(/^[\w-]{1,64}$/)),
  Code: z.object({ ZipFile: z.string().check(z.minLength(1)) }),
  Architectures: z._default(Architectures, ["x86_64"]),
  Tags: z._default(z.record(z.string(), z.string()), {}),
});

const UpdateFunctionConfiguration = z.extend(z.partial(z.object(Settings)), {
  RevisionId: z.optional(z.string()),
});

/** Source: Lambda API reference, UpdateFunctionCode. */
const UpdateFunctionCode = z.object({
  ZipFile: z.string().check(z.minLength(1)),
  Architectures: z.optional(Architectures),
  DryRun: z._default(z.boolean(), false),
  RevisionId: z.optional(z.string()),
});

/** Source: Lambda API reference, PutFunctionConcurrency. */
const PutFunctionConcurrency = z.object({
  ReservedConcurrentExecutions: z.int().check(z.minimum(0)),
});

export function functionOperations(host: LambdaHost): Record<string, Operation> {
  const named = (asked: Asked) => functionAsked(host, asked);
  return {
    ListFunctions: ({ request }) => {
      const { items, ...next } = paged(host.functions(request.region), request, MOST_LISTED);
      return json({ Functions: items.map(configuration), ...next });
    },
    ListVersionsByFunction: (asked) => {
      const { items, ...next } = paged([named(asked)], asked.request, MOST_LISTED);
      return json({ Versions: items.map(configuration), ...next });
    },
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
      playable(request);
      const input = parsed(CreateFunction, request);
      const { FunctionName: name, Architectures: architectures, Handler: handler } = input;
      if (input.Runtime === undefined || handler === undefined) throw incomplete();
      if (host.functions(request.region).some((one) => one.name === name)) {
        throw new AwsError("ResourceConflictException", `Function already exist: ${name}`, 409);
      }
      tagsInBounds(input.Tags);
      const bare = {
        ...NEW,
        name,
        region: request.region,
        handler,
        tags: input.Tags,
      };
      const code = unpacked(host, input.Code.ZipFile);
      const shown = { ...code.shown, architectures };
      const definition = { ...bare, ...code, shown };
      const arn = host.register({ ...definition, ...withSettings(definition, input) });
      const created = configuration(functionCalled(host, request.region, arn));
      return json({ ...created, ...PENDING }, 201);
    },
    UpdateFunctionConfiguration: (asked) => {
      const found = named(asked);
      playable(asked.request);
      const input = parsed(UpdateFunctionConfiguration, asked.request);
      atRevision(found, input.RevisionId);
      const changed = host.change(found.arn, withSettings(found, input));
      return json({ ...configuration(changed), ...UPDATING });
    },
    UpdateFunctionCode: (asked) => {
      const found = named(asked);
      playable(asked.request);
      const input = parsed(UpdateFunctionCode, asked.request);
      atRevision(found, input.RevisionId);
      const code = unpacked(host, input.ZipFile);
      const architectures = input.Architectures && { architectures: input.Architectures };
      const shown = { ...found.shown, ...code.shown, ...architectures };
      if (input.DryRun) return json(configuration({ ...found, shown }));
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
  } catch (error) {
    if (error instanceof CodeSizeError) {
      throw invalidParameter(`Unzipped size must be smaller than ${MOST_UNZIPPED_BYTES} bytes`);
    }
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
    ...shownSettings(found),
    ...(Object.keys(found.environment).length > 0 && {
      Environment: { Variables: found.environment },
    }),
  };
}

/** In AWS's words, as CloudFormation repeats them. */
function incomplete(): AwsError {
  return invalidParameter(
    "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
  );
}
