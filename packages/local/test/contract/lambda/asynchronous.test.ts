import {
  CreateEventBusCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import {
  DeleteFunctionEventInvokeConfigCommand,
  GetFunctionEventInvokeConfigCommand,
  InvokeCommand,
  ListFunctionEventInvokeConfigsCommand,
  PutFunctionEventInvokeConfigCommand,
  type PutFunctionEventInvokeConfigCommandInput,
  UpdateFunctionEventInvokeConfigCommand,
} from "@aws-sdk/client-lambda";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { createQueue } from "../gateway/parts.ts";
import { startStranger, zipOf } from "./stranger.ts";

// Source, unless another is named: LocalStack's test_lambda_destinations.py and test_lambda_eventinvokeconfig_exceptions,
// which were recorded on AWS.

const CODE = `export const handler = async (event) => {
  console.log("tried");
  if (event.fail) throw new Error(event.fail);
  return { got: event };
};`;

async function start() {
  const { parts, sdk, create } = await startStranger();
  const { FunctionArn = "" } = await create({ Code: { ZipFile: zipOf(CODE) } });
  const sqs = new SQSClient(parts.client());
  const queue = await createQueue(sqs, "records");
  const put = (input: Partial<PutFunctionEventInvokeConfigCommandInput>) =>
    sdk.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: "stranger", ...input }));
  const invokeLater = (event: object) =>
    sdk.send(
      new InvokeCommand({
        FunctionName: "stranger",
        InvocationType: "Event",
        Payload: JSON.stringify(event),
      }),
    );
  const body = async () => {
    const asked = { QueueUrl: queue.url, WaitTimeSeconds: 20 };
    const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand(asked));
    return JSON.parse(message?.Body ?? "null");
  };
  return { parts, sdk, create, sqs, FunctionArn, queue, put, invokeLater, body };
}

describe("a destination", () => {
  it("hears of a success", async () => {
    const { FunctionArn, queue, put, invokeLater, body } = await start();
    await put({ DestinationConfig: { OnSuccess: { Destination: queue.arn } } });
    await invokeLater({ order: 7 });
    const requestId = expect.stringMatching(/^[0-9a-f-]{36}$/);
    expect(await body()).toEqual({
      version: "1.0",
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      requestContext: {
        requestId,
        functionArn: `${FunctionArn}:$LATEST`,
        condition: "Success",
        approximateInvokeCount: 1,
      },
      requestPayload: { order: 7 },
      responseContext: { statusCode: 200, executedVersion: "$LATEST" },
      responsePayload: { got: { order: 7 } },
    });
  });

  // AWS tries again after a minute, and after two more: an event that may be no older is given up before.
  it.each([
    [{}, 3, "RetriesExhausted"],
    [{ MaximumRetryAttempts: 0 }, 1, "RetriesExhausted"],
    [{ MaximumEventAgeInSeconds: 60 }, 1, "EventAgeExceeded"],
    [{ MaximumEventAgeInSeconds: 120 }, 2, "EventAgeExceeded"],
    [{ MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 }, 1, "RetriesExhausted"],
  ])("hears of a failure: %o", async (limits, approximateInvokeCount, condition) => {
    const { parts, queue, put, invokeLater, body } = await start();
    await put({ DestinationConfig: { OnFailure: { Destination: queue.arn } }, ...limits });
    await invokeLater({ fail: "on purpose" });
    expect(await body()).toMatchObject({
      requestContext: { condition, approximateInvokeCount },
      requestPayload: { fail: "on purpose" },
      responseContext: { statusCode: 200, functionError: "Unhandled" },
      responsePayload: { errorType: "Error", errorMessage: "on purpose" },
    });
    expect(parts.lambda.invocations.list("stranger")).toHaveLength(approximateInvokeCount);
  });

  it("may be another function", async () => {
    const { parts, create, put, invokeLater } = await start();
    const { FunctionArn: Destination } = await create({ FunctionName: "next" });
    await put({ DestinationConfig: { OnSuccess: { Destination } } });
    await invokeLater({});
    await expect.poll(() => parts.lambda.invocations.list("next")).toHaveLength(1);
  });

  // Source: Lambda DG, "Capturing records of Lambda asynchronous invocations", EventBridge.
  it("may be a bus", async () => {
    const { parts, FunctionArn, queue, put, invokeLater, body } = await start();
    const events = parts.eventBridge();
    const { EventBusArn } = await events.send(new CreateEventBusCommand({ Name: "records" }));
    const rule = { Name: "all", EventBusName: "records" };
    await events.send(new PutRuleCommand({ ...rule, EventPattern: '{"source": ["lambda"]}' }));
    const Targets = [{ Id: "queue", Arn: queue.arn }];
    await events.send(new PutTargetsCommand({ Rule: "all", EventBusName: "records", Targets }));
    await put({
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: EventBusArn } },
    });
    await invokeLater({ fail: "on purpose" });
    expect(await body()).toMatchObject({
      "detail-type": "Lambda Function Invocation Result - Failure",
      resources: [EventBusArn, `${FunctionArn}:$LATEST`],
      detail: { requestPayload: { fail: "on purpose" } },
    });
  });
});

