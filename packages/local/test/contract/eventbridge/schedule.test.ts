import {
  DeleteRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { createTarget, startParts } from "../gateway/parts.ts";

const HOUR_MS = 3_600_000;

function startOfDay(epochMs: number): number {
  return epochMs - (epochMs % (24 * HOUR_MS));
}

/** A rule of one hour and another of a day, each with a queue of its own. */
async function start() {
  const parts = await startParts();
  const events = parts.eventBridge();
  const sqs = parts.queues();
  const schedule = async (Name: string, ScheduleExpression: string, Input?: string) => {
    const queue = await createTarget(sqs, Name);
    await events.send(new PutRuleCommand({ Name, ScheduleExpression }));
    const target = { Id: "queue", Arn: queue.arn, ...(Input !== undefined && { Input }) };
    await events.send(new PutTargetsCommand({ Rule: Name, Targets: [target] }));
    return async (waitSeconds = 5) => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queue.url, WaitTimeSeconds: waitSeconds }),
      );
      return Messages.map(({ Body = "" }) => JSON.parse(Body) as unknown);
    };
  };
  return { events, parts, schedule };
}

// Source: EventBridge UG, "Cron expressions reference": six fields, in UTC.
describe("a rule with a cron expression", () => {
  it("fires at the minutes that it names, in the stage's time", async () => {
    const { parts, schedule } = await start();
    const { clock } = parts;
    const now = clock.now();
    const untilSaturday = 6 - new Date(now).getUTCDay() + 7;
    clock.advance(startOfDay(now) + (untilSaturday * 24 + 13) * HOUR_MS - now);
    const hourly = await schedule("hourly", "cron(0 * * * ? *)");
    const weekdays = await schedule("weekdays", "cron(0 12 ? * MON-FRI *)", '{"run":1}');
    const never = await schedule("never", "cron(0 12 * * ? 2001)");

    clock.advance(24 * HOUR_MS);
    expect(await hourly()).toMatchObject([{ "detail-type": "Scheduled Event", detail: {} }]);
    expect(await weekdays(0)).toEqual([]);
    clock.advance(24 * HOUR_MS);
    expect(await weekdays()).toEqual([{ run: 1 }]);
    expect(await never(0)).toEqual([]);
  });
});

// Source: EventBridge UG, "Creating a rule that runs on a schedule" and "Rate expressions".
describe("a rule with a rate", () => {
  it("fires once for each rate that goes by, the first time after one, with the target's input", async () => {
    const { parts, schedule } = await start();
    const { clock } = parts;
    const hourly = await schedule("hourly", "rate(1 hour)", '{"run":1}');
    const daily = await schedule("daily", "rate(2 days)");

    clock.advance(HOUR_MS);
    expect(await hourly()).toEqual([{ run: 1 }]);
    clock.advance(HOUR_MS);
    expect(await hourly()).toEqual([{ run: 1 }]);
    // Two days at once: not one for each hour, and now the other too.
    clock.advance(48 * HOUR_MS);
    expect(await hourly()).toEqual([{ run: 1 }]);
    expect(await daily()).toMatchObject([
      {
        "detail-type": "Scheduled Event",
        source: "aws.events",
        resources: ["arn:aws:events:us-east-1:000000000000:rule/daily"],
        detail: {},
      },
    ]);
    expect(await hourly(0)).toEqual([]);
  });

  it("does not fire while it is disabled, or once it is deleted", async () => {
    const { parts, events, schedule } = await start();
    const { clock } = parts;
    const proof = await schedule("proof", "rate(1 minute)");
    const off = await schedule("off", "rate(1 minute)");
    const gone = await schedule("gone", "rate(1 minute)");
    await events.send(new DisableRuleCommand({ Name: "off" }));
    await events.send(new RemoveTargetsCommand({ Rule: "gone", Ids: ["queue"] }));
    await events.send(new DeleteRuleCommand({ Name: "gone" }));

    clock.advance(60_000);
    expect(await proof()).toHaveLength(1);
    expect([...(await off(0)), ...(await gone(0))]).toEqual([]);
    await events.send(new EnableRuleCommand({ Name: "off" }));
    clock.advance(60_000);
    expect(await off()).toHaveLength(1);
  });

  it("is refused with a cron expression that names both fields of days", async () => {
    const { events } = await start();
    await expect(
      events.send(
        new PutRuleCommand({ Name: "wrong", ScheduleExpression: "cron(0 12 * * MON *)" }),
      ),
    ).rejects.toMatchObject({
      name: "ValidationException",
      message: "Parameter ScheduleExpression is not valid.",
    });
  });

  it.each([
    "rate(1 hours)",
    "rate(2 hour)",
    "rate(0 days)",
    "rate(1 week)",
    "hourly",
    "at(2030-01-01T00:00:00)",
    "cron(0 12 *)",
    "cron(0 12 * * * *)",
    "cron(0 12 ? * ? *)",
    "cron(0 12 1 * MON *)",
    "cron(60 12 * * ? *)",
    "cron(0 24 * * ? *)",
    "cron(0 12 0 * ? *)",
    "cron(0 12 * 13 ? *)",
    "cron(0 12 ? * 0 *)",
    "cron(0 12 ? * 3#6 *)",
    "cron(0 12 ? * 3#1,6#3 *)",
    "cron(0 12 * * ? 1969)",
    "cron(0/0 12 * * ? *)",
    "cron(0 12 * * ? * *)",
    "cron(a 12 * * ? *)",
  ])("is refused when it is %s", async (ScheduleExpression) => {
    const { events } = await start();
    await expect(
      events.send(new PutRuleCommand({ Name: "wrong", ScheduleExpression })),
    ).rejects.toMatchObject({ name: "ValidationException" });
  });
});
