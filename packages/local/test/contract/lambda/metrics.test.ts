import { CloudWatchClient, GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { expect, it, onTestFinished } from "vitest";
import { startServices } from "../../../src/services.ts";
import { zipOf } from "./stranger.ts";

// Source: CloudWatch user guide, "Embedding metrics within logs": Lambda's logs become metrics by themselves.
it("what a function logs in the embedded metric format is a metric, told once and shown", async () => {
  const told: unknown[] = [];
  const logged: [string, boolean][] = [];
  const services = await startServices({
    port: 0,
    homeRegion: "us-east-1",
    onMetrics: (data) => told.push(data),
    onLog: (line, _name, measured) => logged.push([line, measured]),
  });
  onTestFinished(() => services.stop());
  const config = {
    endpoint: services.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  };
  const lambda = new LambdaClient(config);
  const code = `export const handler = async ({ value }) => {
    const Metrics = [{ Name: "Orders", Unit: "Count" }];
    const CloudWatchMetrics = [{ Namespace: "shop", Dimensions: [["kind"], []], Metrics }];
    process.stdout.write("plain\\n");
    process.stdout.write(JSON.stringify({
      _aws: { Timestamp: Date.now(), CloudWatchMetrics }, kind: "book", Orders: value,
    }) + "\\n");
  };`;
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: "shop",
      Runtime: "nodejs24.x",
      Role: "arn:aws:iam::000000000000:role/shop",
      Handler: "src/index.handler",
      Code: { ZipFile: zipOf(code) },
    }),
  );
  for (const value of [2, 3]) {
    const Payload = JSON.stringify({ value });
    await lambda.send(new InvokeCommand({ FunctionName: "shop", Payload }));
  }

  const { Datapoints } = await new CloudWatchClient(config).send(
    new GetMetricStatisticsCommand({
      Namespace: "shop",
      MetricName: "Orders",
      Dimensions: [{ Name: "kind", Value: "book" }],
      StartTime: new Date(services.clock.now() - 3_600_000),
      EndTime: new Date(services.clock.now() + 3_600_000),
      Period: 7200,
      Statistics: ["Sum", "SampleCount"],
    }),
  );
  const sum = (Datapoints ?? []).reduce((all, { Sum = 0 }) => all + Sum, 0);
  expect({ sum, unit: Datapoints?.[0]?.Unit }).toEqual({ sum: 5, unit: "Count" });
  const shown = await fetch(`${services.endpoint}/_local/metrics?namespace=shop`);
  expect(await shown.json()).toMatchObject([
    { name: "Orders", dimensions: { kind: "book" }, count: 2, sum: 5 },
    { name: "Orders", dimensions: {}, count: 2, sum: 5 },
  ]);
  expect(told).toMatchObject([
    [{ name: "Orders", dimensions: { kind: "book" }, sum: 2 }, { dimensions: {} }],
    [{ name: "Orders", dimensions: { kind: "book" }, sum: 3 }, { dimensions: {} }],
  ]);
  expect(logged.map(([line, measured]) => [line === "plain", measured])).toEqual([
    [true, false],
    [false, true],
    [true, false],
    [false, true],
  ]);
});
