import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { Entity } from "electrodb";
import { ProgressStatus } from "./schema.ts";

const text = { type: "string", required: true } as const;
const optionalText = { type: "string" } as const;
const number = { type: "number", required: true } as const;

/** The two accounts and the person. */
const pairAttributes = {
  userId: text,
  sourceId: text,
  oldPoolId: text,
  oldSub: text,
  newPoolId: text,
  newRegion: text,
  newSub: text,
} as const;

function model(entity: string) {
  return { service: "downstream", entity, version: "1" } as const;
}

/** As it is written: ElectroDB would lower-case pool ids. */
function key<const Field extends string, const Composite extends readonly string[]>(
  field: Field,
  composite: Composite,
) {
  return { field, composite, casing: "none" } as const;
}

/** The items of the downstream table. */
export function downstreamEntities(client: DynamoDBDocumentClient, table: string) {
  const options = { client, table };

  /** Every pair that was ever announced: what a system that is added later starts from. */
  const LedgerPair = new Entity(
    {
      model: model("pair"),
      attributes: {
        /** The old sub's first digit: sixteen lists, so that no partition takes every write. */
        shard: text,
        pairId: text,
        ...pairAttributes,
        recordedAt: text,
      },
      indexes: { byShard: { pk: key("pk", ["shard"]), sk: key("sk", ["pairId"]) } },
    },
    options,
  );

  const ProgressItem = new Entity(
    {
      model: model("progress"),
      attributes: {
        system: text,
        pairId: text,
        ...pairAttributes,
        causeId: text,
        correlationId: text,
        status: { type: ProgressStatus.options, required: true },
        attempts: number,
        changed: number,
        run: number,
        dueAt: text,
        notBefore: optionalText,
        updatedAt: text,
        version: number,
        reason: optionalText,
        cursor: optionalText,
        remaining: { type: "number" },
      },
      indexes: {
        byUser: { pk: key("pk", ["userId"]), sk: key("sk", ["system", "pairId"]) },
        byStatus: {
          index: "gsi1",
          pk: key("gsi1pk", ["system", "status"]),
          sk: key("gsi1sk", ["dueAt", "pairId"]),
        },
      },
    },
    options,
  );

  const SystemItem = new Entity(
    {
      model: model("system"),
      attributes: {
        system: text,
        paused: { type: "boolean", required: true },
        reason: optionalText,
        since: text,
      },
      indexes: { byName: { pk: key("pk", []), sk: key("sk", ["system"]) } },
    },
    options,
  );

  /** What a dry run found for one pair. Goes by itself after a while. */
  const DryRunItem = new Entity(
    {
      model: model("dry-run"),
      attributes: {
        system: text,
        pairId: text,
        userId: text,
        changes: number,
        reason: optionalText,
        at: text,
        expiresAtEpochSeconds: number,
      },
      indexes: { bySystem: { pk: key("pk", ["system"]), sk: key("sk", ["pairId"]) } },
    },
    options,
  );

  return { LedgerPair, ProgressItem, SystemItem, DryRunItem };
}
