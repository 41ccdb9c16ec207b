import { AwsError } from "../service.ts";

/** `cron(…)`, taken apart: what each field allows. */
export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** 1 to 12. */
  readonly months: readonly number[];
  readonly years: readonly number[];
  readonly isDay: (day: Day) => boolean;
}

interface Day {
  readonly day: number;
  /** 1 is Sunday. */
  readonly weekday: number;
  /** Days of the month. */
  readonly last: number;
}

interface Field {
  readonly least: number;
  readonly most: number;
  /** Of the first value, of the second, and so on. */
  readonly names?: readonly string[];
  readonly steps?: false;
}

const MINUTES: Field = { least: 0, most: 59 };
const HOURS: Field = { least: 0, most: 23 };
const DAYS: Field = { least: 1, most: 31 };
const MONTHS: Field = {
  least: 1,
  most: 12,
  names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
};
const WEEKDAYS: Field = {
  least: 1,
  most: 7,
  names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
  steps: false,
};
const YEARS: Field = { least: 1970, most: 2199 };

/**
 * Takes AWS's six fields. Source: EventBridge UG, "Cron expressions reference"; what it does not mention, such as
 * `LW`, is refused.
 * @throws AwsError `ValidationException`
 */
export function parseCron(expression: string): Cron {
  const fields = /^cron\((.*)\)$/.exec(expression)?.[1]?.trim().split(/\s+/) ?? [];
  const [minutes, hours, days, months, weekdays, years] = fields;
  if (fields.length !== 6 || (days === "?") === (weekdays === "?")) throw invalid();
  return {
    minutes: valuesOf(minutes, MINUTES),
    hours: valuesOf(hours, HOURS),
    months: valuesOf(months, MONTHS),
    years: valuesOf(years, YEARS),
    isDay: weekdays === "?" ? dayOfMonth(days) : dayOfWeek(weekdays),
  };
}

/** The first minute after a time that an expression allows, if there is one; both in epoch milliseconds, in UTC. */
export function nextCron(cron: Cron, afterEpochMs: number): number | undefined {
  const first = new Date(afterEpochMs).getUTCFullYear();
  for (const year of cron.years.filter((one) => one >= first)) {
    for (const month of cron.months) {
      const monthEnd = Date.UTC(year, month, 1);
      if (monthEnd <= afterEpochMs) continue;
      const last = new Date(monthEnd - 1).getUTCDate();
      for (let day = 1; day <= last; day += 1) {
        const start = Date.UTC(year, month - 1, day);
        const weekday = new Date(start).getUTCDay() + 1;
        if (!cron.isDay({ day, weekday, last })) continue;
        const found = timeAfter(cron, start, afterEpochMs);
        if (found !== undefined) return found;
      }
    }
  }
  return undefined;
}

function timeAfter({ hours, minutes }: Cron, start: number, after: number): number | undefined {
  for (const hour of hours) {
    for (const minute of minutes) {
      const at = start + (hour * 60 + minute) * 60_000;
      if (at > after) return at;
    }
  }
  return undefined;
}

function dayOfMonth(text = ""): Cron["isDay"] {
  if (text === "L") return ({ day, last }) => day === last;
  const [, wanted] = /^(\d+)W$/.exec(text) ?? [];
  if (wanted !== undefined) {
    const target = numberOf(wanted, DAYS);
    return (day) => day.day === nearestWeekday(target, day);
  }
  const days = valuesOf(text, DAYS);
  return ({ day }) => days.includes(day);
}

/** The weekday of the month that is closest to one of its days: never one of another month. */
function nearestWeekday(target: number, { day, weekday, last }: Day): number | undefined {
  if (target > last) return undefined;
  const ofTarget = (((weekday - 1 + target - day) % 7) + 7) % 7;
  if (ofTarget === 0) return target === last ? target - 2 : target + 1;
  if (ofTarget === 6) return target === 1 ? 3 : target - 1;
  return target;
}

function dayOfWeek(text = ""): Cron["isDay"] {
  // The last day of the week.
  if (text === "L") return ({ weekday }) => weekday === 7;
  const [, one, nth] = /^(\w+)#([1-5])$/.exec(text) ?? [];
  if (one !== undefined) {
    const wanted = numberOf(one, WEEKDAYS);
    return ({ day, weekday }) => weekday === wanted && Math.ceil(day / 7) === Number(nth);
  }
  const [, final] = /^(\d|[A-Z]{3})L$/.exec(text) ?? [];
  if (final !== undefined) {
    const wanted = numberOf(final, WEEKDAYS);
    return ({ day, weekday, last }) => weekday === wanted && day + 7 > last;
  }
  const weekdays = valuesOf(text, WEEKDAYS);
  return ({ weekday }) => weekdays.includes(weekday);
}

/** The values that a list allows, in order. @throws AwsError */
function valuesOf(text = "", field: Field): readonly number[] {
  const values = new Set(text.split(",").flatMap((item) => itemValues(item, field)));
  return [...values].sort((one, other) => one - other);
}

function itemValues(item: string, field: Field): readonly number[] {
  const match = /^(?:(\*)|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(item);
  if (!match) throw invalid();
  const [, all, from = "", to, step] = match;
  if (step !== undefined && (field.steps === false || Number(step) < 1)) throw invalid();
  const start = all ? field.least : numberOf(from, field);
  // `5` is one value, `5/10` goes on to the end of the field.
  const open = all !== undefined || step !== undefined;
  const end = to === undefined ? (open ? field.most : start) : numberOf(to, field);
  if (end < start) throw invalid();
  const by = Number(step ?? 1);
  return Array.from({ length: Math.floor((end - start) / by) + 1 }, (_, at) => start + at * by);
}

function numberOf(text: string, { least, most, names = [] }: Field): number {
  const named = names.indexOf(text);
  if (named >= 0) return least + named;
  const value = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw invalid();
}

export function invalid(): AwsError {
  return new AwsError("ValidationException", "Parameter ScheduleExpression is not valid.");
}
