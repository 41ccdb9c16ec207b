import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { Entity } from "electrodb";
import * as z from "zod/mini";
import { tableCalls } from "../aws/table-calls.ts";
import { PoolId, Sub, UserId } from "../kernel/ids.ts";
import { ReconcileUnavailableError } from "./errors.ts";
import type { Page } from "./ports.ts";
import { DriftKind, type Finding, Run } from "./schema.ts";

const { orUnavailable, written } = tableCalls("reconcile", ReconcileUnavailableError);

/** Every call @throws ReconcileUnavailableError when the table does not answer. */
export interface ReconcileStore {
  find(runId: string): Promise<Run | undefined>;
  /** @returns false when the run is no longer as `previous` says; without it, when there is one of that id */
  save(run: Run, previous?: Pick<Run, "version">): Promise<boolean>;
  /** Each finding of a run once, however often a page is done again. */
  addFindings(runId: string, findings: readonly Finding[], nowEpochMs: number): Promise<void>;
  findings(
    runId: string,
    kind: DriftKind,
    page?: { readonly limit?: number; readonly cursor?: string },
  ): Promise<Page<Finding>>;
  /** The run that the schedule has started last. */
  latestScheduled(): Promise<string | undefined>;
  /** Makes it the latest unless another has taken the place of `previous` meanwhile. */
  schedule(runId: string, previous: string | undefined): Promise<boolean>;
}

const RAW = { originalErr: true } as const;
const CONSISTENT = { ...RAW, consistent: true } as const;
const text = { type: "string", required: true } as const;

/** Long enough to look at, and no register of people. */
const KEPT_DAYS = 30;

const FindingRecord = z.object({
  kind: DriftKind,
  userId: UserId,
  poolId: PoolId,
  sub: Sub,
  detail: z.array(z.string()),
  repaired: z.boolean(),
});

export function reconcileStore(client: DynamoDBDocumentClient, table: string): ReconcileStore {
  const { RunItem, FindingItem, Latest } = entities(client, table);
  return {
    async find(runId) {
      const { data } = await orUnavailable(RunItem.get({ runId }).go(CONSISTENT));
      return data ? z.parse(Run, JSON.parse(data.state)) : undefined;
    },

    async save(run, previous) {
      const { runId, version } = run;
      const item = { runId, version, state: JSON.stringify(run) };
      if (!previous) return written(RunItem.create(item).go(RAW));
      return written(
        RunItem.put(item)
          .where((attribute, { eq }) => eq(attribute.version, previous.version))
          .go(RAW),
      );
    },

    async addFindings(runId, findings, nowEpochMs) {
      const expiresAtEpochSeconds = Math.floor(nowEpochMs / 1000) + KEPT_DAYS * 86_400;
      // A page of users at most.
      await Promise.all(
        findings.map(({ detail, ...finding }) => {
          const item = { ...finding, runId, detail: [...detail], expiresAtEpochSeconds };
          return orUnavailable(FindingItem.put(item).go(RAW));
        }),
      );
    },

    async findings(runId, kind, { limit = 100, cursor } = {}) {
      const page = await orUnavailable(
        FindingItem.query
          .byRun({ runId, kind })
          .go({ ...CONSISTENT, limit, ...(cursor !== undefined && { cursor }) }),
      );
      const items = page.data.filter((item) => item.kind === kind);
      return {
        items: items.map((item) => z.parse(FindingRecord, item)),
        cursor: page.cursor ?? undefined,
      };
    },

    async latestScheduled() {
      const { data } = await orUnavailable(Latest.get({ by: "schedule" }).go(CONSISTENT));
      return data?.runId;
    },

    async schedule(runId, previous) {
      const item = { by: "schedule", runId };
      if (previous === undefined) return written(Latest.create(item).go(RAW));
      return written(
        Latest.put(item)
          .where((attribute, { eq }) => eq(attribute.runId, previous))
          .go(RAW),
      );
    },
  };
}

function entities(client: DynamoDBDocumentClient, table: string) {
  const options = { client, table };
  const key = <const Composite extends readonly string[]>(
    field: "pk" | "sk",
    composite: Composite,
  ) => ({ field, composite, casing: "none" }) as const;
  const model = (entity: string) => ({ service: "reconcile", entity, version: "1" }) as const;

  const RunItem = new Entity(
    {
      model: model("run"),
      attributes: { runId: text, version: { type: "number", required: true }, state: text },
      indexes: { byId: { pk: key("pk", ["runId"]), sk: key("sk", []) } },
    },
    options,
  );
  const FindingItem = new Entity(
    {
      model: model("finding"),
      attributes: {
        runId: text,
        kind: text,
        userId: text,
        poolId: text,
        sub: text,
        detail: { type: "list", items: { type: "string" }, required: true },
        repaired: { type: "boolean", required: true },
        expiresAtEpochSeconds: { type: "number", required: true },
      },
      indexes: {
        byRun: { pk: key("pk", ["runId"]), sk: key("sk", ["kind", "poolId", "sub"]) },
      },
    },
    options,
  );
  const Latest = new Entity(
    {
      model: model("latest"),
      attributes: { by: text, runId: text },
      indexes: { byStarter: { pk: key("pk", ["by"]), sk: key("sk", []) } },
    },
    options,
  );
  return { RunItem, FindingItem, Latest };
}
