import { type Spoken, spokenToCloudwatch } from "./cloudwatch/protocols.ts";
import type { Hosted } from "./cognito/hosted/service.ts";
import { UPLOAD_PATH } from "./cognito/import/upload.ts";
import type { Control } from "./control.ts";
import type { Dynamodb } from "./dynamodb/service.ts";
import { type FaultCall, type FaultService, type Faults, faultError } from "./faults.ts";
import { readJson, type WireRequest, type WireResponse, type WireService } from "./http.ts";
import { lambdaRoute } from "./lambda/routes.ts";
import { formOf, queryError } from "./query-protocol.ts";
import type { RequestCounter } from "./requests.ts";
import { AwsError, type AwsService } from "./service.ts";
import { SES_PREFIX, routeOf as sesRouteOf } from "./ses/routes.ts";
import type { Sqs } from "./sqs/service.ts";
import { STS_NAMESPACE } from "./sts/service.ts";

/** The services behind the port. */
export interface GatewayServices {
  /** `document` answers `/<poolId>/.well-known/...` as JSON; undefined: there is none. */
  readonly cognito: AwsService & {
    document(path: string): unknown;
    readonly hosted: Hosted;
    upload(request: WireRequest): Promise<WireResponse>;
  };
  readonly events: AwsService;
  readonly sqs: Sqs;
  readonly dynamodb: Dynamodb;
  readonly lambda: WireService;
  readonly sts: WireService;
  readonly kms: AwsService;
  readonly ssm: AwsService;
  readonly secretsmanager: AwsService;
  /** CloudWatch's metrics, under their signing name. */
  readonly monitoring: AwsService;
  /** The people and pages of Google and the like: everything below `/_idp/`. */
  readonly social: WireService;
  readonly ses: WireService;
}

export interface RouteDeps {
  readonly services: GatewayServices;
  readonly control: Control;
  readonly faults: Faults;
  readonly requests: RequestCounter;
  /** The pool an app client belongs to: many Cognito calls name only the client. */
  readonly poolOfClient?: (clientId: string) => string | undefined;
}

const TARGETS: ReadonlyMap<string, JsonService> = new Map([
  ["AWSCognitoIdentityProviderService", "cognito-idp"],
  ["AWSEvents", "events"],
  ["AmazonSQS", "sqs"],
  ["DynamoDB_20120810", "dynamodb"],
  ["TrentService", "kms"],
  ["AmazonSSM", "ssm"],
  ["secretsmanager", "secretsmanager"],
]);

/** The services that speak the AWS JSON protocols. */
type JsonService = Exclude<FaultService, "lambda" | "sts" | "ses" | "monitoring">;

/** How a request is answered; "cut-off" breaks its connection. */
export type Route = (requestId: string) => Promise<WireResponse | "cut-off">;

/** Finds who answers a request: by its target, its path or its signature. */
export function routeOf(options: RouteDeps, request: WireRequest, signingName?: string): Route {
  const { services, control } = options;
  const { path } = request;
  if (path.startsWith("/_local/")) return async () => control.respond(request);

  if (path.startsWith("/_idp/")) return () => services.social.respond(request);
  if (path.startsWith(UPLOAD_PATH)) {
    const call = { service: "cognito-idp", operation: "Upload" } as const;
    return () => faulty(options, request, call, () => services.cognito.upload(request));
  }
  const hosted = services.cognito.hosted(request);
  if (hosted !== undefined) {
    const call = { service: "cognito-idp", operation: "Hosted" } as const;
    return () => faulty(options, request, call, hosted);
  }

  const cloudwatch = spokenToCloudwatch(request, signingName);
  if (cloudwatch) return (requestId) => spoken(options, request, cloudwatch(requestId));
  const target = request.headers["x-amz-target"];
  if (typeof target === "string") {
    const [prefix = "", operation = ""] = target.split(".");
    const service = TARGETS.get(prefix);
    if (service) return () => json(options, service, operation, request);
    return async () => jsonError(new AwsError("UnknownOperationException", "Unknown operation"));
  }
  if (path.startsWith("/2015-03-31/") || signingName === "lambda") {
    const operation = lambdaRoute(request.method, path)?.operation;
    return () =>
      faulty(options, request, { service: "lambda", operation }, () =>
        services.lambda.respond(request),
      );
  }
  if (path.startsWith(SES_PREFIX)) {
    const operation = sesRouteOf(request.method, path)?.operation;
    return () =>
      faulty(options, request, { service: "ses", operation }, () => services.ses.respond(request));
  }
  if (request.method === "POST" || request.query.has("Action")) {
    return (requestId) => query(options, request, requestId, signingName);
  }
  if (path.includes("/.well-known/")) {
    const userPoolId = path.split("/")[1];
    return () =>
      faulty(
        options,
        request,
        { service: "cognito-idp", operation: "Document", userPoolId },
        async () => document(await services.cognito.document(path)),
      );
  }
  return async () => jsonError(new AwsError("UnknownOperationException", "Not found", 404));
}

