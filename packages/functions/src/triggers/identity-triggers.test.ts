import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { deploymentOf } from "@carryover/core/config/deployment";
import { resolveMigration } from "@carryover/core/config/resolve";
import type { SQSEvent } from "aws-lambda";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { migration } from "../runtime/migration.ts";

// The handlers as Lambda loads them, on the real SDK clients, against a server that plays the AWS APIs.

const USER_ID = "11111111-1111-4111-8111-111111111111";
const SUB = "22222222-2222-4222-8222-222222222222";
const OLD_SUB = "33333333-3333-4333-8333-333333333333";
const VERSION_5 = /^[0-9a-f]{8}-[0-9a-f]{4}-5/;
const VERSION_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7/;

interface Call {
  readonly operation: string;
  readonly input: { [field: string]: unknown };
  readonly trace: string | undefined;
}

let server: Server;
let calls: Call[] = [];
/** Operations that fail as a service does that is down. */
let down: string[] = [];

const answers: Record<string, (input: Call["input"]) => object> = {
  PutEvents: ({ Entries }) => ({
    FailedEntryCount: 0,
    Entries: (Entries as object[]).map((_, n) => ({ EventId: String(n) })),
  }),
  SendMessageBatch: ({ Entries }) => ({
    // The SDK checks the digest.
    Successful: (Entries as { Id: string; MessageBody: string }[]).map(({ Id, MessageBody }) => ({
      Id,
      MessageId: Id,
      MD5OfMessageBody: createHash("md5").update(MessageBody).digest("hex"),
    })),
    Failed: [],
  }),
};

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const operation = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
    const input = JSON.parse(Buffer.concat(chunks).toString()) as Call["input"];
    calls.push({ operation, input, trace: request.headers["x-amzn-trace-id"]?.toString() });
    const isDown = down.includes(operation);
    response.writeHead(isDown ? 503 : 200, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify(isDown ? {} : (answers[operation]?.(input) ?? {})));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const resolved = resolveMigration(migration, "test");
  const links = {
    Migration: deploymentOf(resolved, { stage: "test", region: resolved.homeRegion }),
    Bus: { name: "bus", arn: "arn:aws:events:us-east-1:000000000000:event-bus/bus" },
    FallbackQueue: { url: `${endpoint}/000000000000/fallback` },
  };
  const environment = {
    AWS_REGION: resolved.homeRegion,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  for (const [name, value] of Object.entries(links)) {
    vi.stubEnv(`SST_RESOURCE_${name}`, JSON.stringify(value));
  }
});
afterAll(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  calls = [];
  down = [];
});

const eventOf = (triggerSource: string, attributes: object = {}, request: object = {}) => ({
  version: "1",
  region: "us-east-1",
  userPoolId: "us-east-1_New",
  userName: "ann",
  triggerSource,
  callerContext: { awsSdkVersion: "x", clientId: "app" },
  request: {
    userAttributes: { sub: SUB, email: "ann@example.com", ...attributes },
    ...request,
  },
  response: {},
});

type Event = ReturnType<typeof eventOf>;

async function invoke(name: string, event: Event): Promise<Event> {
  const module: { handler: (event: Event) => Promise<Event> } = await import(
    `../triggers/${name}.ts`
  );
  return module.handler(event);
}

const operations = () => calls.map(({ operation }) => operation);

/** The events that an operation carried, and what they say. */
function said(operation: "PutEvents" | "SendMessageBatch") {
  const entries = calls
    .filter((call) => call.operation === operation)
    .flatMap(({ input }) => input["Entries"] as Record<string, string>[]);
  return entries.map(({ DetailType, Detail, MessageBody }) => {
    if (MessageBody === undefined) return { name: DetailType, ...JSON.parse(Detail ?? "") };
    const { name, detail } = JSON.parse(MessageBody);
    return { name, ...detail };
  });
}

function storedUserIds(): string[] {
  return calls
    .filter(({ operation }) => operation === "AdminUpdateUserAttributes")
    .map(({ input }) => {
      expect(input).toMatchObject({ UserPoolId: "us-east-1_New", Username: "ann" });
      const [attribute, ...others] = input["UserAttributes"] as { Name: string; Value: string }[];
      expect([attribute?.Name, others]).toEqual(["custom:user_id", []]);
      return attribute?.Value ?? "";
    });
}

