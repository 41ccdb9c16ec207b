import { tables } from "@carryover/functions/tables";
import { expect, it } from "vitest";
import { describeStacks, of } from "./test/evaluated.ts";
import { all, one } from "./test/stage.ts";
import type { StageName } from "./test/stages.ts";

describeStacks("the tables and pools", ["dev", "production"], () => {
  it("keeps production's pools and tables whatever happens, and lets other stages go", () => {
    const kept = (stage: StageName) =>
      of(stage).options.filter(({ type }) => /userPool:UserPool|table:Table/.test(type));

    expect(of("production").app).toMatchObject({ protect: true, removal: "retain" });
    expect(of("dev").app).toMatchObject({ protect: false, removal: "remove" });
    // Two pools, two tables of sessions, and those of the services.
    expect(kept("production")).toHaveLength(4 + Object.keys(tables).length);
    for (const { isProtected, isRetained } of kept("production"))
      expect({ isProtected, isRetained }).toEqual({ isProtected: true, isRetained: true });
    for (const { isProtected, isRetained } of kept("dev"))
      expect({ isProtected, isRetained }).toEqual({ isProtected: false, isRetained: false });
    for (const [stage, state] of [
      ["production", true],
      ["dev", false],
    ] as const) {
      for (const { inputs } of all(of(stage), "table")) {
        expect(inputs["deletionProtectionEnabled"]).toBe(state);
      }
      for (const { inputs } of all(of(stage), "pool")) {
        expect(inputs["deletionProtection"]).toBe(state ? "ACTIVE" : "INACTIVE");
      }
    }
  });

  it("has tables that cost nothing idle, can be restored, and are encrypted", () => {
    const common = {
      billingMode: "PAY_PER_REQUEST",
      pointInTimeRecovery: { enabled: true },
      serverSideEncryption: { enabled: true },
    };

    expect(one(of("dev"), "table", "IdentityTableTable").inputs).toMatchObject({
      ...common,
      hashKey: "pk",
      rangeKey: "sk",
    });
    for (const name of ["MfaSessionTableUsEast1Table", "MfaSessionTableEuCentral1Table"]) {
      expect(one(of("dev"), "table", name).inputs).toMatchObject({
        ...common,
        hashKey: "id",
        ttl: { attributeName: "expiresAtEpochSeconds", enabled: true },
      });
    }
  });
});
