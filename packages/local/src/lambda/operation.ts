import type * as z from "zod/mini";
import { safeParse } from "zod/mini";
import { constraintOf, failures } from "../failures.ts";
import { readJson, type WireRequest, type WireResponse } from "../http.ts";
import { ACCOUNT_ID, AwsError } from "../service.ts";
import type { RegisteredFunction } from "./definition.ts";
import type { LambdaHost } from "./host.ts";

export const LATEST = "$LATEST";

export interface Asked {
  readonly request: WireRequest;
  /** What the path names, decoded; empty where it names nothing. */
  readonly name: string;
  readonly secondName: string;
}

/** Answers a request of the Lambda API. @throws AwsError */
export type Operation = (asked: Asked) => WireResponse | Promise<WireResponse>;

export function json(body: object, status = 200): WireResponse {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
}

/** The JSON body of a request. @throws AwsError ValidationException that names what breaks a constraint of the API's model */
export function parsed<Output>(schema: z.ZodMiniType<Output>, { body }: WireRequest): Output {
  let input: unknown;
  try {
    input = readJson(body);
  } catch {
    throw new AwsError("InvalidRequestContentException", "Could not parse request body into json.");
  }
  const result = safeParse(schema, input);
  if (result.success) return result.data;
  const found = result.error.issues.map((issue) => ({
    path: issue.path.map(String),
    value: issue.path.reduce<unknown>((value, key) => Object(value)[key], input),
    constraint: constraintOf(issue),
  }));
  throw new AwsError("ValidationException", failures(found));
}

/** Lambda's pages: the marker is where the next begins. @param most what a page has at most, whatever is asked for */
export function paged<Item>(
  all: readonly Item[],
  { query }: WireRequest,
  most: number,
): { readonly items: readonly Item[]; readonly NextMarker?: string } {
  const asked = query.get("MaxItems") ?? "";
  const items = asked === "" ? most : Number(asked);
  const constraint = (bound: string) => `Member must have value ${bound}`;
  const wrong =
    items < 1
      ? constraint("greater than or equal to 1")
      : constraint("less than or equal to 10000");
  if (!Number.isInteger(items) || items < 1 || items > 10_000) {
    const message = failures([{ path: ["MaxItems"], value: asked, constraint: wrong }]);
    throw new AwsError("ValidationException", message);
  }
  const marker = query.get("Marker") ?? "";
  const start = marker === "" ? 0 : Number(marker);
  if (!Number.isSafeInteger(start) || start < 0) throw invalidParameter("Invalid pagination token");
  const end = start + Math.min(items, most);
  return {
    items: all.slice(start, end),
    ...(end < all.length && { NextMarker: `${end}` }),
  };
}

export function invalidParameter(message: string): AwsError {
  return new AwsError("InvalidParameterValueException", message);
}

/** The function that a path names. @throws AwsError */
export function functionAsked(host: LambdaHost, { request, name }: Asked): RegisteredFunction {
  return functionCalled(host, request.region, name, request.query.get("Qualifier"));
}

/**
 * @param called a name, a partial ARN or an ARN, each with or without a qualifier: there is nothing but `$LATEST`
 * @throws AwsError
 */
export function functionCalled(
  host: LambdaHost,
  region: string,
  called: string,
  qualifier: string | null = null,
): RegisteredFunction {
  const match =
    /^(?:arn:aws:lambda:([^:]+):)?(?:(\d{12}):)?(?:function:)?([A-Za-z0-9-_]+)(?::([^:]+))?$/.exec(
      called,
    );
  const [, ofRegion = region, account = ACCOUNT_ID, wanted = called, derived] = match ?? [];
  if (ofRegion !== region) {
    const message = `Functions from '${ofRegion}' are not reachable in this region ('${region}')`;
    throw new AwsError("ResourceNotFoundException", message, 404);
  }
  if (qualifier !== null && derived !== undefined && qualifier !== derived) {
    throw invalidParameter(
      "The derived qualifier from the function name does not match the specified qualifier.",
    );
  }
  const arn = `arn:aws:lambda:${region}:${account}:function:${wanted}`;
  const version = qualifier ?? derived ?? LATEST;
  const found =
    account === ACCOUNT_ID
      ? host.functions(region).find(({ name }) => name === wanted)
      : // No other account has functions here.
        undefined;
  if (found && version === LATEST) return found;
  throw functionNotFound(found ? `${arn}:${version}` : arn);
}

export function functionNotFound(arn: string): AwsError {
  return new AwsError("ResourceNotFoundException", `Function not found: ${arn}`, 404);
}

/** Lambda's words for a mapping or a policy that is not there. */
export function resourceNotFound(): AwsError {
  const message = "The resource you requested does not exist.";
  return new AwsError("ResourceNotFoundException", message, 404);
}

/** Refuses a change to what somebody else has changed. Source: Lambda API reference, `RevisionId`. @throws AwsError */
export function atRevision(
  { revisionId }: RegisteredFunction,
  asked: string | undefined,
  source = "GetFunction/GetAlias",
): void {
  if (asked === undefined || asked === revisionId) return;
  throw new AwsError(
    "PreconditionFailedException",
    `The Revision Id provided does not match the latest Revision Id. Call the ${source} API to retrieve the latest Revision Id`,
    412,
  );
}
