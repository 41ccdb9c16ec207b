import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { deploymentWith, OLD_SUB } from "../../test/deployment.ts";
import type { Challenge } from "../migration/answer.ts";
import type { SearchableSource, SourcePool } from "../migration/source.ts";
import { searchableSource } from "./searchable-source.ts";
import { sourcePool } from "./source-pool.ts";
import { targetPool } from "./target-pool.ts";

interface Reply {
  readonly status: number;
  readonly body: object;
}

/** Speaks Cognito's protocol (facts of `AWSCognitoIdentityProviderService`), answers what the test says. */
let server: Server;
let client: CognitoIdentityProviderClient;
let replies: Reply[];
let requests: { operation: string | undefined; input: Record<string, unknown> }[];

const ok = (body: object): Reply => ({ status: 200, body });
const refused = (type: string, status = 400, message = "x"): Reply => ({
  status,
  body: { __type: type, message },
});
const signal = () => AbortSignal.timeout(5000);

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const input = z.parse(
        z.record(z.string(), z.unknown()),
        JSON.parse(Buffer.concat(chunks).toString()),
      );
      const target = String(request.headers["x-amz-target"]);
      requests.push({ operation: target.split(".").at(-1), input });
      const reply = replies.length > 1 ? replies.shift() : replies[0];
      if (reply === undefined) return;
      response.writeHead(reply.status, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(reply.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  client = new CognitoIdentityProviderClient({
    region: "us-east-1",
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 2,
  });
});
afterAll(async () => {
  client.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  requests = [];
});

function given(reply: Reply | readonly Reply[], secret?: string): SourcePool {
  replies = [reply].flat();
  const [source] = deploymentWith().sources;
  if (source === undefined) throw new Error("the fixture has a source");
  return sourcePool(client, source, secret);
}

function givenToSearch(reply: Reply | readonly Reply[]): SearchableSource {
  const { id, poolId } = given(reply);
  return searchableSource(client, { id, userPoolId: poolId });
}

const challenge: Challenge = {
  outcome: "challenge",
  name: "SMS_MFA",
  session: "s".repeat(20),
  parameters: { USER_ID_FOR_SRP: "alice" },
};

describe("a source's answer to a password", () => {
  it.each([
    [
      ok({ AuthenticationResult: { IdToken: "id", RefreshToken: "refresh", AccessToken: "a" } }),
      { outcome: "authenticated", tokens: { idToken: "id", refreshToken: "refresh" } },
    ],
    [
      ok({
        ChallengeName: "SMS_MFA",
        Session: challenge.session,
        ChallengeParameters: challenge.parameters,
      }),
      challenge,
    ],
    [ok({}), { outcome: "challenge", name: "NONE", session: "", parameters: {} }],
    [refused("NotAuthorizedException"), { outcome: "rejected" }],
    [
      refused("NotAuthorizedException", 400, "Unable to verify secret hash for client abc"),
      { outcome: "unavailable", reason: "denied" },
    ],
    [
      refused(
        "NotAuthorizedException",
        400,
        "Client abc is configured with secret but SECRET_HASH was not received",
      ),
      { outcome: "unavailable", reason: "denied" },
    ],
    [refused("UserNotFoundException"), { outcome: "user-not-found" }],
    [refused("UserNotConfirmedException"), { outcome: "not-confirmed" }],
    [refused("PasswordResetRequiredException"), { outcome: "reset-required" }],
    [refused("UserLambdaValidationException"), { outcome: "rejected" }],
    [refused("CodeMismatchException"), { outcome: "code-wrong" }],
    [refused("ExpiredCodeException"), { outcome: "code-expired" }],
  ])("%j", async (reply, answer) => {
    const source = given(reply);
    expect(await source.authenticate("alice", "Secret-1", signal())).toEqual(answer);
    expect(requests).toMatchObject([
      {
        operation: "AdminInitiateAuth",
        input: {
          UserPoolId: "us-east-1_legacy",
          ClientId: "client1",
          AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
          AuthParameters: { USERNAME: "alice", PASSWORD: "Secret-1" },
        },
      },
    ]);
  });

  it.each([
    ["TooManyRequestsException", 400, "throttled"],
    ["ThrottlingException", 400, "throttled"],
    ["LimitExceededException", 400, "throttled"],
    ["InternalErrorException", 500, "server"],
    ["ServiceUnavailable", 503, "server"],
    ["UnexpectedLambdaException", 400, "server"],
    ["ResourceNotFoundException", 400, "gone"],
    ["AccessDeniedException", 400, "denied"],
    ["UnrecognizedClientException", 400, "denied"],
    ["ExpiredTokenException", 400, "denied"],
    ["InvalidParameterException", 400, "denied"],
  ])("%s with %i is no word about the user: %s", async (type, status, reason) => {
    const source = given(refused(type, status));
    const unavailable = { outcome: "unavailable", reason };
    expect(await source.authenticate("alice", "Secret-1", signal())).toEqual(unavailable);
    expect(requests.length).toBeLessThanOrEqual(2);
  });

  it("tries a throttled call once more", async () => {
    const source = given([refused("TooManyRequestsException"), refused("NotAuthorizedException")]);
    expect(await source.authenticate("alice", "x", signal())).toEqual({ outcome: "rejected" });
    expect(requests).toHaveLength(2);
  });

  it("is a timeout when the deadline passes first", async () => {
    const source = given([]);
    expect(await source.authenticate("alice", "x", AbortSignal.timeout(50))).toEqual({
      outcome: "unavailable",
      reason: "timeout",
    });
  });

  it.each(["two words", "", "x".repeat(129)])("does not ask for the name %j", async (login) => {
    const source = given(refused("InvalidParameterException"));
    expect(await source.authenticate(login, "x", signal())).toEqual({ outcome: "user-not-found" });
    expect(await source.getUser(login, signal())).toEqual({ outcome: "user-not-found" });
    expect(requests).toEqual([]);
  });
});

