import * as z from "zod/mini";
import type { WireRequest } from "../http.ts";
import type { FunctionDefinition, RegisteredFunction } from "./definition.ts";
import { invalidParameter, parsed } from "./operation.ts";

/** Functions of other runtimes than Node.js are kept and shown, and refused when they are invoked. */
const RUNTIMES = /^(nodejs|python|java|dotnet|dotnetcore|ruby|go|provided)[\w.]*$/;

/** Source: Lambda API reference, CreateFunction and UpdateFunctionConfiguration. */
export const Settings = {
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
  DeadLetterConfig: z.object({ TargetArn: z._default(z.string(), "") }),
  EphemeralStorage: z.object({ Size: z.int().check(z.minimum(512), z.maximum(10_240)) }),
  KMSKeyArn: z.string(),
  LoggingConfig: z.object({
    LogFormat: z.optional(z.enum(["JSON", "Text"])),
    ApplicationLogLevel: z.optional(z.string()),
    SystemLogLevel: z.optional(z.string()),
    LogGroup: z.optional(z.string().check(z.regex(/^[.\-_/#A-Za-z0-9]{1,512}$/))),
  }),
  TracingConfig: z.object({ Mode: z.enum(["Active", "PassThrough"]) }),
  VpcConfig: z.object({
    SubnetIds: z._default(z.array(z.string()).check(z.maxLength(16)), []),
    SecurityGroupIds: z._default(z.array(z.string()).check(z.maxLength(5)), []),
    Ipv6AllowedForDualStack: z._default(z.boolean(), false),
  }),
};
const Changes = z.partial(z.object(Settings));
export type SettingChanges = z.infer<typeof Changes>;

/** What nothing comes of here: a function that needs it would not be the one that was asked for. */
const UNPLAYED = [
  "CapacityProviderConfig",
  "CodeSigningConfigArn",
  "DurableConfig",
  "FileSystemConfigs",
  "ImageConfig",
  "Layers",
  "PublishTo",
  "TenancyConfig",
];

/** Refuses what is not played rather than leaving it out. @throws AwsError */
export function playable(request: WireRequest): void {
  const input = parsed(z.looseObject({}), request);
  const unplayed = UNPLAYED.find((name) => Object.keys(Object(input[name])).length > 0);
  if (unplayed !== undefined) throw invalidParameter(`${unplayed} is not played.`);
  if (input["Publish"] === true) {
    throw invalidParameter("Publish is not played: $LATEST is the only version.");
  }
  if (Object(input["SnapStart"]).ApplyOn === "PublishedVersions") {
    throw invalidParameter("SnapStart is not played.");
  }
  const { S3Bucket, ImageUri } = Object({ ...input, ...Object(input["Code"]) });
  if (input["PackageType"] === "Image" || S3Bucket !== undefined || ImageUri !== undefined) {
    throw invalidParameter("Only code in ZipFile is played.");
  }
}

/** What becomes of a function by settings; those that are not given stay. @throws AwsError */
export function withSettings(
  before: FunctionDefinition,
  input: SettingChanges,
): Partial<FunctionDefinition> {
  const { Runtime: runtime, DeadLetterConfig: dead } = input;
  if (runtime !== undefined && !RUNTIMES.test(runtime)) {
    throw invalidParameter(
      `Value ${runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set`,
    );
  }
  if (dead && !/^(arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[\w-]+)?$/.test(dead.TargetArn)) {
    throw invalidParameter(`Only standard queues get dead letters here, not ${dead.TargetArn}`);
  }
  const { EphemeralStorage, KMSKeyArn, LoggingConfig, TracingConfig, VpcConfig } = input;
  const given = { EphemeralStorage, KMSKeyArn, LoggingConfig, TracingConfig, VpcConfig };
  return {
    handler: input.Handler ?? before.handler,
    timeoutSeconds: input.Timeout ?? before.timeoutSeconds,
    memoryMb: input.MemorySize ?? before.memoryMb,
    environment: input.Environment?.Variables ?? before.environment,
    ...(dead && { deadLetterArn: dead.TargetArn === "" ? undefined : dead.TargetArn }),
    shown: {
      ...before.shown,
      ...(runtime !== undefined && { runtime }),
      ...(input.Role !== undefined && { role: input.Role }),
      ...(input.Description !== undefined && { description: input.Description }),
      settings: { ...before.shown?.settings, ...whole(given) },
    },
  };
}

/** The settings that the API shows and nothing else comes of. Source: LocalStack's tests/aws/services/lambda_, recorded on AWS. */
export function shownSettings({ name, shown, deadLetterArn }: RegisteredFunction): object {
  const { LoggingConfig, ...settings } = shown?.settings ?? {};
  const logging: { LogFormat?: string } = { LogFormat: "Text", ...Object(LoggingConfig) };
  const levels = { ApplicationLogLevel: "INFO", SystemLogLevel: "INFO" };
  return {
    EphemeralStorage: { Size: 512 },
    SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
    TracingConfig: { Mode: "PassThrough" },
    ...settings,
    LoggingConfig: {
      ...(logging.LogFormat === "JSON" && levels),
      LogGroup: `/aws/lambda/${name}`,
      ...logging,
    },
    ...(deadLetterArn !== undefined && { DeadLetterConfig: { TargetArn: deadLetterArn } }),
  };
}

function whole(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
