import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { defineEvent, EventFormatError, parseDetail } from "./define.ts";

const OrderShipped = defineEvent({
  name: "OrderShipped",
  version: 1,
  description: "For this test.",
  publishedBy: ["nobody"],
  data: z.object({ orderId: z.string(), parcels: z.optional(z.number()) }),
});

const metadata = {
  id: "e1",
  version: 1,
  occurredAt: "2026-11-22T10:00:00.000Z",
  correlationId: "r1",
  stage: "test",
  region: "us-east-1",
};

describe("a received event", () => {
  it("comes out as it was said", () => {
    const detail = { metadata: { ...metadata, causationId: "e0" }, data: { orderId: "7" } };
    expect(parseDetail(OrderShipped, detail)).toEqual(detail);
  });

  it("loses fields that this version does not know, and nothing else", () => {
    const parsed = parseDetail(OrderShipped, {
      metadata: { ...metadata, shard: 3 },
      data: { orderId: "7", parcels: 2, carrier: "pigeon" },
      extra: true,
    });
    expect(parsed).toEqual({ metadata, data: { orderId: "7", parcels: 2 } });
  });

  it.each([
    { what: "no object", detail: "hello", fields: "detail" },
    { what: "nothing", detail: undefined, fields: "detail" },
    { what: "no data", detail: { metadata }, fields: "data" },
    { what: "a wrong field", detail: { metadata, data: { orderId: 7 } }, fields: "data.orderId" },
    {
      what: "a time that is none",
      detail: { metadata: { ...metadata, occurredAt: "yesterday" }, data: { orderId: "7" } },
      fields: "metadata.occurredAt",
    },
    {
      what: "an id without text",
      detail: { metadata: { ...metadata, id: "" }, data: { orderId: "7" } },
      fields: "metadata.id",
    },
    {
      what: "two wrong fields",
      detail: { metadata: { ...metadata, version: 0 }, data: {} },
      fields: "metadata.version, data.orderId",
    },
  ])("is refused when it has $what, by the fields' names", ({ detail, fields }) => {
    expect(() => parseDetail(OrderShipped, detail)).toThrow(
      new EventFormatError(`OrderShipped: does not match its schema at ${fields}`),
    );
  });

  it("is refused without its values in the text", () => {
    const detail = { metadata, data: { orderId: { mail: "ann@example.com" } } };
    expect(() => parseDetail(OrderShipped, detail)).toThrow(/^[^@]*$/);
  });
});
