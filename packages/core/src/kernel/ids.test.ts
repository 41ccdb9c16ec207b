import fc from "fast-check";
import { v5 } from "uuid";
import { expect, it } from "vitest";
import { derivedId } from "./ids.ts";

it("a derived id is the version-5 UUID of its parts", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" }), { maxLength: 4 }), (parts) => {
      expect(derivedId(...parts)).toBe(
        v5(JSON.stringify(parts), "5b0c5a0e-9d0b-5c55-8f0e-0f6c2f6a7c11"),
      );
    }),
  );
});
