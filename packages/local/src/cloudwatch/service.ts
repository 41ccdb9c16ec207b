import * as z from "zod/mini";
import { jsonService, operation, type Place, page } from "../json-service.ts";
import { type Datum, isTime, type Metrics, metricKey } from "../metrics.ts";
import { AwsError, type AwsService, type Clock } from "../service.ts";

/** Source: CloudWatch API reference, MetricDatum, Dimension and PutMetricData. */
const Text = z.string().check(z.minLength(1), z.maxLength(255));
const Namespace = z.string().check(z.regex(/^[^:].*$/), z.maxLength(255));
const Dimensions = z._default(z.array(z.object({ Name: Text, Value: z.string() })), []);
/** The query protocol has text for everything. */
const Num = z.union([
  z.number(),
  z.pipe(z.string().check(z.regex(/^-?\d+(\.\d+)?(E-?\d+)?$/i)), z.transform(Number)),
]);
/** Source: CloudWatch API reference, MetricDatum, "Value". */
const Measure = Num.check(z.refine((value) => Math.abs(value) <= 2 ** 360));
const Unit = z.enum([
  "Seconds",
  "Microseconds",
  "Milliseconds",
  "Bytes",
  "Kilobytes",
  "Megabytes",
  "Gigabytes",
  "Terabytes",
  "Bits",
  "Kilobits",
  "Megabits",
  "Gigabits",
  "Terabits",
  "Percent",
  "Count",
  "Bytes/Second",
  "Kilobytes/Second",
  "Megabytes/Second",
  "Gigabytes/Second",
  "Terabytes/Second",
  "Bits/Second",
  "Kilobits/Second",
  "Megabits/Second",
  "Gigabits/Second",
  "Terabits/Second",
  "Count/Second",
  "None",
]);
const Flag = z.union([
  z.boolean(),
  z.pipe(
    z.enum(["true", "false"]),
    z.transform((text) => text === "true"),
  ),
]);
/** Epoch seconds, or ISO-8601 text; becomes epoch milliseconds. */
const Time = z
  .pipe(
    z.union([z.number(), z.string()]),
    z.transform((at): number => (typeof at === "number" ? at * 1000 : Date.parse(at))),
  )
  .check(z.refine(isTime));
const Statistic = z.enum(["SampleCount", "Average", "Sum", "Minimum", "Maximum"]);
type Statistic = z.infer<typeof Statistic>;
const Period = z.pipe(
  Num,
  z
    .int()
    .check(
      z.refine(
        (seconds) => [1, 5, 10, 30].includes(seconds) || (seconds > 0 && seconds % 60 === 0),
      ),
    ),
);
const Put = z.object({
  Namespace,
  MetricData: z
    .array(
      z.object({
        MetricName: Text,
        Dimensions,
        Timestamp: z.optional(Time),
        Unit: z._default(Unit, "None"),
        Value: z.optional(Measure),
        StatisticValues: z.optional(
          z.object({
            SampleCount: Num,
            Sum: Num,
            Minimum: Num,
            Maximum: Num,
          }),
        ),
        Values: z.optional(z.array(Measure).check(z.minLength(1), z.maxLength(150))),
        Counts: z.optional(z.array(Num)),
      }),
    )
    .check(z.maxLength(1000)),
});
type PutDatum = z.infer<typeof Put>["MetricData"][number];
const Range = { StartTime: Time, EndTime: Time };
const GetStatistics = z.object({
  Namespace,
  MetricName: Text,
  Dimensions,
  ...Range,
  Period,
  Statistics: z.array(Statistic).check(z.minLength(1)),
  Unit: z.optional(z.string()),
});
const GetData = z.object({
  MetricDataQueries: z
    .array(
      z.object({
        Id: z.string().check(z.regex(/^[a-z]\w*$/)),
        Label: z.optional(z.string()),
        ReturnData: z._default(Flag, true),
        // Expressions are not played.
        MetricStat: z.object({
          Metric: z.object({ Namespace, MetricName: Text, Dimensions }),
          Period,
          Stat: Statistic,
          Unit: z.optional(z.string()),
        }),
      }),
    )
    .check(z.minLength(1), z.maxLength(500)),
  ...Range,
  ScanBy: z._default(z.enum(["TimestampDescending", "TimestampAscending"]), "TimestampDescending"),
});
const List = z.object({
  Namespace: z.optional(Namespace),
  MetricName: z.optional(Text),
  Dimensions: z._default(z.array(z.object({ Name: Text, Value: z.optional(z.string()) })), []),
  NextToken: z.optional(z.string()),
});

