import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextCron, parseCron } from "./cron.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");
const WEEKDAYS = "SUN MON TUE WED THU FRI SAT".split(" ");

/** The text of a field, and on its own terms whether it allows a value. */
interface Spec {
  readonly text: string;
  readonly has: (value: number) => boolean;
}

function item(least: number, most: number, names: readonly string[] = []) {
  const value = fc.integer({ min: least, max: most });
  const shown = (one: number, byName: boolean) => (byName && names[one - least]) || String(one);
  return fc.oneof(
    fc.constant<Spec>({ text: "*", has: () => true }),
    fc
      .tuple(value, fc.boolean())
      .map(([one, byName]): Spec => ({ text: shown(one, byName), has: (x) => x === one })),
    fc.tuple(value, value, fc.boolean()).map(([one, other, byName]): Spec => {
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      return {
        text: `${shown(from, byName)}-${shown(to, byName)}`,
        has: (x) => x >= from && x <= to,
      };
    }),
  );
}

function list(least: number, most: number, names: readonly string[] = []) {
  return fc.array(item(least, most, names), { minLength: 1, maxLength: 3 }).map(
    (items): Spec => ({
      text: items.map(({ text }) => text).join(","),
      has: (x) => items.some(({ has }) => has(x)),
    }),
  );
}

function steps(least: number, most: number) {
  return fc.tuple(fc.integer({ min: least, max: most }), fc.integer({ min: 1, max: most })).map(
    ([from, by]): Spec => ({
      text: `${from}/${by}`,
      has: (x) => x >= from && (x - from) % by === 0,
    }),
  );
}

/** The two fields of days: one of them is `?`. */
const days = fc.oneof(
  list(1, 31).map(({ text, has }) => ({
    text: [text, "?"],
    is: (at: Date) => has(at.getUTCDate()),
  })),
  list(1, 7, WEEKDAYS).map(({ text, has }) => ({
    text: ["?", text],
    is: (at: Date) => has(at.getUTCDay() + 1),
  })),
  fc.constant({
    text: ["L", "?"],
    is: (at: Date) => new Date(at.getTime() + DAY_MS).getUTCDate() === 1,
  }),
  fc.integer({ min: 1, max: 31 }).map((day) => ({
    text: [`${day}W`, "?"],
    is: (at: Date) => at.getUTCDate() === closestWeekday(at, day),
  })),
  fc.constant({ text: ["?", "L"], is: (at: Date) => at.getUTCDay() === 6 }),
  fc.integer({ min: 1, max: 7 }).map((weekday) => ({
    text: ["?", `${weekday}L`],
    is: (at: Date) =>
      at.getUTCDay() + 1 === weekday &&
      new Date(at.getTime() + 7 * DAY_MS).getUTCMonth() !== at.getUTCMonth(),
  })),
  fc
    .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 5 }))
    .map(([weekday, nth]) => ({
      text: ["?", `${weekday}#${nth}`],
      is: (at: Date) => {
        const before = new Date(at.getTime() - (nth - 1) * 7 * DAY_MS);
        const tooFar = new Date(at.getTime() - nth * 7 * DAY_MS);
        return (
          at.getUTCDay() + 1 === weekday &&
          before.getUTCMonth() === at.getUTCMonth() &&
          tooFar.getUTCMonth() !== at.getUTCMonth()
        );
      },
    })),
);

function closestWeekday(at: Date, day: number): number | undefined {
  const dates = Array.from(
    { length: 31 },
    (_, index) => new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), index + 1)),
  ).filter((one) => one.getUTCMonth() === at.getUTCMonth());
  if (day > dates.length) return undefined;
  return dates
    .filter((one) => one.getUTCDay() % 6 !== 0)
    .map((one) => one.getUTCDate())
    .sort((a, b) => Math.abs(a - day) - Math.abs(b - day))[0];
}

describe("the next time of a cron expression", () => {
  it("is the first of all the minutes after a time that each field allows", () => {
    const minutes = fc.oneof(list(0, 59), steps(0, 59));
    const hours = fc.oneof(list(0, 23), steps(0, 23));
    const after = fc.integer({ min: Date.UTC(2023, 0, 1), max: Date.UTC(2029, 0, 1) });
    fc.assert(
      fc.property(
        minutes,
        hours,
        days,
        list(1, 12, MONTHS),
        list(2023, 2030),
        after,
        (minute, hour, day, month, year, afterEpochMs) => {
          const [ofMonth, ofWeek] = day.text;
          const text = `${minute.text} ${hour.text} ${ofMonth} ${month.text} ${ofWeek} ${year.text}`;
          const next = nextCron(parseCron(`cron(${text})`), afterEpochMs);
          const isDay = (at: Date) => month.has(at.getUTCMonth() + 1) && day.is(at);
          const isMinute = (at: Date) =>
            hour.has(at.getUTCHours()) && minute.has(at.getUTCMinutes());

          expect(next).toBe(enumerated(afterEpochMs, year.has, isDay, isMinute));
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** Day by day up to the last year of EventBridge, and minute by minute in a day that counts. */
function enumerated(
  afterEpochMs: number,
  isYear: (year: number) => boolean,
  isDay: (at: Date) => boolean,
  isMinute: (at: Date) => boolean,
): number | undefined {
  for (let year = new Date(afterEpochMs).getUTCFullYear(); year <= 2199; year += 1) {
    if (!isYear(year)) continue;
    for (let day = Date.UTC(year, 0, 1); day < Date.UTC(year + 1, 0, 1); day += DAY_MS) {
      if (day + DAY_MS <= afterEpochMs || !isDay(new Date(day))) continue;
      for (let at = day; at < day + DAY_MS; at += MINUTE_MS) {
        if (at > afterEpochMs && isMinute(new Date(at))) return at;
      }
    }
  }
  return undefined;
}
