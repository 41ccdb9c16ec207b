import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { Entity } from "electrodb";
import { ReviewDecision, ReviewKind } from "./schema.ts";

const SIDES = ["old", "new"] as const;

const text = { type: "string", required: true } as const;
const optionalText = { type: "string" } as const;

const linkAttributes = {
  poolId: text,
  sub: text,
  userId: text,
  side: { type: SIDES, required: true },
  /** Old side. */
  sourceId: optionalText,
  /** New side. */
  region: optionalText,
  linkedAt: text,
} as const;

function model(entity: string) {
  return { service: "identity", entity, version: "1" } as const;
}

/**
 * A key as it is written: without `casing: "none"` ElectroDB lower-cases it, and pool ids that differ
 * by case alone would be one pool.
 */
function key<const Composite extends readonly string[]>(field: "pk" | "sk", composite: Composite) {
  return { field, composite, casing: "none" } as const;
}

/** The items of the identity table. Their keys are `pk` and `sk`; no index is needed. */
export function identityEntities(client: DynamoDBDocumentClient, table: string) {
  const options = { client, table };

  /** An account to its user: the read of `resolveSub`, and the one write that decides who has it. */
  const SubLink = new Entity(
    {
      model: model("sub-link"),
      attributes: {
        ...linkAttributes,
        settledAt: optionalText,
        handled: { type: "set", items: "string" },
      },
      indexes: {
        bySub: {
          pk: key("pk", ["poolId", "sub"]),
          sk: key("sk", []),
        },
      },
    },
    options,
  );

  /** The accounts of a user. */
  const UserLink = new Entity(
    {
      model: model("user-link"),
      attributes: linkAttributes,
      indexes: {
        byUser: {
          pk: key("pk", ["userId"]),
          sk: key("sk", ["side", "poolId", "sub"]),
        },
      },
    },
    options,
  );

  /** That the other sources were searched for the person of a crossing. */
  const MergeCheck = new Entity(
    {
      model: model("merge-check"),
      attributes: { userId: text, poolId: text, sub: text, checkedAt: text },
      indexes: {
        byUser: {
          pk: key("pk", ["userId"]),
          sk: key("sk", ["poolId", "sub"]),
        },
      },
    },
    options,
  );

  const ReviewItem = new Entity(
    {
      model: model("review"),
      attributes: {
        kind: { type: ReviewKind.options, required: true },
        poolId: text,
        sub: text,
        userId: text,
        otherUserId: optionalText,
        sourceId: optionalText,
        openedAt: text,
        decision: { type: ReviewDecision.options },
        decidedAt: optionalText,
        decidedBy: optionalText,
        reason: optionalText,
        closedAt: optionalText,
      },
      indexes: {
        byKind: {
          pk: key("pk", ["kind"]),
          sk: key("sk", ["poolId", "sub", "userId"]),
        },
      },
    },
    options,
  );

  return { SubLink, UserLink, MergeCheck, ReviewItem };
}
