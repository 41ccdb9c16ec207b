import type { Section } from "./deployed.ts";
import type { ResourceName } from "./resources.ts";

/** One function behind the HTTP API, as data: the stacks and the local stage route exactly this to it. */
export interface Api {
  /** Deployed where the configuration has this section, and only there. */
  readonly onlyWith?: Section;
  /** As API Gateway writes them: `GET /things/{thingId}`. */
  readonly routes: readonly `${"GET" | "POST" | "DELETE"} /${string}`[];
  /** `iam`: the request is signed by somebody who may call the route. `none`: for sign-in pages. */
  readonly auth: "iam" | "none";
  /** For all callers together: requests a second, and at once. */
  readonly throttle: { readonly ratePerSecond: number; readonly burst: number };
  readonly handler: `packages/functions/src/api/${string}.handler`;
  readonly needs: readonly ResourceName[];
  /** The tables of `needs` are only read, one item or one user's items at a time. */
  readonly readsOnly?: true;
  readonly timeoutSeconds: number;
}

export const apis = {
  /** Where a login signs in. */
  "look-up": {
    onlyWith: "placement",
    routes: ["POST /lookup"],
    auth: "none",
    throttle: { ratePerSecond: 200, burst: 400 },
    handler: "packages/functions/src/api/look-up.handler",
    needs: ["Migration", "PlacementTable", "PlacementKey"],
    readsOnly: true,
    timeoutSeconds: 5,
  },
  /** Where users live and why, and moving them: for operators. */
  placement: {
    onlyWith: "placement",
    routes: [
      "GET /placement/users/{userId}",
      "POST /placement/users/{userId}/relocation",
      "DELETE /placement/users/{userId}/relocation",
      "POST /placement/users/{userId}/forget",
      "POST /placement/cohorts",
      "GET /placement/cohorts/{cohortId}",
    ],
    auth: "iam",
    throttle: { ratePerSecond: 20, burst: 40 },
    handler: "packages/functions/src/api/placement.handler",
    needs: ["Migration", "Bus", "FallbackQueue", "PlacementTable"],
    timeoutSeconds: 15,
  },
  /** What `DownstreamAcknowledged` says, for teams without a bus. IAM names the path, and so the system, of each. */
  acknowledgements: {
    onlyWith: "downstream",
    routes: ["POST /downstream/{system}/users/{userId}/acknowledgement"],
    auth: "iam",
    throttle: { ratePerSecond: 50, burst: 100 },
    handler: "packages/functions/src/api/acknowledgements.handler",
    needs: ["Migration", "Bus", "FallbackQueue", "DownstreamTable"],
    timeoutSeconds: 15,
  },
} as const satisfies Record<string, Api>;
