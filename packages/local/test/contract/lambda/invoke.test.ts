import { fileURLToPath } from "node:url";
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { describe, expect, it } from "vitest";
import type { FunctionDefinition } from "../../../src/lambda/definition.ts";
import { startParts } from "../gateway/parts.ts";

const root = fileURLToPath(new URL(".", import.meta.url));

function probe(changes: Partial<FunctionDefinition> = {}): FunctionDefinition {
  return {
    name: "probe",
    region: "us-east-1",
    handler: "handlers/probe.handler",
    root,
    environment: { GREETING: "hello" },
    timeoutSeconds: 5,
    memoryMb: 128,
    ...changes,
  };
}

async function start(changes: Partial<FunctionDefinition> = {}) {
  const parts = await startParts();
  const arn = parts.lambda.register(probe(changes));
  const sdk = new LambdaClient(parts.client());
  const invoke = async (event: object, type?: "Event" | "DryRun") => {
    const answer = await sdk.send(
      new InvokeCommand({
        FunctionName: "probe",
        Payload: JSON.stringify(event),
        LogType: "Tail",
        ...(type && { InvocationType: type }),
      }),
    );
    const text = Buffer.from(answer.Payload ?? []).toString();
    return { ...answer, payload: text === "" ? undefined : JSON.parse(text) };
  };
  return { ...parts, arn, invoke };
}

