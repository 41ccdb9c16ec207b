import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
  CreateUserPoolCommand,
  type CreateUserPoolCommandInput,
} from "@aws-sdk/client-cognito-identity-provider";
import { type Cognito, createCognito } from "../../../src/cognito/service.ts";
import { readJson, type WireRequest, type WireService } from "../../../src/http.ts";
import { createKms, type Kms } from "../../../src/kms.ts";
import { AwsError, type InvocationResult, type Message } from "../../../src/service.ts";
import { createPeople } from "../../../src/social/people.ts";
import { createSocial } from "../../../src/social/provider.ts";
import { againstAws } from "../against-aws.ts";
import { serveAws } from "./serve-aws.ts";

export interface TriggerEvent {
  version: string;
  triggerSource: string;
  region: string;
  userPoolId: string;
  userName: string;
  callerContext: { awsSdkVersion: string; clientId: string };
  request: Record<string, unknown> & { userAttributes?: Record<string, string> };
  response: Record<string, unknown>;
}
type Handler = (event: TriggerEvent) => unknown;

/** A stand-in on a port of its own, the outbox of its messages, and functions played in process. */
export interface Served {
  /** Whether it is the local stage, which plays functions, and not AWS. */
  readonly onStage: boolean;
  readonly endpoint: string;
  readonly cognito: Cognito;
  readonly kms: Kms;
  /** The real SDK client, in any region. */
  sdk(region?: string): CognitoIdentityProviderClient;
  readonly outbox: Message[];
  /** The code or password in the last message to an address. */
  lastCode(to: string): string;
  /** Plays a function; answers its ARN. Give an InvocationResult-like `outcome` to play a failure. */
  fn(name: string, handler: Handler): string;
  /** Every event that a function was invoked with. */
  readonly invocations: { arn: string; event: TriggerEvent }[];
  /** Moves the clock on. */
  pass(ms: number): void;
  nowMs(): number;
  close(): Promise<void>;
}

export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

/** A handler's way of saying that the invocation itself fails. */
export function failing(result: InvocationResult): Handler {
  return () => {
    throw new FailedInvocation(result);
  };
}

class FailedInvocation extends Error {
  readonly result: InvocationResult;
  constructor(result: InvocationResult) {
    super("failed invocation");
    this.result = result;
  }
}

