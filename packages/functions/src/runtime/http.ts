import { AppError, type ErrorKind } from "@carryover/core/kernel/errors";
import type { Context, Hono } from "hono";
import { handle, type LambdaContext, type LambdaEvent } from "hono/aws-lambda";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { count, log } from "./telemetry.ts";

/** What a route sees of the request beside the HTTP of it. */
export interface HttpEnv {
  Bindings: { readonly event: LambdaEvent };
}

const STATUS: Readonly<Record<ErrorKind, ContentfulStatusCode>> = {
  invalid: 400,
  denied: 403,
  missing: 404,
  conflict: 409,
  unavailable: 503,
  broken: 500,
};

/** Answers errors in one form. What is not ours is told to nobody but the log, and there by its name alone. */
export function withErrors(name: string, app: Hono<HttpEnv>): Hono<HttpEnv> {
  return app
    .notFound((context) => context.json({ code: "http.no-route" }, 404))
    .onError((error, context) => {
      const isOurs = error instanceof AppError;
      const status = isOurs ? STATUS[error.kind] : 500;
      if (status >= 500) {
        log("error", "request failed", {
          api: name,
          error: error.name,
          ...(isOurs && { ...error.facts, errorCode: error.code }),
        });
        count("ApiFailed", { api: name });
        return context.json({ code: isOurs ? error.code : "http.broken" }, status);
      }
      const facts = isOurs ? error.facts : {};
      return context.json({ code: isOurs ? error.code : "http.broken", ...facts }, status);
    });
}

/**
 * The function behind an app's routes. Its path is put together from the route and the parameters that API Gateway
 * matched, which are what IAM allowed. The path of the event is decoded already, and read as a URL once more, `\` and
 * `?` in a parameter would lead to another route or system.
 */
export function httpHandler(app: Hono<HttpEnv>) {
  const serve = handle(app);
  return (event: LambdaEvent, context?: LambdaContext) =>
    serve({ ...event, rawPath: matchedPath(event as Matched) } as LambdaEvent, context);
}

interface Matched {
  /** `POST /things/{thingId}` */
  readonly routeKey: string;
  readonly pathParameters?: Readonly<Record<string, string>>;
}

function matchedPath({ routeKey, pathParameters = {} }: Matched): string {
  return routeKey
    .slice(routeKey.indexOf("/"))
    .replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(pathParameters[name] ?? ""));
}

/** The body as JSON; undefined where it is none. */
export async function jsonOf(context: Context): Promise<unknown> {
  try {
    return await context.req.json();
  } catch {
    // The schema of the route says what it should have been.
    return undefined;
  }
}

interface Caller {
  readonly requestContext?: {
    readonly requestId?: string;
    readonly http?: { readonly sourceIp?: string };
    readonly authorizer?: { readonly iam?: { readonly userArn?: string | null } };
  };
}

/** The caller's address, as API Gateway saw it. */
export function sourceIpOf({ env }: Context<HttpEnv>): string {
  return (env.event as Caller).requestContext?.http?.sourceIp ?? "";
}

/** Who signed the request, for the ledger. */
export function actorOf({ env }: Context<HttpEnv>): string | undefined {
  return (env.event as Caller).requestContext?.authorizer?.iam?.userArn ?? undefined;
}

export function requestIdOf({ env }: Context<HttpEnv>): string {
  return (env.event as Caller).requestContext?.requestId ?? "";
}
