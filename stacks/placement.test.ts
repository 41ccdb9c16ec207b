import { expect, it } from "vitest";
import { describeStacks, of } from "./test/evaluated.ts";
import { pascal } from "./test/names.ts";
import { resourcesFor, rightsOf } from "./test/rights.ts";
import { all, one } from "./test/stage.ts";

describeStacks("the placement of people", ["dev", "placement"], () => {
  it("lets a region's trigger take users over from the other regions' pools, by a client for that alone", () => {
    const stage = of("placement");
    const poolOf = (region: string) =>
      `arn:aws:cognito-idp:${region}:123456789012:userpool/${region}_Pool${pascal(region)}`;
    const rights = rightsOf(stage, "UserMigrationPlacedEuCentral1");

    expect(resourcesFor(rights, "cognito-idp:AdminInitiateAuth")).toEqual([
      "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Legacy001",
      poolOf("us-east-1"),
    ]);
    expect(resourcesFor(rights, "cognito-idp:AdminDeleteUser")).toEqual([]);
    expect(
      resourcesFor(rightsOf(stage, "DeleteOldCopiesEuCentral1"), "cognito-idp:AdminDeleteUser"),
    ).toEqual([poolOf("eu-central-1")]);
    for (const name of ["PlaceUserEuCentral1", "AdvanceCohortsEuCentral1"]) {
      expect(
        resourcesFor(rightsOf(stage, name), "cognito-idp:AdminUserGlobalSignOut"),
        name,
      ).toEqual([poolOf("us-east-1")]);
    }
    expect(one(stage, "client", "MoveClientUsEast1").inputs).toMatchObject({
      explicitAuthFlows: ["ALLOW_ADMIN_USER_PASSWORD_AUTH"],
    });
    const items = stage.resources.filter(({ type }) => type.endsWith(":TableItem"));
    expect(items.map(({ region }) => region)).toEqual(["us-east-1", "us-east-1"]);
    expect(all(of("dev"), "client").map(({ name }) => name)).not.toContain("MoveClientUsEast1");
  });

  it("lets reconcile alone walk through the ledger, and be heard in every region", () => {
    const stage = of("placement");
    const reconcile = rightsOf(stage, "Reconcile");
    const tableOf = (name: string) =>
      `arn:aws:dynamodb:us-east-1:123456789012:table/${one(stage, "table", `${name}Table`).inputs["name"]}`;

    expect(resourcesFor(reconcile, "dynamodb:Scan")).toEqual(
      ["IdentityTable", "PlacementTable"].map(tableOf),
    );
    const busOf = (region: string) =>
      `arn:aws:events:${region}:123456789012:event-bus/carryover-dev`;
    expect(new Set(resourcesFor(reconcile, "events:PutEvents"))).toEqual(
      new Set([busOf("us-east-1"), busOf("eu-central-1")]),
    );
    for (const name of ["PlaceUserEuCentral1", "Identity"]) {
      const rights = rightsOf(stage, name);
      expect(resourcesFor(rights, "dynamodb:Scan"), name).toEqual([]);
      expect(resourcesFor(rights, "events:PutEvents"), name).toHaveLength(1);
    }
  });

  it("says in every region when an old copy stays, and only where people move", () => {
    for (const suffix of ["UsEast1", "EuCentral1"]) {
      for (const metricName of ["OldCopyKept", "OldCopyNotDeleted"]) {
        expect(one(of("placement"), "alarm", `${metricName}${suffix}`).inputs).toMatchObject({
          metricName,
          dimensions: { service: "carryover", stage: "dev" },
          threshold: 0,
        });
      }
    }
    expect(all(of("dev"), "alarm").map(({ name }) => name)).not.toContain("OldCopyKeptUsEast1");
  });
});
