import { expect, it } from "vitest";
import { OLD_SUB } from "../../test/deployment.ts";
import { userIdOf } from "./user-id.ts";

// The expected ID was computed with Python: uuid.uuid5 of the JSON list of both.
const old = { poolId: "us-east-1_Old", sub: OLD_SUB };

it("keeps the old sub", () => {
  expect(userIdOf("keep-old-sub", old)).toBe(OLD_SUB);
});

it("refuses to keep what is no ID", () => {
  expect(() => userIdOf("keep-old-sub", { ...old, sub: "" })).toThrow();
});

it("mints the same ID every time, and another one for another pool or sub", () => {
  const minted = userIdOf("mint", old);
  expect(minted).toBe("0dca94a8-4f09-5f9d-a569-c78ff721ad91");
  expect(userIdOf("mint", { ...old, poolId: "us-east-1_Other" })).not.toBe(minted);
  expect(userIdOf("mint", { ...old, sub: OLD_SUB.replace("1", "2") })).not.toBe(minted);
});
