import { describe, expect, it } from "vitest";
import { notesIn, notesOf } from "./notes.ts";

describe("the notes of an event's fields", () => {
  it("are its comments, by path", () => {
    const source = `/** Not of a field. */
export const OrderShipped = defineEvent({
  data: z.object({
    orderId: z.string(),
    /** In kilograms. */
    weight: z.optional(z.number()),
    to: z.object({
      /**
       * The city,
       * not the street.
       */
      city: z.string(),
      door: z.string(),
    }),
    /** Who brings it. */
    carrier,
  }),
});`;
    expect(notesIn(source)).toEqual(
      new Map([
        ["weight", "In kilograms."],
        ["to.city", "The city, not the street."],
        ["carrier", "Who brings it."],
      ]),
    );
  });

  it("are found by the event's name, and there are none for an unknown one", () => {
    expect(notesOf("UserIdMapped").get("old.sourceId")).toMatch(/carryover\.config\.ts/);
    expect(notesOf("OrderShipped").size).toBe(0);
  });
});
