import { z } from "zod";
import type { StageClock } from "./clock.ts";
import { QuotaRates, type Quotas } from "./cognito/quotas.ts";
import { Fault, type Faults } from "./faults.ts";
import type { WireRequest, WireResponse } from "./http.ts";
import type { InvocationLog } from "./lambda/invocations.ts";
import type { LogStreams } from "./log-streams.ts";
import type { Mailbox } from "./mailbox.ts";
import type { Metrics } from "./metrics.ts";
import type { RequestCounter } from "./requests.ts";
import { type People, Person } from "./social/people.ts";

/** What `/_local/*` shows and moves. */
export interface ControlDeps {
  readonly mailbox: Mailbox;
  readonly clock: StageClock;
  readonly people: People;
  readonly metrics: Metrics;
  readonly logs: LogStreams;
  readonly faults: Faults;
  readonly quotas: Quotas;
  readonly requests: RequestCounter;
  readonly invocations: InvocationLog;
  /** What the account may send by SES in a region, which no API of AWS sets. */
  readonly setMailQuota?: (region: string, quota: MailQuota) => void;
  /** More for `GET /_local/health`. */
  readonly health?: () => object;
}

/** The stage's own JSON API below `/_local/`. */
export interface Control {
  respond(request: WireRequest): WireResponse;
}

const MoveClock = z
  .union([
    z.strictObject({ advanceSeconds: z.number().min(-3_155_760_000).max(3_155_760_000) }),
    z.strictObject({ setTo: z.iso.datetime({ offset: true }) }),
  ])
  .describe('{"advanceSeconds": number} or {"setTo": ISO-8601 time}');

/** As `GetAccount` of SES v2 names them; -1 a day is no limit. */
const MailQuota = z.strictObject({
  region: z.string().min(1),
  max24HourSend: z.number().min(-1),
  maxSendRate: z.number().min(1),
});
type MailQuota = Omit<z.infer<typeof MailQuota>, "region">;

type Route = (request: WireRequest) => WireResponse;

/** Answers `/_local/*`. Bad input is a 400 that names the field. */
export function createControl(deps: ControlDeps): Control {
  const routes = routesOf(deps);
  return {
    respond: (request) => {
      const [, , resource = "", id] = request.path.split("/");
      const route = routes[`${request.method} ${resource}${id ? "/:id" : ""}`];
      if (route) return route(request);
      return problem(404, "path", `there is no ${request.method} ${request.path}`);
    },
  };
}

function routesOf(deps: ControlDeps): Readonly<Record<string, Route>> {
  const { mailbox, clock, people, metrics, logs, faults, quotas, requests, invocations } = deps;
  const time = () => json({ now: new Date(clock.now()).toISOString(), offsetMs: clock.offsetMs() });
  return {
    "GET health": () => json({ status: "ok", ...deps.health?.() }),
    "GET mailbox": ({ query }) => json(mailbox.list(query.get("to") ?? undefined)),
    "DELETE mailbox": () => {
      mailbox.clear();
      return { status: 204 };
    },
    "GET invocations": ({ query }) => json(invocations.list(query.get("function") ?? undefined)),
    "GET requests": () => json(requests.list()),
    "DELETE requests": () => {
      requests.clear();
      return { status: 204 };
    },
    "GET metrics": ({ query }) => json(metrics.sums(query.get("namespace") ?? undefined)),
    "DELETE metrics": () => {
      metrics.clear();
      return { status: 204 };
    },
    "GET logs": ({ query }) => json(logs.list(query.get("group") ?? undefined)),
    "GET people": () => json(people.list()),
    "POST people": (request) => parsed(request, Person, (person) => json(people.add(person), 201)),
    "DELETE people": () => {
      people.reset();
      return { status: 204 };
    },
    "GET clock": time,
    "POST clock": (request) =>
      parsed(request, MoveClock, (move) => {
        if ("setTo" in move) clock.setTo(Date.parse(move.setTo));
        else clock.advance(move.advanceSeconds * 1000);
        return time();
      }),
    "POST mail-quota": (request) =>
      parsed(request, MailQuota, ({ region, ...quota }) => {
        deps.setMailQuota?.(region, quota);
        return json({ region, ...quota });
      }),
    "GET faults": () => json(faults.list()),
    "POST faults": (request) => parsed(request, Fault, (fault) => json(faults.add(fault), 201)),
    "DELETE faults": () => {
      faults.remove();
      return { status: 204 };
    },
    "GET quotas": () => json(quotas.describe()),
    "POST quotas": (request) =>
      parsed(request, QuotaRates, (rates) => {
        quotas.switchOn(rates);
        return json(quotas.describe(), 201);
      }),
    "DELETE quotas": () => {
      quotas.switchOff();
      return { status: 204 };
    },
    "DELETE faults/:id": ({ path }) => {
      const id = path.split("/")[3] ?? "";
      return faults.remove(id) > 0 ? { status: 204 } : problem(404, "id", "there is no such fault");
    },
  };
}

function parsed<T>(
  request: WireRequest,
  schema: z.ZodType<T>,
  then: (value: T) => WireResponse,
): WireResponse {
  let body: unknown;
  try {
    body = JSON.parse(request.body.toString());
  } catch {
    return problem(400, "body", "is not JSON");
  }
  const result = schema.safeParse(body);
  if (result.success) return then(result.data);
  const [issue] = result.error.issues;
  const field = issue && "keys" in issue ? issue.keys.join(", ") : issue?.path.join(".");
  const expected = schema.description ? `expected ${schema.description}` : issue?.message;
  return problem(400, field || "body", expected ?? "is not valid");
}

function problem(status: number, field: string, message: string): WireResponse {
  return json({ field, message: `${field}: ${message}` }, status);
}

function json(body: unknown, status = 200): WireResponse {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
}
