import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { Entity } from "electrodb";
import { MailTemplate } from "../config/onboarding-schema.ts";
import { FailureReason, MailState, MailTodo, ReachNote, Unreachable } from "./schema.ts";

const text = { type: "string", required: true } as const;
const optionalText = { type: "string" } as const;
const template = { type: MailTemplate.options, required: true } as const;

function model(entity: string) {
  return { service: "onboarding", entity, version: "1" } as const;
}

/** Keys as they are written: ElectroDB lower-cases them otherwise. */
function key<const Field extends string, const Composite extends readonly string[]>(
  field: Field,
  composite: Composite,
) {
  return { field, composite, casing: "none" } as const;
}

/** The items of the onboarding table. Their keys are `pk` and `sk`; the index `gsi1` lists what is to be done. */
export function onboardingEntities(client: DynamoDBDocumentClient, table: string) {
  const options = { client, table };

  const PersonItem = new Entity(
    {
      model: model("person"),
      attributes: {
        userId: text,
        region: optionalText,
        poolId: optionalText,
        username: optionalText,
        crossed: { type: "boolean" },
        reenrol: { type: "boolean" },
        noted: { type: "set", items: "string" },
        unreachable: { type: Unreachable.options },
        unreachableAt: optionalText,
        /** Ids of the events that said so: one that comes again after it was lifted changes nothing. */
        unreachableHeard: { type: "set", items: "string" },
        reachNotes: {
          type: "list",
          items: {
            type: "map",
            properties: {
              what: { type: ReachNote.shape.what.options, required: true },
              at: text,
              by: optionalText,
              reason: optionalText,
            },
          },
        },
      },
      indexes: { byUser: { pk: key("pk", ["userId"]), sk: key("sk", []) } },
    },
    options,
  );

  const MailItem = new Entity(
    {
      model: model("mail"),
      attributes: {
        userId: text,
        template,
        region: text,
        poolId: text,
        username: text,
        state: { type: MailState.options, required: true },
        todo: { type: MailTodo.options, required: true },
        nextTryAt: text,
        attempts: { type: "number", required: true },
        refusedReads: { type: "number" },
        correlationId: text,
        causationId: text,
        reason: { type: FailureReason.options },
        /** SES's, so that an operator can ask SES about it. */
        messageId: optionalText,
        dueAt: text,
        endedAt: optionalText,
      },
      indexes: {
        byUser: { pk: key("pk", ["userId"]), sk: key("sk", ["template"]) },
        byTodo: {
          index: "gsi1",
          pk: key("gsi1pk", ["region", "todo"]),
          sk: key("gsi1sk", ["nextTryAt", "userId", "template"]),
        },
      },
    },
    options,
  );

  /** How many mails were let go in one second of one region, by all workers together. */
  const PaceItem = new Entity(
    {
      model: model("pace"),
      attributes: {
        region: text,
        second: text,
        taken: { type: "number", required: true },
        expiresAtEpochSeconds: { type: "number", required: true },
      },
      indexes: { bySecond: { pk: key("pk", ["region", "second"]), sk: key("sk", []) } },
    },
    options,
  );

  return { PersonItem, MailItem, PaceItem };
}