/** Source: CloudWatch API reference, GetMetricStatistics. */
const MOST_POINTS = 1440;

const CLOUDWATCH_OPERATIONS = [
  "GetMetricData",
  "GetMetricStatistics",
  "ListMetrics",
  "PutMetricData",
] as const;

/** Metrics without alarms and expressions; everything is there at once. Source: CloudWatch API reference. */
export function createCloudwatch(metrics: Metrics, clock: Clock): AwsService {
  /** Buckets of one metric, oldest first. */
  const series = (
    place: Place,
    asked: Pick<z.infer<typeof GetStatistics>, "Namespace" | "MetricName" | "Dimensions"> & {
      readonly Unit?: string | undefined;
    },
    { StartTime, EndTime, Period: seconds }: { StartTime: number; EndTime: number; Period: number },
  ): readonly Datum[] => {
    if (StartTime >= EndTime) {
      throw invalidValue("The parameter StartTime must be less than the parameter EndTime.");
    }
    const key = metricKey({
      ...place,
      namespace: asked.Namespace,
      name: asked.MetricName,
      dimensions: byName(asked.Dimensions),
    });
    const periodMs = seconds * 1000;
    const buckets = new Map<number, Datum>();
    for (const datum of metrics.list()) {
      if (datum.atMs < StartTime || datum.atMs >= EndTime) continue;
      if (metricKey(datum) !== key) continue;
      if (asked.Unit !== undefined && asked.Unit !== datum.unit) continue;
      const atMs = Math.floor(datum.atMs / periodMs) * periodMs;
      buckets.set(atMs, joined({ ...datum, atMs }, buckets.get(atMs)));
    }
    return [...buckets.values()].sort((a, b) => a.atMs - b.atMs);
  };

  const operations: Record<(typeof CLOUDWATCH_OPERATIONS)[number], ReturnType<typeof operation>> = {
    PutMetricData: operation(
      Put,
      (place, input) => {
        const data = input.MetricData.map((datum, index) => ({
          ...place,
          namespace: input.Namespace,
          name: datum.MetricName,
          dimensions: byName(datum.Dimensions),
          unit: datum.Unit,
          atMs: datum.Timestamp ?? clock(),
          ...measured(datum, `MetricData.member.${index + 1}`),
        }));
        metrics.add(data);
        return {};
      },
      invalid,
    ),
    GetMetricStatistics: operation(
      GetStatistics,
      (place, input) => {
        const buckets = series(place, input, input);
        const points = Math.floor((input.EndTime - input.StartTime) / 1000 / input.Period);
        if (points > MOST_POINTS) throw tooMany(points);
        return {
          Label: input.MetricName,
          Datapoints: buckets.map((bucket) => ({
            Timestamp: new Date(bucket.atMs),
            Unit: bucket.unit,
            ...Object.fromEntries(input.Statistics.map((one) => [one, statistic(bucket, one)])),
          })),
        };
      },
      invalid,
    ),
    GetMetricData: operation(
      GetData,
      (place, { MetricDataQueries, ScanBy, StartTime, EndTime }) => ({
        MetricDataResults: MetricDataQueries.filter(({ ReturnData }) => ReturnData).map(
          ({ Id, Label, MetricStat: { Metric, Unit, Stat, Period: seconds } }) => {
            const range = { StartTime, EndTime, Period: seconds };
            const buckets = [...series(place, { ...Metric, Unit }, range)];
            if (ScanBy === "TimestampDescending") buckets.reverse();
            return {
              Id,
              Label: Label ?? Metric.MetricName,
              Timestamps: buckets.map(({ atMs }) => new Date(atMs)),
              Values: buckets.map((bucket) => statistic(bucket, Stat)),
              StatusCode: "Complete",
            };
          },
        ),
      }),
      invalid,
    ),
    ListMetrics: operation(
      List,
      (place, input) => {
        const all = metrics
          .sums(input.Namespace)
          .filter(
            ({ account, region, name, dimensions }) =>
              account === place.account &&
              region === place.region &&
              (input.MetricName === undefined || name === input.MetricName) &&
              input.Dimensions.every(
                ({ Name, Value }) =>
                  Object.hasOwn(dimensions, Name) &&
                  (Value === undefined || dimensions[Name] === Value),
              ),
          );
        const { items, next } = page(all, {
          most: 500,
          token: input.NextToken,
          // Source: moto's tests/test_cloudwatch, test_list_metrics_paginated.
          refuse: () => invalidValue("Request parameter NextToken is invalid"),
        });
        const Metrics = items.map(({ namespace, name, dimensions }) => ({
          Namespace: namespace,
          MetricName: name,
          Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        }));
        return { Metrics, ...next };
      },
      invalid,
    ),
  };
  return jsonService(operations);
}