describe("how a function is invoked asynchronously", () => {
  const FunctionName = "stranger";

  it("is put whole, updated in part, listed and deleted", async () => {
    const { sdk, FunctionArn, queue, put } = await start();
    const none = { OnSuccess: {}, OnFailure: {} };
    const shown = { FunctionArn: `${FunctionArn}:$LATEST`, LastModified: expect.any(Date) };
    expect(await put({ MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 60 })).toMatchObject({
      ...shown,
      MaximumRetryAttempts: 2,
      MaximumEventAgeInSeconds: 60,
      DestinationConfig: none,
    });
    const again = await put({ MaximumRetryAttempts: 0 });
    expect(again).toMatchObject({ ...shown, MaximumRetryAttempts: 0 });
    expect(again).not.toHaveProperty("MaximumEventAgeInSeconds");
    const DestinationConfig = { OnFailure: { Destination: queue.arn } };
    await sdk.send(new UpdateFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig }));
    const whole = {
      ...shown,
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnSuccess: {}, ...DestinationConfig },
    };
    expect(await sdk.send(new GetFunctionEventInvokeConfigCommand({ FunctionName }))).toMatchObject(
      whole,
    );
    const list = new ListFunctionEventInvokeConfigsCommand({ FunctionName });
    expect((await sdk.send(list)).FunctionEventInvokeConfigs).toMatchObject([whole]);
    await sdk.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName }));
    expect((await sdk.send(list)).FunctionEventInvokeConfigs).toEqual([]);
  });

  it("is refused in Lambda's words", async () => {
    const { sdk, FunctionArn, put } = await start();
    const wrong = "InvalidParameterValueException";
    const to = (Destination: string) => put({ DestinationConfig: { OnSuccess: { Destination } } });
    const missing = FunctionArn.replace("stranger", "none");
    const iam = FunctionArn.replace(":lambda:", ":iam:");
    const refusals: [() => Promise<unknown>, string, string][] = [
      [
        () => put({}),
        wrong,
        "You must specify at least one of error handling or destination setting.",
      ],
      [() => to(missing), wrong, `The destination ARN ${missing} is invalid.`],
      [() => to(FunctionArn), wrong, "You can't specify the function as a destination for itself."],
      [
        () => to(iam),
        wrong,
        `The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=${iam}), onFailure=null) is invalid.`,
      ],
      [
        () => put({ FunctionName: "none", MaximumRetryAttempts: 1 }),
        "ResourceNotFoundException",
        "The function doesn't exist.",
      ],
      ...["stranger", "none"].map((name): [() => Promise<unknown>, string, string] => [
        () => sdk.send(new GetFunctionEventInvokeConfigCommand({ FunctionName: name })),
        "ResourceNotFoundException",
        `The function ${FunctionArn.replace("stranger", name)}:$LATEST doesn't have an EventInvokeConfig`,
      ]),
    ];
    for (const [refusal, name, message] of refusals) {
      await expect(refusal()).rejects.toMatchObject({ name, message });
    }
    await expect(put({ MaximumRetryAttempts: 3 })).rejects.toThrow(/less than or equal to 2/);
    await expect(to("queue")).rejects.toThrow(/at 'destinationConfig.onSuccess.destination'/);
  });
});
