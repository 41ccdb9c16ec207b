import { EventBridgeClient, ListEventBusesCommand } from "@aws-sdk/client-eventbridge";
import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { startParts } from "./parts.ts";

async function start() {
  const parts = await startParts();
  const local = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${parts.endpoint}/_local/${path}`, {
      method,
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  };
  const cognito = (operation: string, input: object) =>
    fetch(parts.endpoint, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `AWSCognitoIdentityProviderService.${operation}`,
      },
      body: JSON.stringify(input),
    });
  return { ...parts, local, cognito };
}

describe("/_local/mailbox", () => {
  it("lists what was sent, newest last, and by recipient", async () => {
    const { local, mailbox, clock } = await start();
    clock.setTo(Date.parse("2030-01-01T00:00:00Z"));
    mailbox.deliver({ channel: "email", to: "Ann@x.test", subject: "1", text: "first" });
    mailbox.deliver({ channel: "email", to: "bob@x.test", subject: "2", text: "second" });
    const all = await local("GET", "mailbox");
    expect(all.body.map(({ subject }: { subject: string }) => subject)).toEqual(["1", "2"]);
    expect(all.body[0].at).toMatch(/^2030-01-01T00:00:00/);
    const anns = await local("GET", "mailbox?to=ann%40x.test");
    expect(anns.body).toMatchObject([{ to: "Ann@x.test", text: "first" }]);
    expect((await local("DELETE", "mailbox")).status).toBe(204);
    expect((await local("GET", "mailbox")).body).toEqual([]);
  });
});

describe("/_local/clock", () => {
  it("moves the stage's time, which then runs on", async () => {
    const { local, clock } = await start();
    const moved = await local("POST", "clock", { setTo: "2030-01-01T00:00:00Z" });
    expect(moved.body.now).toMatch(/^2030-01-01T00:00:0/);
    await local("POST", "clock", { advanceSeconds: 3600 });
    expect(new Date(clock.now()).toISOString()).toMatch(/^2030-01-01T01:00:0/);
  });
});

describe("/_local/faults", () => {
  const DESCRIBE = "DescribeUserPool";

  it("cuts off one pool and no other, by pool, client or token", async () => {
    const { local, cognito } = await start();
    const added = await local("POST", "faults", {
      service: "cognito-idp",
      userPoolId: "eu-central-1_Pool",
      effect: { kind: "cut-off" },
    });
    expect(added.status).toBe(201);
    await expect(cognito(DESCRIBE, { UserPoolId: "eu-central-1_Pool" })).rejects.toThrow();
    await expect(cognito("InitiateAuth", { ClientId: "eu-client" })).rejects.toThrow();
    expect((await cognito(DESCRIBE, { UserPoolId: "us-east-1_Other" })).status).toBe(200);
    expect((await local("DELETE", `faults/${added.body.id}`)).status).toBe(204);
    expect((await cognito("InitiateAuth", { ClientId: "eu-client" })).status).toBe(200);
  });

  it("happens as often as asked, for the operation asked", async () => {
    const { local, cognito } = await start();
    await local("POST", "faults", {
      service: "cognito-idp",
      operation: DESCRIBE,
      effect: { kind: "throttle" },
      times: 2,
    });
    expect((await cognito("ListUserPools", {})).status).toBe(200);
    for (let call = 0; call < 2; call += 1) {
      const response = await cognito(DESCRIBE, {});
      expect(await response.json()).toMatchObject({ __type: "TooManyRequestsException" });
    }
    expect((await cognito(DESCRIBE, {})).status).toBe(200);
    expect((await local("GET", "faults")).body).toEqual([]);
  });

  it("speaks each service's own way of throttling, as the SDK understands it", async () => {
    const { local, client } = await start();
    for (const service of ["events", "sqs"]) {
      await local("POST", "faults", { service, effect: { kind: "throttle" } });
    }
    const events = new EventBridgeClient(client()).send(new ListEventBusesCommand({}));
    await expect(events).rejects.toMatchObject({ name: "ThrottlingException" });
    const sqs = new SQSClient(client()).send(new ListQueuesCommand({}));
    await expect(sqs).rejects.toMatchObject({ name: "RequestThrottled" });
  });

  it("is an error of the test's choice, or a delay", async () => {
    const { local, cognito } = await start();
    await local("POST", "faults", {
      service: "cognito-idp",
      effect: { kind: "error", type: "InternalErrorException", message: "down", status: 500 },
      times: 1,
    });
    const failed = await cognito(DESCRIBE, {});
    expect(failed.status).toBe(500);
    expect(await failed.json()).toEqual({ __type: "InternalErrorException", message: "down" });
    await local("POST", "faults", {
      service: "cognito-idp",
      effect: { kind: "slow", delayMs: 150 },
      times: 1,
    });
    const before = performance.now();
    expect((await cognito(DESCRIBE, {})).status).toBe(200);
    expect(performance.now() - before).toBeGreaterThanOrEqual(145);
  });
});

describe("/_local/requests", () => {
  it("counts API calls by service, operation, region and pool", async () => {
    const { local, cognito } = await start();
    await cognito("InitiateAuth", { ClientId: "eu-client" });
    await cognito("InitiateAuth", { ClientId: "eu-client" });
    expect((await local("GET", "requests")).body).toEqual([
      {
        service: "cognito-idp",
        operation: "InitiateAuth",
        region: "eu-central-1",
        userPoolId: "eu-central-1_Pool",
        count: 2,
      },
    ]);
    await local("DELETE", "requests");
    expect((await local("GET", "requests")).body).toEqual([]);
  });
});

describe("/_local/", () => {
  it.each([
    ["clock", { advanceSeconds: "1" }, "advanceSeconds"],
    ["clock", { setTo: "tomorrow" }, "setTo"],
    ["faults", { service: "s3", effect: { kind: "cut-off" } }, "service"],
    ["faults", { service: "sqs", effect: { kind: "slow", delayMs: -1 } }, "effect.delayMs"],
    ["faults", { service: "sqs", effect: { kind: "explode" } }, "effect.kind"],
    ["faults", { service: "sqs", effect: { kind: "cut-off" }, timse: 1 }, "timse"],
    ["faults", { service: "sqs", effect: { kind: "cut-off" }, times: 0 }, "times"],
  ])("refuses bad input for %s and names the field: %j", async (path, body, field) => {
    const { local } = await start();
    const answer = await local("POST", path, body);
    expect(answer.status).toBe(400);
    expect(answer.body.message).toContain(field);
  });

  it("says what it is asked for and does not have", async () => {
    const { local } = await start();
    expect(await local("GET", "nothing")).toMatchObject({ status: 404 });
    expect(await local("GET", "health")).toMatchObject({ status: 200, body: { status: "ok" } });
    expect(await local("GET", "invocations")).toMatchObject({ status: 200, body: [] });
  });
});
