import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { defineEvent } from "../src/define.ts";
import { breakingChanges } from "./compatible.ts";
import { schemaOf } from "./schema.ts";

function order(data: Parameters<typeof z.object>[0], description = "For this test.") {
  const definition = { name: "OrderShipped", version: 1, description, publishedBy: ["shop"] };
  return schemaOf(defineEvent({ ...definition, data: z.object(data) }));
}

const carrier = z.enum(["bike", "van"]);
const to = z.object({ city: z.string(), floor: z.optional(z.int()) });
const fields = { orderId: z.string(), parcels: z.int(), note: z.optional(z.string()), carrier, to };
const before = order(fields);

describe("a change that no reader notices", () => {
  it.each([
    ["nothing", order(fields)],
    ["an added optional field", order({ ...fields, weight: z.optional(z.number()) })],
    [
      "an added optional field further inside",
      order({ ...fields, to: z.extend(to, { door: z.optional(z.string()) }) }),
    ],
    ["another description", order(fields, "Said better.")],
  ])("is %s", (_, after) => {
    expect(breakingChanges(before, after)).toEqual([]);
  });
});

describe("a change that breaks readers", () => {
  const { orderId: _, ...withoutOrderId } = fields;
  it.each([
    ["a removed field", withoutOrderId, "detail.data.orderId: removed"],
    [
      "a removed optional field",
      { orderId: fields.orderId, parcels: fields.parcels, carrier, to },
      "detail.data.note: removed",
    ],
    [
      "a renamed field",
      { ...withoutOrderId, order: z.string() },
      "detail.data.orderId: removed\ndetail.data.order: added as required",
    ],
    [
      "optional, made from required",
      { ...fields, orderId: z.optional(z.string()) },
      "detail.data.orderId: was required, is optional",
    ],
    [
      "required, made from optional: what is in an archive lacks it",
      { ...fields, note: z.string() },
      "detail.data.note: was optional, is required",
    ],
    [
      "an added required field: what is in an archive lacks it",
      { ...fields, weight: z.number() },
      "detail.data.weight: added as required",
    ],
    [
      "a changed type",
      { ...fields, parcels: z.string() },
      'detail.data.parcels: type was "integer", is "string"',
    ],
    [
      "a widened type",
      { ...fields, parcels: z.number() },
      'detail.data.parcels: type was "integer", is "number"',
    ],
    [
      "a narrowed type",
      { ...fields, orderId: z.string().check(z.maxLength(8)) },
      "detail.data.orderId: maxLength was not there, is 8",
    ],
    [
      "a type that may be null too",
      { ...fields, orderId: z.nullable(z.string()) },
      "detail.data.orderId: type was",
    ],
    [
      "a widened enum",
      { ...fields, carrier: z.enum(["bike", "van", "drone"]) },
      'detail.data.carrier: may be "drone" too',
    ],
    [
      "a narrowed enum",
      { ...fields, carrier: z.enum(["van"]) },
      'detail.data.carrier: no longer "bike"',
    ],
    [
      "something further inside",
      { ...fields, to: z.object({ city: z.string() }) },
      "detail.data.to.floor: removed",
    ],
  ])("is %s", (_, data, says) => {
    expect(breakingChanges(before, order(data)).join("\n")).toContain(says);
  });
});
