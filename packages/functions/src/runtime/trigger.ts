import { systemClock } from "@carryover/core/kernel/clock";
import { AppError } from "@carryover/core/kernel/errors";
import { type Deadline, deadlineIn } from "@carryover/core/migration/deadline";
import { Refusal } from "@carryover/core/migration/refusal";
import { count, during, type Invocation, log } from "./telemetry.ts";

/** Of the five seconds that Cognito gives: the rest is for the way there and back, so that the handler always answers itself. */
export const TRIGGER_BUDGET_MS = 4200;

/** What every Cognito trigger's event has; the types of `aws-lambda` fit it. */
export interface TriggerEvent {
  readonly triggerSource: string;
  readonly region: string;
  readonly userPoolId: string;
  readonly response: object;
}

export interface TriggerOptions {
  /**
   * What happens to the sign-in when the handler fails or runs out of time. `refuse`: the person reads
   * "try again". `let-through`: the event goes back unchanged, for triggers that only take note.
   */
  readonly onFailure: "refuse" | "let-through";
}

/**
 * What a trigger does: returns the fields of the response that it sets, or undefined to set none.
 * @throws Refusal to end the flow with a text for the person
 */
export type HandleTrigger<Event extends TriggerEvent> = (
  event: Event,
  deadline: Deadline,
) => Promise<Partial<Event["response"]> | undefined>;

/**
 * The form of every Cognito trigger: a deadline, the whole event handed back (Cognito refuses it
 * otherwise), and no text but a refusal's reaches the person. Never logs the event: it holds passwords.
 */
export function trigger<Event extends TriggerEvent>(
  name: string,
  handle: HandleTrigger<Event>,
  { onFailure }: TriggerOptions = { onFailure: "refuse" },
): (event: Event, invocation?: Invocation) => Promise<Event> {
  const answer = async (event: Event) => {
    try {
      const response = await withDeadline((deadline) => handle(event, deadline));
      return { ...event, response: { ...event.response, ...response } };
    } catch (error) {
      if (error instanceof Refusal) {
        log("info", "trigger refused", { trigger: name, code: error.code });
        throw new Error(error.message);
      }
      const { triggerSource, region, userPoolId } = event;
      log("error", "trigger failed", {
        trigger: name,
        triggerSource,
        region,
        poolId: userPoolId,
        ...factsOf(error),
      });
      count("TriggerFailed", { trigger: name });
      if (onFailure === "let-through") return event;
      throw new Error(new Refusal("TRY_AGAIN_LATER").message);
    }
  };
  return (event, invocation) => during(invocation, () => answer(event));
}

class DeadlineError extends AppError {
  readonly kind = "unavailable";
  readonly code = "trigger.deadline";
}

async function withDeadline<Answer>(run: (deadline: Deadline) => Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new DeadlineError("the trigger ran out of time")),
      TRIGGER_BUDGET_MS,
    );
  });
  try {
    return await Promise.race([run(deadlineIn(TRIGGER_BUDGET_MS, systemClock)), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Not the message: an SDK's or a parser's may repeat what the person typed. */
function factsOf(error: unknown): Record<string, string | number | boolean | undefined> {
  if (error instanceof AppError) return { ...error.facts, errorCode: error.code };
  if (!(error instanceof Error)) return { error: typeof error };
  const frame = error.stack?.split("\n").find((line) => line.trimStart().startsWith("at "));
  return { error: error.name, at: frame?.trim() };
}
