import * as z from "zod/mini";
import { ACCOUNT_ID, AwsError } from "../service.ts";
import type { Asynchronous } from "./asynchronous.ts";
import type { RegisteredFunction } from "./definition.ts";
import type { LambdaHost } from "./host.ts";
import {
  type Asked,
  functionAsked,
  invalidParameter,
  json,
  LATEST,
  type Operation,
  paged,
  parsed,
} from "./operation.ts";

const Destination = z.object({
  Destination: z.optional(
    z
      .string()
      .check(
        z.regex(
          /^$|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9-])+:([a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)/,
        ),
      ),
  ),
});

/** Source: Lambda API reference, PutFunctionEventInvokeConfig. */
const Config = z.object({
  MaximumRetryAttempts: z.optional(z.int().check(z.minimum(0), z.maximum(2))),
  MaximumEventAgeInSeconds: z.optional(z.int().check(z.minimum(60), z.maximum(21_600))),
  DestinationConfig: z.optional(
    z.object({ OnSuccess: z.optional(Destination), OnFailure: z.optional(Destination) }),
  ),
});
type Config = z.infer<typeof Config>;

/** Source: Lambda API reference, ListFunctionEventInvokeConfigs. */
const MOST_LISTED = 50;

/**
 * How functions are invoked asynchronously. Of versions and aliases there is nothing but `$LATEST`.
 * The words are AWS's: LocalStack's test_lambda_eventinvokeconfig_exceptions was validated there.
 */
export function asynchronousOperations(host: LambdaHost): Record<string, Operation> {
  const named = (asked: Asked): RegisteredFunction => {
    try {
      return functionAsked(host, asked);
    } catch (error) {
      if (!(error instanceof AwsError) || error.type !== "ResourceNotFoundException") throw error;
      throw new AwsError(error.type, "The function doesn't exist.", 404);
    }
  };
  const configured = (asked: Asked): RegisteredFunction & { asynchronous: Asynchronous } => {
    const { request, name } = asked;
    const qualifier = request.query.get("Qualifier") ?? LATEST;
    let arn = name.startsWith("arn:")
      ? name
      : `arn:aws:lambda:${request.region}:${ACCOUNT_ID}:function:${name}`;
    try {
      const found = functionAsked(host, asked);
      if (found.asynchronous) return { ...found, asynchronous: found.asynchronous };
      arn = found.arn;
    } catch (error) {
      if (!(error instanceof AwsError) || error.type !== "ResourceNotFoundException") throw error;
    }
    const message = `The function ${arn}:${qualifier} doesn't have an EventInvokeConfig`;
    throw new AwsError("ResourceNotFoundException", message, 404);
  };
  const set = (found: RegisteredFunction, input: Config, before: Partial<Asynchronous> = {}) => {
    const { OnSuccess, OnFailure } = input.DestinationConfig ?? {};
    for (const one of [OnSuccess, OnFailure])
      checkDestination(host, found, one?.Destination, input);
    const given = {
      retries: input.MaximumRetryAttempts,
      maxAgeSeconds: input.MaximumEventAgeInSeconds,
      ...(input.DestinationConfig && {
        onSuccess: OnSuccess?.Destination || undefined,
        onFailure: OnFailure?.Destination || undefined,
      }),
    };
    const asynchronous = {
      ...before,
      ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
      modifiedAtEpochMs: host.now(),
    };
    return json(shown(host.change(found.arn, { asynchronous })));
  };
  return {
    PutFunctionEventInvokeConfig: (asked) => {
      const input = asksSomething(parsed(Config, asked.request));
      return set(named(asked), input);
    },
    UpdateFunctionEventInvokeConfig: (asked) => {
      const input = asksSomething(parsed(Config, asked.request));
      named(asked);
      const found = configured(asked);
      return set(found, input, found.asynchronous);
    },
    GetFunctionEventInvokeConfig: (asked) => json(shown(configured(asked))),
    DeleteFunctionEventInvokeConfig: (asked) => {
      host.change(configured(asked).arn, { asynchronous: undefined });
      return { status: 204 };
    },
    ListFunctionEventInvokeConfigs: (asked) => {
      const found = named(asked);
      const { items, ...next } = paged(
        found.asynchronous ? [found] : [],
        asked.request,
        MOST_LISTED,
      );
      return json({ FunctionEventInvokeConfigs: items.map(shown), ...next });
    },
  };
}

/** @throws AwsError */
function asksSomething(input: Config): Config {
  if (Object.keys(input).length > 0) return input;
  throw invalidParameter("You must specify at least one of error handling or destination setting.");
}

/** Topics and buckets are not played. @throws AwsError */
function checkDestination(
  host: LambdaHost,
  { arn, region }: RegisteredFunction,
  destination: string | undefined,
  { DestinationConfig }: Config,
): void {
  if (!destination) return;
  const service = destination.split(":")[2];
  if (service === "sqs" || (service === "events" && destination.includes(":event-bus/"))) return;
  if (service !== "lambda") {
    const { OnSuccess, OnFailure } = DestinationConfig ?? {};
    const part = (name: string, to: string | undefined) =>
      to ? `${name}(destination=${to})` : "null";
    throw invalidParameter(
      `The provided destination config DestinationConfig(onSuccess=${part("OnSuccess", OnSuccess?.Destination)}, onFailure=${part("OnFailure", OnFailure?.Destination)}) is invalid.`,
    );
  }
  if (destination === arn || destination === `${arn}:${LATEST}`) {
    throw invalidParameter("You can't specify the function as a destination for itself.");
  }
  const known = host
    .functions(region)
    .some((one) => one.arn === destination || `${one.arn}:${LATEST}` === destination);
  if (!known) throw invalidParameter(`The destination ARN ${destination} is invalid.`);
}

function shown({ arn, asynchronous }: RegisteredFunction): object {
  const { retries, maxAgeSeconds, onSuccess, onFailure, modifiedAtEpochMs } = asynchronous ?? {
    modifiedAtEpochMs: 0,
  };
  return {
    LastModified: modifiedAtEpochMs / 1000,
    FunctionArn: `${arn}:${LATEST}`,
    MaximumRetryAttempts: retries,
    MaximumEventAgeInSeconds: maxAgeSeconds,
    DestinationConfig: {
      OnSuccess: { Destination: onSuccess },
      OnFailure: { Destination: onFailure },
    },
  };
}