describe("post-authentication", () => {
  const event = eventOf("PostAuthentication_Authentication", {
    "custom:user_id": USER_ID,
    "custom:legacy_sub": OLD_SUB,
    "custom:legacy_source": "legacy",
  });

  it("says who signed in", async () => {
    expect(await invoke("post-authentication", event)).toEqual(event);
    expect(operations()).toEqual(["PutEvents"]);
    expect(said("PutEvents")).toMatchObject([
      {
        name: "UserSignedIn",
        data: { userId: USER_ID, sub: SUB, legacySub: OLD_SUB, legacySource: "legacy" },
        metadata: { stage: "test", region: "us-east-1" },
      },
    ]);
  });

  it("hands its trace on with the event, so that the services' calls are found from the sign-in", async () => {
    const trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    vi.stubEnv("AWS_LAMBDA_FUNCTION_NAME", "post-authentication");
    vi.stubEnv("_X_AMZN_TRACE_ID", trace);

    await invoke("post-authentication", event);

    // EventBridge guide, "Integration with AWS X-Ray": the header of PutEvents goes on to the targets.
    expect(calls.map((call) => call.trace)).toEqual([trace]);
    vi.stubEnv("AWS_LAMBDA_FUNCTION_NAME", undefined);
    vi.stubEnv("_X_AMZN_TRACE_ID", undefined);
  });

  it("leaves the event in the fallback queue while the bus is down, and the drain brings it back", async () => {
    down = ["PutEvents"];
    expect(await invoke("post-authentication", event)).toEqual(event);
    const [waiting] = said("SendMessageBatch");
    expect(waiting).toMatchObject({ name: "UserSignedIn", data: { userId: USER_ID } });

    const { handler } = await import("../jobs/drain-fallback.ts");
    const { name, ...detail } = waiting;
    const body = JSON.stringify({ name, detail });
    const batch = { Records: [{ messageId: "m1", body }] } as SQSEvent;
    expect(await handler(batch)).toEqual({ batchItemFailures: [{ itemIdentifier: "m1" }] });
    calls = [];
    down = [];
    expect(await handler(batch)).toEqual({ batchItemFailures: [] });
    expect(said("PutEvents")).toEqual([waiting]);
    expect(operations()).toEqual(["PutEvents"]);
  });

  it("lets the person in when neither takes the event", async () => {
    down = ["PutEvents", "SendMessageBatch"];
    expect(await invoke("post-authentication", event)).toEqual(event);
  });
});

describe("post-confirmation", () => {
  it("gives a new user an ID, stores it, and says so", async () => {
    const event = eventOf("PostConfirmation_ConfirmSignUp");
    expect(await invoke("post-confirmation", event)).toEqual(event);
    const [userId] = storedUserIds();
    expect(userId).toMatch(VERSION_7);
    expect(said("PutEvents")).toMatchObject([{ name: "UserSignedUp", data: { userId, sub: SUB } }]);
  });

  it("uses the derived ID when the pool cannot be written, and still confirms", async () => {
    down = ["AdminUpdateUserAttributes"];
    const event = eventOf("PostConfirmation_ConfirmSignUp");
    expect(await invoke("post-confirmation", event)).toEqual(event);
    const [{ data }] = said("PutEvents");
    expect(data.userId).toMatch(VERSION_5);
  });

  it("makes nobody new of a user who chose a new password", async () => {
    const attributes = { "custom:user_id": USER_ID };
    const event = eventOf("PostConfirmation_ConfirmForgotPassword", attributes);
    expect(await invoke("post-confirmation", event)).toEqual(event);
    expect(operations()).toEqual([]);
  });

  it("gives one who has none an ID then too, and says nothing", async () => {
    await invoke("post-confirmation", eventOf("PostConfirmation_ConfirmForgotPassword"));
    expect(operations()).toEqual(["AdminGetUser", "AdminUpdateUserAttributes"]);
  });

  it("does not call a user new who crossed", async () => {
    const attributes = { "custom:user_id": USER_ID, "custom:legacy_source": "legacy" };
    await invoke("post-confirmation", eventOf("PostConfirmation_ConfirmSignUp", attributes));
    expect(operations()).toEqual([]);
  });
});

describe("pre-token-generation", () => {
  const groups = {
    groupConfiguration: { groupsToOverride: ["admins"], iamRolesToOverride: [] },
  };
  const claims = (userId: unknown) => ({ claimsToAddOrOverride: { user_id: userId } });

  it.each([
    "TokenGeneration_Authentication",
    "TokenGeneration_HostedAuth",
    "TokenGeneration_NewPasswordChallenge",
    "TokenGeneration_AuthenticateDevice",
    "TokenGeneration_RefreshTokens",
  ])("puts the user ID into both tokens at %s and leaves groups alone", async (triggerSource) => {
    const event = eventOf(triggerSource, { "custom:user_id": USER_ID }, groups);
    expect((await invoke("pre-token-generation", event)).response).toEqual({
      claimsAndScopeOverrideDetails: {
        idTokenGeneration: claims(USER_ID),
        accessTokenGeneration: claims(USER_ID),
        groupOverrideDetails: { groupsToOverride: ["admins"], iamRolesToOverride: [] },
      },
    });
    expect(operations()).toEqual([]);
  });

  it("derives an ID for a user without one and stores it", async () => {
    const event = eventOf("TokenGeneration_Authentication");
    const { response } = await invoke("pre-token-generation", event);
    const [userId] = storedUserIds();
    expect(userId).toMatch(VERSION_5);
    expect(response).toEqual({
      claimsAndScopeOverrideDetails: {
        idTokenGeneration: claims(userId),
        accessTokenGeneration: claims(userId),
      },
    });
  });

  it("gives the same ID when it cannot be stored", async () => {
    const event = eventOf("TokenGeneration_Authentication");
    const stored = await invoke("pre-token-generation", event);
    down = ["AdminUpdateUserAttributes"];
    expect(await invoke("pre-token-generation", event)).toEqual(stored);
  });
});
