import { readJson, type WireRequest, type WireResponse, type WireService } from "../http.ts";
import { AwsError } from "../service.ts";
import { accountOperations } from "./account.ts";
import { configurationSetOperations } from "./configuration-sets.ts";
import type { Operation } from "./operation.ts";
import { routeOf } from "./routes.ts";
import { type SendDeps, sendEmail } from "./send.ts";
import { createRegion, type Quota, type SesRegion } from "./state.ts";
import { templateOperations } from "./templates.ts";

export interface Ses extends WireService {
  /** What the account may send in a region: production accounts differ. */
  setQuota(region: string, quota: Quota): void;
}

/** SES v2 of all regions. Source: API reference of SES v2 (2019-09-27); facts/cognito.md 8.5. */
export function createSes(deps: SendDeps): Ses {
  const regions = new Map<string, SesRegion>();
  const regionOf = (region: string): SesRegion => {
    const known = regions.get(region);
    if (known) return known;
    const made = createRegion(region, deps.clock());
    regions.set(region, made);
    return made;
  };
  const operations: Readonly<Record<string, Operation>> = {
    ...accountOperations(deps.clock),
    ...configurationSetOperations(),
    ...templateOperations(deps.clock),
    SendEmail: (ses, { input }) => sendEmail(ses, input, deps),
  };
  return {
    setQuota: (region, quota) => {
      const ses = regionOf(region);
      ses.quota = quota;
      ses.burst = { left: quota.maxSendRate, atEpochMs: deps.clock() };
    },
    respond: async (request) => {
      const route = routeOf(request.method, request.path);
      const perform = route && operations[route.operation];
      if (!route || !perform) {
        throw new AwsError("UnknownOperationException", "Not played.", 404);
      }
      const { names } = route;
      const output = await perform(regionOf(request.region), {
        input: bodyOf(request),
        query: request.query,
        name: names[0] ?? "",
        secondName: names[1] ?? "",
      });
      return json(output);
    },
  };
}

function bodyOf({ body }: WireRequest): unknown {
  try {
    return readJson(body);
  } catch {
    throw new AwsError("SerializationException", "The request is not valid JSON");
  }
}

function json(output: object): WireResponse {
  return {
    status: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(output),
  };
}
