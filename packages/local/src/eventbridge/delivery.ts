import { type FaultService, type Faults, faultError } from "../faults.ts";
import { AwsError, type Clock } from "../service.ts";
import type { Sqs } from "../sqs/service.ts";
import type { Destinations } from "./destinations.ts";
import type { BusEvent } from "./event.ts";
import { callEndpoint, type Pace } from "./http-target.ts";
import type { Tokens } from "./http-token.ts";
import type { Target } from "./limits.ts";
import { targetInput } from "./transform.ts";

/** One event on its way to one target of one rule. */
export interface Delivery {
  readonly event: BusEvent;
  readonly ruleArn: string;
  readonly target: Target;
}

export interface DeliveryDeps {
  readonly clock: Clock;
  readonly sqs: Sqs;
  readonly lambda: Functions;
  /** Puts an event onto another bus. @throws AwsError `ResourceNotFoundException` */
  readonly forward: (busArn: string, event: BusEvent) => void;
  readonly destinations: Destinations;
  readonly pace: Pace;
  readonly tokens: Tokens;
  readonly faults?: Faults | undefined;
  /** Delay before the first retry, in milliseconds of real time. EventBridge waits longer. */
  readonly retryDelayMs: number;
  readonly signal: AbortSignal;
  /** Told about an event that was given up and had no dead-letter queue. */
  readonly onDropped?: ((delivery: Delivery, errorCode: string) => void) | undefined;
}

/** The part of the Lambda host that the bus needs. */
export interface Functions {
  readonly functions: (region: string) => readonly { readonly arn: string }[];
  readonly invokeLater: (functionArn: string, event: unknown) => void;
}

/** Why an attempt failed. Error codes: EventBridge UG, "Using dead-letter queues to process undelivered events". */
interface Failure {
  readonly code: string;
  readonly message: string;
  readonly retriable: boolean;
  /** The target asks for at least this pause. */
  readonly afterMs?: number;
}

const MOST_RETRIES = 185;
const MOST_AGE_SECONDS = 86_400;
const LONGEST_DELAY_MS = 30_000;

/** Delivers at least once: tries, retries with growing pauses, then the dead-letter queue. Never rejects. */
export async function deliver(delivery: Delivery, deps: DeliveryDeps): Promise<void> {
  const { target, event } = delivery;
  const retries = target.RetryPolicy?.MaximumRetryAttempts ?? MOST_RETRIES;
  const ageMs = (target.RetryPolicy?.MaximumEventAgeInSeconds ?? MOST_AGE_SECONDS) * 1000;
  const since = deps.clock();
  const input = targetInput(target, event, delivery.ruleArn);
  for (let attempts = 0; ; attempts += 1) {
    const failure = await attempt(delivery, input, deps);
    if (!failure || deps.signal.aborted) return;
    const exhausted = !failure.retriable
      ? "permanent"
      : attempts >= retries
        ? "MaximumRetryAttempts"
        : deps.clock() - since >= ageMs
          ? "MaximumEventAgeInSeconds"
          : undefined;
    if (exhausted) {
      giveUp(delivery, failure, exhausted, attempts, deps);
      return;
    }
    const delayMs = Math.min(deps.retryDelayMs * 2 ** Math.min(attempts, 20), LONGEST_DELAY_MS);
    const jittered = delayMs * (0.5 + Math.random() / 2);
    await pause(Math.max(jittered, failure.afterMs ?? 0), deps.signal);
    if (deps.signal.aborted) return;
  }
}

async function attempt(
  { event, target }: Delivery,
  input: string,
  deps: DeliveryDeps,
): Promise<Failure | undefined> {
  const [, , service, region = ""] = target.Arn.split(":");
  const fault = await injected(service, region, deps);
  if (fault) return fault;
  try {
    switch (service) {
      case "sqs":
        deps.sqs.send(target.Arn, {
          body: input,
          groupId: target.SqsParameters?.MessageGroupId,
        });
        return undefined;
      case "lambda":
        if (!deps.lambda.functions(region).some(({ arn }) => arn === target.Arn)) {
          return { code: "NO_RESOURCE", message: "The function does not exist.", retriable: false };
        }
        deps.lambda.invokeLater(target.Arn, json(input));
        return undefined;
      case "events":
        if (target.Arn.includes(":api-destination/")) {
          return await post({ target, event, body: input }, deps);
        }
        deps.forward(target.Arn, event);
        return undefined;
      default:
        return {
          code: "INVALID_PARAMETER",
          message: `No such target here: ${target.Arn}`,
          retriable: false,
        };
    }
  } catch (error) {
    if (error instanceof AwsError)
      return { code: "NO_RESOURCE", message: error.message, retriable: false };
    return { code: "INTERNAL_ERROR", message: "The target failed.", retriable: true };
  }
}