describe("Lambda Invoke", () => {
  it("keeps a worker warm between invocations", async () => {
    const { invoke, lambda } = await start();
    expect((await invoke({})).payload).toEqual({ invocations: 1 });
    expect((await invoke({})).payload).toEqual({ invocations: 2 });
    expect(lambda.invocations.list("probe").map(({ coldStart }) => coldStart)).toEqual([
      true,
      false,
    ]);
  });

  it("starts another worker for an invocation that overlaps", async () => {
    const { lambda, arn } = await start();
    const results = await Promise.all([lambda.invoke(arn, {}), lambda.invoke(arn, {})]);
    expect(results).toEqual([
      { outcome: "returned", payload: { invocations: 1 } },
      { outcome: "returned", payload: { invocations: 1 } },
    ]);
  });

  it("throttles what goes beyond reserved concurrency", async () => {
    const { invoke, lambda, arn } = await start({ reservedConcurrency: 1, timeoutSeconds: 1 });
    const held = lambda.invoke(arn, { do: "hang" });
    await expect(invoke({})).rejects.toMatchObject({ name: "TooManyRequestsException" });
    expect(await held).toEqual({ outcome: "timed-out" });
  });

  // Source: Lambda DG, "Defined runtime environment variables".
  it("shows a handler its own environment and nothing of the stage's", async () => {
    const { invoke, endpoint } = await start();
    const { payload } = await invoke({ do: "environment" });
    expect(payload).toMatchObject({
      GREETING: "hello",
      AWS_REGION: "us-east-1",
      AWS_LAMBDA_FUNCTION_NAME: "probe",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_ENDPOINT_URL: endpoint,
      _HANDLER: "handlers/probe.handler",
    });
    // Presence first: the stage itself does have these.
    expect(process.env).toHaveProperty("VITEST");
    expect(payload).not.toHaveProperty("VITEST");
    expect(payload).not.toHaveProperty("HOME");
  });

  // Source: Lambda DG, "Using the Lambda context object to retrieve Node.js function information".
  it("gives a handler the context of its invocation", async () => {
    const { invoke, arn, lambda } = await start();
    const { payload } = await invoke({ do: "context" });
    expect(payload).toMatchObject({
      functionName: "probe",
      functionVersion: "$LATEST",
      invokedFunctionArn: arn,
      memoryLimitInMB: "128",
      logGroupName: "/aws/lambda/probe",
      awsRequestId: lambda.invocations.list()[0]?.requestId,
    });
    expect(payload.remainingMs).toBeGreaterThan(3000);
    expect(payload.remainingMs).toBeLessThanOrEqual(5000);
  });

  it("answers null for a handler that returns nothing", async () => {
    const { invoke } = await start();
    expect((await invoke({ do: "nothing" })).payload).toBeNull();
  });

  it("reports what a handler throws, and stays usable", async () => {
    const { invoke } = await start();
    const thrown = await invoke({ do: "throw" });
    expect(thrown.StatusCode).toBe(200);
    expect(thrown.FunctionError).toBe("Unhandled");
    expect(thrown.payload).toMatchObject({
      errorType: "OrderError",
      errorMessage: "no such order",
      trace: expect.arrayContaining(["OrderError: no such order"]),
    });
    expect((await invoke({})).payload).toEqual({ invocations: 2 });
  });

  it.each(["hang", "spin"])(
    "stops a handler that does not end (%s) and starts afresh",
    async (what) => {
      const { invoke, lambda, arn } = await start({ timeoutSeconds: 0.3 });
      await invoke({});
      const late = await invoke({ do: what });
      expect(late.FunctionError).toBe("Unhandled");
      expect(late.payload).toEqual({
        errorType: "Sandbox.Timedout",
        errorMessage: expect.stringMatching(
          /^RequestId: [\w-]{36} Error: Task timed out after 0\.30 seconds$/,
        ),
      });
      expect(await lambda.invoke(arn, { do: what })).toEqual({ outcome: "timed-out" });
      expect((await invoke({})).payload).toEqual({ invocations: 1 });
    },
  );

  // Sources: aws-lambda-runtime-interface-emulator for how an exit is put into words; for what nobody waits for,
  // aws-lambda-nodejs-runtime-interface-client, src/index.ts.
  it.each([
    [
      "exit",
      "Runtime.ExitError",
      /^RequestId: \S+ Error: Runtime exited with error: exit status 3$/,
    ],
    [
      "leave",
      "Runtime.ExitError",
      /^RequestId: \S+ Error: Runtime exited without providing a reason$/,
    ],
    ["reject", "Runtime.UnhandledPromiseRejection", /^Error: nobody listens$/],
    ["raise", "TypeError", /^nobody catches$/],
    [
      "memory",
      "Runtime.ExitError",
      /^RequestId: \S+ Error: Runtime exited with error: signal: killed$/,
    ],
  ])("reports a crash (%s) and starts afresh", async (what, errorType, errorMessage) => {
    const { invoke, lambda } = await start({ memoryMb: 32 });
    const crashed = await invoke({ do: what });
    expect(crashed.FunctionError).toBe("Unhandled");
    expect(crashed.payload).toMatchObject({
      errorType,
      errorMessage: expect.stringMatching(errorMessage),
    });
    expect(lambda.invocations.list()[0]).toMatchObject({ outcome: "crashed" });
    expect((await invoke({})).payload).toEqual({ invocations: 1 });
  });

  it("starts afresh when something fails after the handler has returned", async () => {
    const { invoke, lambda } = await start();
    expect((await invoke({ do: "fail later" })).payload).toBe("returned");
    await expect.poll(async () => (await invoke({})).payload).toEqual({ invocations: 1 });
    expect(lambda.invocations.list()[0]).toMatchObject({ outcome: "returned" });
  });

  it.each([
    ["handlers/broken.handler", /cannot start/],
    ["handlers/probe.missing", /HandlerNotFound/],
    ["handlers/probe.notAFunction", /HandlerNotFound/],
    ["handlers/absent.handler", /handler not found: handlers\/absent\.handler/],
  ])("reports a handler that cannot start: %s", async (handler, reason) => {
    const { lambda, arn } = await start({ handler });
    const result = await lambda.invoke(arn, {});
    expect(result.outcome).toBe("crashed");
    expect("reason" in result && result.reason).toMatch(reason);
  });

  it("records what a handler writes, by line, and shows it in the log tail", async () => {
    const { invoke, lambda } = await start();
    const { LogResult } = await invoke({ do: "log" });
    expect(lambda.invocations.list()[0]?.lines).toEqual(["first", "second half"]);
    const tail = Buffer.from(LogResult ?? "", "base64").toString();
    expect(tail).toContain("START RequestId");
    expect(tail).toContain("second half");
    // What tools read out of it. Source: Lambda DG, "Viewing CloudWatch logs", REPORT.
    expect(tail).toMatch(
      /\nREPORT RequestId: [\w-]+\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\t\n$/,
    );
  });

  // Source: moto's test_invoke_lambda_with_large_response; LocalStack's test_large_payloads.
  it("refuses what is too large, in and out", async () => {
    const { invoke, lambda, arn } = await start();
    const large = { text: "x".repeat(6 * 1024 * 1024) };
    const bytes = JSON.stringify(large).length;
    await expect(invoke(large)).rejects.toMatchObject({
      name: "RequestTooLargeException",
      message: `${bytes} byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)`,
    });
    expect(await invoke({ do: "large" })).toMatchObject({
      FunctionError: "Unhandled",
      payload: {
        errorType: "Function.ResponseSizeTooLarge",
        errorMessage:
          "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
      },
    });
    expect((await lambda.invoke(arn, { do: "large" })).outcome).toBe("returned");
  });

  it("lets handlers live in the stage's time", async () => {
    const { invoke, clock } = await start();
    const before = (await invoke({ do: "now" })).payload;
    clock.advance(86_400_000);
    const after = (await invoke({ do: "now" })).payload;
    expect(after - before).toBeGreaterThanOrEqual(86_400_000);
    expect(after - before).toBeLessThan(86_460_000);
  });

  it("replaces a module wherever it is imported", async () => {
    const { invoke } = await start({
      replace: { [`${root}handlers/config.ts`]: `${root}handlers/replaced.ts` },
    });
    expect((await invoke({ do: "configured" })).payload).toBe("replaced");
  });

  it("does not find a function of another region", async () => {
    const { client, invoke } = await start();
    expect((await invoke({})).StatusCode).toBe(200);
    const elsewhere = new LambdaClient(client("eu-central-1"));
    await expect(
      elsewhere.send(new InvokeCommand({ FunctionName: "probe" })),
    ).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  it("finds a function by its name, its ARN and with a qualifier", async () => {
    const { client: config, arn } = await start();
    const client = new LambdaClient(config());
    const names = ["probe", arn, `${arn}:$LATEST`, "000000000000:function:probe"];
    for (const FunctionName of names) {
      expect((await client.send(new InvokeCommand({ FunctionName }))).StatusCode).toBe(200);
    }
    // No version is published and there is no alias.
    for (const more of [{ Qualifier: "live" }, { FunctionName: `${arn}:1` }]) {
      await expect(
        client.send(new InvokeCommand({ FunctionName: "probe", ...more })),
      ).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    }
    const { Functions } = await client.send(new ListFunctionsCommand({}));
    expect(Functions?.map(({ FunctionArn }) => FunctionArn)).toEqual([arn]);
  });

  // Source: Lambda DG, "Asynchronous invocation": two retries.
  it("retries an asynchronous invocation twice", async () => {
    const { invoke, lambda } = await start();
    expect((await invoke({ do: "throw" }, "Event")).StatusCode).toBe(202);
    await expect.poll(() => lambda.invocations.list().length).toBe(3);
    expect((await invoke({ do: "throw" }, "DryRun")).StatusCode).toBe(204);
  });
});