/** The AWS JSON protocols. */
async function json(
  options: RouteDeps,
  service: JsonService,
  operation: string,
  request: WireRequest,
): Promise<WireResponse | "cut-off"> {
  let input: unknown;
  try {
    input = readJson(request.body);
  } catch {
    throw new AwsError("SerializationException", "The request is not valid JSON");
  }
  const services = { ...options.services, "cognito-idp": options.services.cognito };
  if (service === "sqs") {
    return faulty(options, request, { service, operation }, () => services.sqs.respond(request));
  }
  if (service === "dynamodb") {
    return faulty(options, request, { service, operation }, () =>
      services.dynamodb.respond(request),
    );
  }
  const named = service === "cognito-idp" ? cognitoNames(options, input) : {};
  // An unsigned call names no region, but its pool does: "eu-central-1_AbCdEf".
  const region = request.signed
    ? request.region
    : (named.userPoolId?.split("_")[0] ?? request.region);
  const call = { region, operation, input, signed: request.signed, caller: request.caller };
  return faulty(options, { ...request, region }, { service, operation, ...named }, async () => {
    const output = await services[service].call(call);
    return {
      status: 200,
      headers: { "content-type": "application/x-amz-json-1.1" },
      body: JSON.stringify(output),
    };
  });
}

/** CloudWatch, in the protocol in which it is spoken to. */
async function spoken(
  options: RouteDeps,
  request: WireRequest,
  { operation, input, answer, refuse }: Spoken,
): Promise<WireResponse | "cut-off"> {
  const { region, signed, caller } = request;
  try {
    return await faulty(options, request, { service: "monitoring", operation }, async () => {
      const call = { region, operation, input: input(), signed, caller };
      return answer(await options.services.monitoring.call(call));
    });
  } catch (error) {
    if (error instanceof AwsError) return refuse(error);
    throw error;
  }
}

/** The query protocols: SQS of older clients, and STS. */
async function query(
  options: RouteDeps,
  request: WireRequest,
  requestId: string,
  signingName: string | undefined,
): Promise<WireResponse | "cut-off"> {
  const form = formOf(request);
  const service = signingName === "sts" || form.get("Version") === "2011-06-15" ? "sts" : "sqs";
  const operation = form.get("Action") ?? undefined;
  try {
    if (operation === undefined) {
      throw new AwsError("MissingAction", "The request must contain the parameter Action.");
    }
    return await faulty(options, request, { service, operation }, () =>
      options.services[service].respond(request),
    );
  } catch (error) {
    if (error instanceof AwsError)
      return queryError(error, { namespace: STS_NAMESPACE, requestId });
    throw error;
  }
}

/** Counts a call, lets the faults that match it happen, and else answers it. */
async function faulty(
  { faults, requests }: RouteDeps,
  request: WireRequest,
  call: Omit<FaultCall, "region">,
  answer: () => Promise<WireResponse>,
): Promise<WireResponse | "cut-off"> {
  const { region } = request;
  const { service, operation = "Unknown", userPoolId } = call;
  requests.record({ service, operation, region, userPoolId });
  const effect = faults.take({ ...call, region });
  if (effect?.kind === "cut-off") return "cut-off";
  if (effect?.kind === "slow") await pause(effect.delayMs, request.gone);
  const error = effect && faultError(service, effect);
  if (error) throw error;
  return answer();
}

/** Which pool and client a Cognito call is about, from what it names or from its access token. */
function cognitoNames(
  { poolOfClient }: RouteDeps,
  input: unknown,
): { userPoolId?: string | undefined; clientId?: string | undefined } {
  const fields: { UserPoolId?: unknown; ClientId?: unknown; AccessToken?: unknown } =
    typeof input === "object" && input !== null ? input : {};
  const token = typeof fields.AccessToken === "string" ? claims(fields.AccessToken) : {};
  const clientId = [fields.ClientId, token.client_id].find((one) => typeof one === "string");
  const issuer = typeof token.iss === "string" ? token.iss.split("/").at(-1) : undefined;
  const userPoolId = typeof fields.UserPoolId === "string" ? fields.UserPoolId : issuer;
  return {
    clientId,
    userPoolId: userPoolId ?? (clientId === undefined ? undefined : poolOfClient?.(clientId)),
  };
}

function claims(token: string): { client_id?: unknown; iss?: unknown } {
  try {
    const parsed: unknown = JSON.parse(
      Buffer.from(token.split(".")[1] ?? "", "base64url").toString(),
    );
    return typeof parsed === "object" && parsed !== null ? parsed : {};
  } catch {
    // Not a token: Cognito itself will say so.
    return {};
  }
}

function document(found: unknown): WireResponse {
  if (found === undefined) return jsonError(new AwsError("NotFound", "Not found", 404));
  return {
    status: 200,
    headers: { "content-type": "application/json" },
    body: typeof found === "string" ? found : JSON.stringify(found),
  };
}

/** An error as the AWS JSON protocols put it on the wire. */
export function jsonError(error: AwsError): WireResponse {
  return {
    status: error.status,
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amzn-errortype": error.type,
    },
    body: JSON.stringify({ __type: error.type, message: error.message }),
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