/** Starts the stand-in; with `CARRYOVER_CONTRACT=aws`, real Cognito takes its place. */
export async function serve(): Promise<Served> {
  if (againstAws(process.env)) return serveAws();
  let offsetMs = 0;
  let endpoint = "";
  const outbox: Message[] = [];
  const invocations: { arn: string; event: TriggerEvent }[] = [];
  const functions = new Map<string, Handler>();
  const nowMs = () => Date.now() + offsetMs;

  const invoke = async (arn: string, event: unknown): Promise<InvocationResult> => {
    const handler = functions.get(arn);
    if (handler === undefined) return { outcome: "crashed", reason: "no such function" };
    invocations.push({ arn, event: structuredClone(event) as TriggerEvent });
    try {
      return { outcome: "returned", payload: await handler(event as TriggerEvent) };
    } catch (error) {
      if (error instanceof FailedInvocation) return error.result;
      const { name, message } = error as Error;
      return { outcome: "threw", errorType: name, errorMessage: message };
    }
  };

  const kms = createKms({ clock: nowMs });
  const cognito = createCognito({
    clock: nowMs,
    invoke,
    invokeLater: (arn, event) => void invoke(arn, event),
    kms,
    deliver: (message) => outbox.push(message),
    endpoint: () => endpoint,
  });
  const social = createSocial({ clock: nowMs, endpoint: () => endpoint, people: createPeople() });
  const server = createServer((request, response) => {
    void answer({ cognito, kms, social }, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients = new Map<string, CognitoIdentityProviderClient>();

  return {
    onStage: true,
    get endpoint() {
      return endpoint;
    },
    cognito,
    kms,
    sdk(region = "us-east-1") {
      const known = clients.get(region);
      if (known !== undefined) return known;
      const client = new CognitoIdentityProviderClient({
        region,
        endpoint,
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
        maxAttempts: 1,
      });
      clients.set(region, client);
      return client;
    },
    outbox,
    lastCode(to) {
      const message = outbox.filter((sent) => sent.to === to).at(-1);
      const code = /(?:code is|password is) (\S+?)\.?$/.exec(message?.text ?? "")?.[1];
      if (code === undefined) throw new Error(`no code was sent to ${to}`);
      return code;
    },
    fn(name, handler) {
      const arn = `arn:aws:lambda:us-east-1:000000000000:function:${name}`;
      functions.set(arn, handler);
      return arn;
    },
    invocations,
    pass(ms) {
      offsetMs += ms;
    },
    nowMs,
    async close() {
      for (const client of clients.values()) client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(
  { cognito, kms, social }: { cognito: Cognito; kms: Kms; social: WireService },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const send = (status: number, body: object) => {
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify(body));
  };
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const [path = "/", query] = (request.url ?? "/").split("?");
    const page: WireRequest = {
      method: request.method ?? "GET",
      path,
      query: new URLSearchParams(query),
      headers: request.headers,
      body: Buffer.concat(chunks),
      region: "us-east-1",
      signed: false,
      gone: new AbortController().signal,
    };
    const answered = path.startsWith("/_idp/")
      ? await social.respond(page)
      : await cognito.hosted(page)?.();
    if (answered !== undefined) {
      response.writeHead(answered.status, answered.headers).end(answered.body);
      return;
    }
    if (request.method === "GET") {
      const document = await cognito.document(request.url ?? "");
      send(document === undefined ? 404 : 200, document ?? {});
      return;
    }
    const { authorization } = request.headers;
    const target = String(request.headers["x-amz-target"]);
    const result = await (target.startsWith("TrentService.") ? kms : cognito).call({
      region: /Credential=[^/]+\/\d+\/([^/]+)\//.exec(authorization ?? "")?.[1] ?? "us-east-1",
      operation: target.split(".")[1] ?? "",
      input: readJson(Buffer.concat(chunks)),
      signed: authorization !== undefined,
    });
    send(200, result);
  } catch (error) {
    if (error instanceof AwsError)
      send(error.status, { __type: error.type, message: error.message });
    else send(500, { __type: "InternalErrorException", message: String((error as Error).stack) });
  }
}

/** A pool with an app client that allows every flow under test. */
export async function pool(
  served: Served,
  settings: Partial<CreateUserPoolCommandInput> = {},
  client: Partial<CreateUserPoolClientCommandInput> = {},
): Promise<{ UserPoolId: string; ClientId: string; ClientSecret?: string | undefined }> {
  const sdk = served.sdk();
  const made = await sdk.send(new CreateUserPoolCommand({ PoolName: "test", ...settings }));
  const UserPoolId = made.UserPool?.Id ?? "";
  return { UserPoolId, ...(await app(served, UserPoolId, client)) };
}

export async function app(
  served: Served,
  UserPoolId: string,
  client: Partial<CreateUserPoolClientCommandInput> = {},
): Promise<{ ClientId: string; ClientSecret?: string | undefined }> {
  const { UserPoolClient } = await served.sdk().send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: "app",
      ExplicitAuthFlows: [
        "ALLOW_USER_PASSWORD_AUTH",
        "ALLOW_ADMIN_USER_PASSWORD_AUTH",
        "ALLOW_USER_SRP_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
      ],
      ...client,
    }),
  );
  return { ClientId: UserPoolClient?.ClientId ?? "", ClientSecret: UserPoolClient?.ClientSecret };
}

export const PASSWORD = "Correct-Horse-9";

/** What Cognito wants of a pool that words its mails or mails second factors. */
export const OWN_SENDER = {
  EmailSendingAccount: "DEVELOPER",
  SourceArn: "arn:aws:ses:us-east-1:000000000000:identity/example.com",
} as const;

/** What a rejected call was refused with, as one line. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    const { name, message } = error as Error;
    return `${name}: ${message}`;
  }
  return "was not refused";
}
