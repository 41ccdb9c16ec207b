import { type DynamoDBDocumentClient, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { tableCalls } from "../aws/table-calls.ts";
import { downstreamEntities } from "./entity-store.ts";
import { DownstreamStoreError } from "./errors.ts";
import { pairFrom, pairItem, progressFrom, progressItem } from "./records.ts";
import {
  type Pair,
  type Progress,
  type ProgressStatus,
  pairIdOf,
  type SystemState,
} from "./schema.ts";

const { orUnavailable, written } = tableCalls("downstream", DownstreamStoreError);

/** Pairs are kept in sixteen lists, by the first digit of the old sub. */
export const SHARDS: readonly string[] = [..."0123456789abcdef"];

/** What a dry run found for one pair. */
export interface DryRunResult {
  readonly system: string;
  readonly pairId: string;
  readonly userId: string;
  readonly changes: number;
  /** Why it would fail. */
  readonly reason?: string | undefined;
  readonly at: string;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Where the next page starts; undefined after the last. */
  readonly cursor: string | undefined;
}

interface PageOptions {
  readonly limit?: number;
  readonly cursor?: string | undefined;
}

/** Every call @throws DownstreamStoreError when the table does not answer. */
export interface DownstreamStore {
  /** Keeps a pair for systems that are added later. Safe to repeat. */
  recordPair(pair: Pair, at: string): Promise<void>;
  pairs(shard: string, page?: PageOptions): Promise<Page<Pair>>;
  /** Makes the progress unless it is there, and answers with what is there then. */
  begin(progress: Progress): Promise<Progress>;
  /** @returns false when it is no longer as `previous` says */
  save(progress: Progress, previous: Pick<Progress, "version">): Promise<boolean>;
  ofUser(userId: string, system?: string): Promise<Progress[]>;
  /** Of one status, by `dueAt`. Of an index: may lag by moments. */
  list(
    system: string,
    status: ProgressStatus,
    page?: PageOptions & { readonly dueUntil?: string },
  ): Promise<Page<Progress>>;
  count(system: string, status: ProgressStatus): Promise<number>;
  systems(): Promise<SystemState[]>;
  findSystem(system: string): Promise<SystemState | undefined>;
  /** Notes a system that is new. Safe to repeat. */
  addSystem(system: string, at: string): Promise<void>;
  setSystem(state: SystemState): Promise<void>;
  saveDryRun(result: DryRunResult): Promise<void>;
  dryRuns(system: string, page?: PageOptions): Promise<Page<DryRunResult>>;
}

const RAW = { originalErr: true } as const;
const CONSISTENT = { ...RAW, consistent: true } as const;
const DRY_RUN_DAYS = 30;

export function downstreamStore(client: DynamoDBDocumentClient, table: string): DownstreamStore {
  const { LedgerPair, ProgressItem, SystemItem, DryRunItem } = downstreamEntities(client, table);

  return {
    async recordPair(pair, at) {
      const item = { ...pairItem(pair), pairId: pairIdOf(pair), recordedAt: at };
      await written(LedgerPair.create({ ...item, shard: shardOf(pair) }).go(RAW));
    },

    async pairs(shard, { limit = 100, cursor } = {}) {
      const page = await orUnavailable(
        LedgerPair.query.byShard({ shard }).go({ ...CONSISTENT, ...pageOf(limit, cursor) }),
      );
      return { items: page.data.map(pairFrom), cursor: page.cursor ?? undefined };
    },

    async begin(progress) {
      if (await written(ProgressItem.create(progressItem(progress)).go(RAW))) return progress;
      const { system, pairId, pair } = progress;
      const { data } = await orUnavailable(
        ProgressItem.get({ userId: pair.userId, system, pairId }).go(CONSISTENT),
      );
      if (data) return progressFrom(data);
      throw new DownstreamStoreError("a progress was removed while it was being made");
    },

    async save(progress, { version }) {
      const next = { ...progressItem(progress), version: version + 1 };
      return written(
        ProgressItem.put(next)
          .where((attribute, { eq }) => eq(attribute.version, version))
          .go(RAW),
      );
    },

    async ofUser(userId, system) {
      const { data } = await orUnavailable(
        ProgressItem.query
          .byUser({ userId, ...(system !== undefined && { system }) })
          .go({ ...CONSISTENT, pages: "all" }),
      );
      // A key condition is a prefix: `orders` also finds `orders-archive`.
      return data
        .filter((item) => system === undefined || item.system === system)
        .map(progressFrom);
    },

    async list(system, status, { limit = 100, cursor, dueUntil } = {}) {
      const query = ProgressItem.query.byStatus({ system, status });
      const bounded = dueUntil === undefined ? query : query.lte({ dueAt: dueUntil });
      const page = await orUnavailable(bounded.go({ ...RAW, ...pageOf(limit, cursor) }));
      return { items: page.data.map(progressFrom), cursor: page.cursor ?? undefined };
    },

    async count(system, status) {
      const params = ProgressItem.query.byStatus({ system, status }).params();
      let counted = 0;
      let from: Record<string, unknown> | undefined;
      do {
        const command = new QueryCommand({
          ...(params as { TableName: string }),
          Select: "COUNT",
          ExclusiveStartKey: from,
        });
        const page = await orUnavailable(client.send(command));
        counted += page.Count ?? 0;
        from = page.LastEvaluatedKey;
      } while (from !== undefined);
      return counted;
    },

    async systems() {
      const { data } = await orUnavailable(
        SystemItem.query.byName({}).go({ ...CONSISTENT, pages: "all" }),
      );
      return data;
    },

    async findSystem(system) {
      const { data } = await orUnavailable(SystemItem.get({ system }).go(CONSISTENT));
      return data ?? undefined;
    },

    async addSystem(system, at) {
      await written(SystemItem.create({ system, paused: false, since: at }).go(RAW));
    },

    async setSystem({ reason, ...state }) {
      await orUnavailable(
        SystemItem.put({ ...state, ...(reason !== undefined && { reason }) }).go(RAW),
      );
    },

    async saveDryRun({ reason, ...result }) {
      const days = DRY_RUN_DAYS * 86_400;
      await orUnavailable(
        DryRunItem.put({
          ...result,
          ...(reason !== undefined && { reason }),
          expiresAtEpochSeconds: Math.floor(Date.parse(result.at) / 1000) + days,
        }).go(RAW),
      );
    },

    async dryRuns(system, { limit = 100, cursor } = {}) {
      const page = await orUnavailable(
        DryRunItem.query.bySystem({ system }).go({ ...CONSISTENT, ...pageOf(limit, cursor) }),
      );
      return { items: page.data, cursor: page.cursor ?? undefined };
    },
  };
}

function shardOf({ old }: Pair): string {
  return old.sub.charAt(0);
}

function pageOf(limit: number, cursor: string | undefined) {
  return { limit, ...(cursor !== undefined && { cursor }) };
}