/** Source: EventBridge UG, "API destinations": 401, 407, 409, 429 and 5xx are tried again, and what does not answer. */
async function post(
  sent: { readonly target: Target; readonly event: BusEvent; readonly body: string },
  { destinations, ...deps }: DeliveryDeps,
): Promise<Failure | undefined> {
  const found = destinations.find(sent.target.Arn);
  if (!found) {
    return { code: "NO_RESOURCE", message: "The destination does not exist.", retriable: false };
  }
  const outcome = await callEndpoint(found, { ...sent, ...deps });
  switch (outcome.kind) {
    case "delivered":
      return undefined;
    case "refused":
      return {
        code: "SDK_CLIENT_ERROR",
        message: `The endpoint answered ${outcome.status}.`,
        retriable: [401, 407, 409, 429].includes(outcome.status) || outcome.status >= 500,
        afterMs: outcome.retryAfterMs,
      };
    case "unauthorized":
      return {
        code: "INVALID_PARAMETER",
        message: "The connection is not authorized.",
        retriable: true,
      };
    case "timed-out":
      return { code: "TIMEOUT", message: "The endpoint did not answer in time.", retriable: true };
    case "unreachable":
      return {
        code: "CONNECTION_FAILURE",
        message: "The endpoint cannot be reached.",
        retriable: true,
      };
  }
}

/** Faults also hit the calls that AWS makes inside itself, which never pass the gateway. */
async function injected(
  service: string | undefined,
  region: string,
  { faults, signal }: DeliveryDeps,
): Promise<Failure | undefined> {
  const calls: Record<string, { service: FaultService; operation: string }> = {
    sqs: { service: "sqs", operation: "SendMessage" },
    lambda: { service: "lambda", operation: "Invoke" },
    events: { service: "events", operation: "PutEvents" },
  };
  const call = calls[service ?? ""];
  const effect = call && faults?.take({ ...call, region });
  if (!effect) return undefined;
  if (effect.kind === "slow") {
    await pause(effect.delayMs, signal);
    return undefined;
  }
  if (effect.kind === "cut-off") {
    return {
      code: "CONNECTION_FAILURE",
      message: "The target cannot be reached.",
      retriable: true,
    };
  }
  if (effect.kind === "throttle") {
    return { code: "THROTTLING", message: "Rate exceeded", retriable: true };
  }
  // EventBridge retries 5xx and 429 and gives up on any other 4xx. Source: re:Post, "FailedInvocation errors".
  const retriable = effect.status >= 500 || effect.status === 429;
  return {
    code: "ERROR_FROM_TARGET",
    message: faultError(call.service, effect)?.message || effect.type,
    retriable,
  };
}

function giveUp(
  delivery: Delivery,
  failure: Failure,
  exhausted: "permanent" | "MaximumRetryAttempts" | "MaximumEventAgeInSeconds",
  retryAttempts: number,
  deps: DeliveryDeps,
): void {
  const { target, event, ruleArn } = delivery;
  const queueArn = target.DeadLetterConfig?.Arn;
  if (queueArn === undefined) {
    deps.onDropped?.(delivery, failure.code);
    return;
  }
  try {
    deps.sqs.send(queueArn, {
      body: JSON.stringify(event),
      attributes: {
        RULE_ARN: ruleArn,
        TARGET_ARN: target.Arn,
        ERROR_CODE: failure.code,
        ERROR_MESSAGE: failure.message,
        ...(exhausted === "permanent" ? {} : { EXHAUSTED_RETRY_CONDITION: exhausted }),
        RETRY_ATTEMPTS: String(retryAttempts),
      },
    });
  } catch {
    // The queue is gone: EventBridge drops the event then, and counts it.
    deps.onDropped?.(delivery, failure.code);
  }
}

/** A template may make text that is not JSON; a function then gets it as a JSON string. */
function json(input: string): unknown {
  try {
    return JSON.parse(input);
  } catch {
    return input;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    timer.unref();
    signal.addEventListener("abort", done, { once: true });
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}