function byName(dimensions: readonly { Name: string; Value: string }[]): Record<string, string> {
  return Object.fromEntries(dimensions.map(({ Name, Value }) => [Name, Value]));
}

/** A value, several with how often each was seen, or what somebody has summed up already. Source of the words: moto's and LocalStack's tests. */
function measured({ Value, Values, Counts, StatisticValues }: PutDatum, at: string) {
  for (const [name, other] of Object.entries({ Values, StatisticValues })) {
    if (Value === undefined || other === undefined) continue;
    throw invalidCombination(
      `The parameters ${at}.Value and ${at}.${name} are mutually exclusive and you have specified both.`,
    );
  }
  if (StatisticValues) {
    const { SampleCount: count, Sum: sum, Minimum: min, Maximum: max } = StatisticValues;
    return { count, sum, min, max };
  }
  const values = Values ?? (Value === undefined ? [] : [Value]);
  if (values.length === 0) throw invalidValue(`The parameter ${at}.Value is required.`);
  if (Counts && Counts.length !== values.length) {
    throw invalidValue(`The parameters ${at}.Values and ${at}.Counts must be of the same size.`);
  }
  const counts = Counts ?? values.map(() => 1);
  return {
    count: counts.reduce((sum, count) => sum + count, 0),
    sum: values.reduce((sum, value, index) => sum + value * (counts[index] ?? 1), 0),
    min: Math.min(...values),
    max: Math.max(...values),
  };
}

function joined(datum: Datum, before: Datum | undefined): Datum {
  if (!before) return datum;
  return {
    ...datum,
    count: datum.count + before.count,
    sum: datum.sum + before.sum,
    min: Math.min(datum.min, before.min),
    max: Math.max(datum.max, before.max),
  };
}

function statistic({ count, sum, min, max }: Datum, which: Statistic): number {
  switch (which) {
    case "SampleCount":
      return count;
    case "Average":
      return sum / count;
    case "Sum":
      return sum;
    case "Minimum":
      return min;
    case "Maximum":
      return max;
  }
}

/** The first of what is not valid. Source of the words: what CloudWatch answered to cloudposse-archives/prometheus-to-cloudwatch (pull request 17), papertrail/papertrail-services (issue 66) and getmoto/moto (issue 3880). */
function invalid([issue]: readonly z.core.$ZodIssue[], input: unknown): AwsError {
  const path = issue?.path ?? [];
  const value = path.reduce<unknown>((within, key) => Object(within)[key], input);
  const name = path.map((key) => (typeof key === "number" ? `member.${key + 1}` : key)).join(".");
  if (value === undefined) {
    return new AwsError("MissingRequiredParameterException", `The parameter ${name} is required.`);
  }
  if (issue?.code === "too_big" && Array.isArray(value)) {
    return invalidValue(
      `The collection ${name} must not have a size greater than ${issue.maximum}.`,
    );
  }
  if (issue?.code === "invalid_value") {
    const values = issue.values.join(", ");
    return invalidValue(`The parameter ${name} must be a value in the set [ ${values} ]`);
  }
  const shown = typeof value === "object" ? JSON.stringify(value) : String(value);
  return invalidValue(`The value ${shown} for parameter ${name} is invalid.`);
}

function invalidValue(message: string): AwsError {
  return new AwsError("InvalidParameterValueException", message);
}

function invalidCombination(message: string): AwsError {
  return new AwsError("InvalidParameterCombinationException", message);
}

function tooMany(points: number): AwsError {
  return invalidCombination(
    `You have requested up to ${points.toLocaleString("en")} datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
  );
}