describe("an app client with a secret", () => {
  const hash = (username: string) =>
    createHmac("sha256", "s3cret").update(`${username}client1`).digest("base64");

  it("hashes the username of each call", async () => {
    const source = given(refused("NotAuthorizedException"), "s3cret");
    await source.authenticate("a@example.com", "x", signal());
    await source.respond(challenge, "alice", { SMS_MFA_CODE: "1" }, signal());
    expect(requests).toMatchObject([
      { input: { AuthParameters: { SECRET_HASH: hash("a@example.com") } } },
      {
        operation: "AdminRespondToAuthChallenge",
        input: {
          ChallengeName: "SMS_MFA",
          Session: challenge.session,
          ChallengeResponses: {
            USERNAME: "alice",
            SMS_MFA_CODE: "1",
            SECRET_HASH: hash("alice"),
          },
        },
      },
    ]);
  });

  it("takes tokens back with the secret itself", async () => {
    const source = given(ok({}), "s3cret");
    await source.revoke("refresh", signal());
    expect(requests).toEqual([
      {
        operation: "RevokeToken",
        input: { ClientId: "client1", ClientSecret: "s3cret", Token: "refresh" },
      },
    ]);
  });
});

describe("users of a pool", () => {
  const attributes = [
    { Name: "sub", Value: OLD_SUB },
    { Name: "email", Value: "a@example.com" },
  ];
  const described = { Username: "alice", Enabled: true, UserStatus: "CONFIRMED" };
  const user = {
    username: "alice",
    sub: OLD_SUB,
    enabled: true,
    status: "CONFIRMED",
    hasSecondFactor: false,
    attributes: { sub: OLD_SUB, email: "a@example.com" },
  };

  it("are found one by one, with their second factor", async () => {
    const source = given(ok({ ...described, UserAttributes: attributes }));
    expect(await source.getUser("alice", signal())).toEqual({ outcome: "found", user });
    const withMfa = given(
      ok({ ...described, UserAttributes: attributes, UserMFASettingList: ["SMS_MFA"] }),
    );
    expect(await withMfa.getUser("alice", signal())).toMatchObject({
      user: { hasSecondFactor: true },
    });
  });

  it("are not there, or cannot be asked for", async () => {
    expect(await given(refused("UserNotFoundException")).getUser("a", signal())).toEqual({
      outcome: "user-not-found",
    });
    expect(await given(refused("NotAuthorizedException")).getUser("a", signal())).toEqual({
      outcome: "unavailable",
      reason: "denied",
    });
  });

  it("are found by a contact on all pages", async () => {
    const page = { Users: [{ ...described, Attributes: attributes }] };
    const source = givenToSearch([ok({ ...page, PaginationToken: "more" }), ok(page)]);
    expect(await source.findByContact("email", "a@example.com", signal())).toEqual({
      outcome: "found",
      users: [user, user],
    });
    expect(requests.map(({ input }) => input["PaginationToken"])).toEqual([undefined, "more"]);
  });

  it("cannot be searched for by a contact that is a filter", async () => {
    const source = givenToSearch(ok({ Users: [] }));
    await source.findByContact("email", 'a" or \\x', signal());
    expect(requests[0]?.input["Filter"]).toBe('email = "a\\" or \\\\x"');
  });

  it("get attributes set in the new pool", async () => {
    replies = [ok({})];
    const target = targetPool(client, "us-east-1_New");
    await target.setAttributes("alice", { "custom:user_id": OLD_SUB }, signal());
    expect(requests).toEqual([
      {
        operation: "AdminUpdateUserAttributes",
        input: {
          UserPoolId: "us-east-1_New",
          Username: "alice",
          UserAttributes: [{ Name: "custom:user_id", Value: OLD_SUB }],
        },
      },
    ]);
  });
});
