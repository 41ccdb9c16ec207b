import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  PutMetricDataCommand,
  type PutMetricDataCommandInput,
} from "@aws-sdk/client-cloudwatch";
import {
  AwsJson1_0Protocol,
  AwsQueryProtocol,
  AwsSmithyRpcV2CborProtocol,
} from "@aws-sdk/core/protocols";
import { describe, expect, it } from "vitest";
import { refusal } from "../cognito/serve.ts";
import { servicesOnDisk } from "./on-disk.ts";

const { config, restarted } = servicesOnDisk();

// Source of the protocols: botocore's service model. The client speaks JSON; Rust's and Go's speak CBOR, older ones query.
const PROTOCOLS = {
  JSON: AwsJson1_0Protocol,
  CBOR: AwsSmithyRpcV2CborProtocol,
  query: AwsQueryProtocol,
};

// Source of what follows: CloudWatch API reference, PutMetricData, GetMetricData, GetMetricStatistics, ListMetrics;
// words of errors: LocalStack's tests/aws/services/cloudwatch, which were recorded on AWS.
describe.each(Object.keys(PROTOCOLS))("metrics in the %s protocol", (name) => {
  const protocol = PROTOCOLS[name as keyof typeof PROTOCOLS];
  // In CBOR, the SDK sends with a compressed body the length that it had before: nobody could read it to its end.
  const disableRequestCompression = name === "CBOR";
  const cloudwatch = () =>
    new CloudWatchClient({ ...config(), protocol, disableRequestCompression });
  const Namespace = `test/${name}`;
  const Dimensions = [
    { Name: "service", Value: "identity" },
    { Name: "kind", Value: "a" },
  ];
  const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 12, 0, seconds));
  const range = { StartTime: at(0), EndTime: at(180), Period: 60 };

  it("are summed up by period", async () => {
    await cloudwatch().send(
      new PutMetricDataCommand({
        Namespace,
        MetricData: [
          { MetricName: "Latency", Dimensions, Timestamp: at(1), Value: 3 },
          { MetricName: "Latency", Dimensions, Timestamp: at(59), Values: [5, 1], Counts: [2, 1] },
          { MetricName: "Latency", Dimensions, Timestamp: at(60), Value: 8 },
          { MetricName: "Latency", Dimensions, Timestamp: at(180), Value: 999 },
          { MetricName: "Latency", Timestamp: at(2), Value: 77 },
        ],
      }),
    );
    const { Datapoints = [] } = await cloudwatch().send(
      new GetMetricStatisticsCommand({
        Namespace,
        MetricName: "Latency",
        Dimensions: Dimensions.toReversed(),
        ...range,
        Statistics: ["SampleCount", "Sum", "Minimum", "Maximum", "Average"],
      }),
    );
    expect(Datapoints).toEqual([
      {
        Timestamp: at(0),
        Unit: "None",
        SampleCount: 4,
        Sum: 14,
        Minimum: 1,
        Maximum: 5,
        Average: 3.5,
      },
      {
        Timestamp: at(60),
        Unit: "None",
        SampleCount: 1,
        Sum: 8,
        Minimum: 8,
        Maximum: 8,
        Average: 8,
      },
    ]);
    await restarted();
    const { StartTime, EndTime, Period } = range;
    const Metric = { Namespace, MetricName: "Latency", Dimensions };
    const { MetricDataResults } = await cloudwatch().send(
      new GetMetricDataCommand({
        StartTime,
        EndTime,
        MetricDataQueries: [{ Id: "m1", MetricStat: { Metric, Period, Stat: "Maximum" } }],
      }),
    );
    expect(MetricDataResults).toEqual([
      {
        Id: "m1",
        Label: "Latency",
        Timestamps: [at(60), at(0)],
        Values: [8, 5],
        StatusCode: "Complete",
      },
    ]);
  });

  it("may come compressed, and are listed", async () => {
    // The SDK compresses from ten kilobytes on.
    const MetricData = Array.from({ length: 200 }, (_, index) => ({
      MetricName: `Many-${String(index).padStart(60, "0")}`,
      Dimensions,
      Value: index,
    }));
    await cloudwatch().send(new PutMetricDataCommand({ Namespace: `many/${name}`, MetricData }));
    const list = (more: object) =>
      cloudwatch().send(new ListMetricsCommand({ Namespace: `many/${name}`, ...more }));
    expect((await list({})).Metrics).toHaveLength(200);
    expect((await list({ Dimensions: [{ Name: "kind", Value: "b" }] })).Metrics).toEqual([]);
    const [metric] = MetricData;
    expect((await list({ MetricName: metric?.MetricName })).Metrics).toEqual([
      { Namespace: `many/${name}`, MetricName: metric?.MetricName, Dimensions },
    ]);
  });

  const put = (...MetricData: PutMetricDataCommandInput["MetricData"] & object) =>
    cloudwatch().send(new PutMetricDataCommand({ Namespace, MetricData }));
  const statistics = (more: { EndTime?: Date; Period?: number }) =>
    cloudwatch().send(
      new GetMetricStatisticsCommand({
        Namespace,
        MetricName: "Latency",
        ...range,
        ...more,
        Statistics: ["Sum"],
      }),
    );

  it("are refused where what was measured is unclear", async () => {
    const MetricName = "<unclear & wrong>";
    const fine = { MetricName, Value: 1 };
    const wrong = async (...data: Parameters<typeof put>) => refusal(put(...data));
    expect(await wrong({ MetricName })).toMatch(/^InvalidParameterValue/);
    expect(await wrong(fine, { MetricName, Value: 1, Values: [1] })).toMatch(
      /^InvalidParameterCombination.*: The parameters MetricData\.member\.2\.Value and MetricData\.member\.2\.Values are mutually exclusive and you have specified both\.$/,
    );
    const StatisticValues = { SampleCount: 1, Sum: 1, Minimum: 1, Maximum: 1 };
    expect(await wrong({ MetricName, Value: 1, StatisticValues })).toMatch(
      /MetricData\.member\.1\.StatisticValues are mutually exclusive/,
    );
    expect(await wrong({ MetricName, Values: [1, 10], Counts: [2, 4, 5] })).toMatch(
      /^InvalidParameterValue.*: The parameters MetricData\.member\.1\.Values and MetricData\.member\.1\.Counts must be of the same size\.$/,
    );
    const listed = async () =>
      (await cloudwatch().send(new ListMetricsCommand({ Namespace, MetricName }))).Metrics;
    expect(await listed()).toEqual([]);
    await put(fine);
    expect(await listed()).toEqual([{ Namespace, MetricName, Dimensions: [] }]);
  });

  // Source of the words: cloudposse-archives/prometheus-to-cloudwatch, pull request 17; papertrail/papertrail-services,
  // issue 66; getmoto/moto, issue 3880: what CloudWatch answered to them.
  it("are refused with what CloudWatch does not measure", async () => {
    const fine = { MetricName: "m", Value: 1 };
    const wrong = async (...data: Parameters<typeof put>) => refusal(put(...data));
    expect(await wrong(fine, { MetricName: "m", Value: Number.NaN })).toMatch(
      /^InvalidParameterValue.*: The value NaN for parameter MetricData\.member\.2\.Value is invalid\.$/,
    );
    expect(await wrong({ MetricName: "m", Value: 2 ** 361 })).toMatch(
      /for parameter MetricData\.member\.1\.Value is invalid\.$/,
    );
    expect(await wrong({ ...fine, Unit: "Apples" as "Count" })).toMatch(
      /^InvalidParameterValue.*: The parameter MetricData\.member\.1\.Unit must be a value in the set \[ Seconds, /,
    );
    expect(await wrong(...Array.from({ length: 1001 }, () => fine))).toMatch(
      /^InvalidParameterValue.*: The collection MetricData must not have a size greater than 1000\.$/,
    );
    const nameless = cloudwatch().send(
      new PutMetricDataCommand({ Namespace: undefined, MetricData: [fine] } as never),
    );
    expect(await refusal(nameless)).toMatch(
      /^Missing.*Parameter.*: The parameter Namespace is required\.$/,
    );
    const token = cloudwatch().send(new ListMetricsCommand({ NextToken: "none" }));
    expect(await refusal(token)).toMatch(
      /^InvalidParameterValue.*: Request parameter NextToken is invalid$/,
    );
  });

  it("are refused where the range is none, or asks for too many points", async () => {
    expect(await refusal(statistics({ EndTime: at(0) }))).toMatch(
      /^InvalidParameterValue.*: The parameter StartTime must be less than the parameter EndTime\.$/,
    );
    const { StartTime } = range;
    const EndTime = new Date(StartTime.getTime() + 1608 * 60_000);
    expect(await refusal(statistics({ EndTime }))).toMatch(
      /^InvalidParameterCombination.*: You have requested up to 1,608 datapoints, which exceeds the limit of 1,440\. You may reduce the datapoints requested by increasing Period, or decreasing the time range\.$/,
    );
    await expect(statistics({ EndTime, Period: 300 })).resolves.toMatchObject({ Label: "Latency" });
  });

  it("have no alarms", async () => {
    const unknown = name === "query" ? "InvalidAction" : "UnknownOperationException";
    const asked = cloudwatch().send(new DescribeAlarmsCommand({}));
    await expect(asked).rejects.toMatchObject({ name: unknown });
  });

  // Source: AWS query-compatible: code and fault as clients of the query protocol know them.
  it("have errors with the codes of the query protocol", async () => {
    const seen: unknown = await statistics({ EndTime: at(0) }).catch((error: unknown) => error);
    expect(seen).toMatchObject({
      name: "InvalidParameterValueException",
      $metadata: { httpStatusCode: 400, requestId: expect.any(String) as string },
      Code: "InvalidParameterValue",
      Type: "Sender",
    });
  });
});
