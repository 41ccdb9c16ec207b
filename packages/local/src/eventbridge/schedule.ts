import { randomUUID } from "node:crypto";
import { ACCOUNT_ID, type Clock } from "../service.ts";
import type { Rule } from "./buses.ts";
import { invalid, nextCron, parseCron } from "./cron.ts";
import type { BusEvent } from "./event.ts";

const UNITS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** When a rule is due next after a time, if ever again; both in epoch milliseconds. */
type Schedule = (afterEpochMs: number) => number | undefined;

/** Source: EventBridge UG, "Cron expressions" and "Rate expressions". @throws AwsError `ValidationException` */
export function scheduleOf(expression: string): Schedule {
  if (expression.startsWith("cron(")) {
    const cron = parseCron(expression);
    return (afterEpochMs) => nextCron(cron, afterEpochMs);
  }
  const everyMs = rateMs(expression);
  return (afterEpochMs) => afterEpochMs + everyMs;
}

/** The length of `rate(5 minutes)` in milliseconds: one with the singular, more with the plural. */
function rateMs(expression: string): number {
  const match = /^rate\(([1-9]\d*) (minute|hour|day)(s?)\)$/.exec(expression);
  const [, count = "", unit = "", plural] = match ?? [];
  if (!match || (count === "1") === (plural === "s")) throw invalid();
  return Number(count) * UNITS[unit as keyof typeof UNITS];
}

/** How often the stage looks whether a rule is due, in milliseconds of real time. */
const LOOK_MS = 100;

export interface Schedules {
  /** Starts to count, or starts anew for a rule that was put again. */
  start(rule: Rule): void;
  stop(): void;
}

/**
 * Fires scheduled rules on the stage's clock, with a rate the first time one rate after the rule was put. A clock
 * that jumps over several times fires once: EventBridge does not make up for what was missed either.
 */
export function createSchedules(
  clock: Clock,
  current: (rule: Rule) => Rule | undefined,
  fire: (rule: Rule, event: BusEvent) => void,
): Schedules {
  const due = new Map<Rule, { readonly next: Schedule; atEpochMs: number | undefined }>();
  const look = () => {
    for (const [rule, schedule] of due) {
      // Deleted, or replaced by the same rule put again.
      if (current(rule) !== rule) due.delete(rule);
      else if (schedule.atEpochMs !== undefined && clock() >= schedule.atEpochMs) {
        schedule.atEpochMs = schedule.next(clock());
        if (rule.state !== "DISABLED") fire(rule, scheduledEvent(rule, clock()));
      }
    }
  };
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return {
    start: (rule) => {
      if (rule.scheduleExpression === undefined) return;
      const next = scheduleOf(rule.scheduleExpression);
      due.set(rule, { next, atEpochMs: next(clock()) });
    },
    stop: () => clearInterval(timer),
  };
}

/** Source: EventBridge UG, "Events from AWS services", the event of a schedule. */
function scheduledEvent({ arn }: Rule, nowEpochMs: number): BusEvent {
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "Scheduled Event",
    source: "aws.events",
    account: ACCOUNT_ID,
    time: `${new Date(nowEpochMs).toISOString().slice(0, 19)}Z`,
    region: arn.split(":")[3] ?? "",
    resources: [arn],
    detail: {},
  };
}
