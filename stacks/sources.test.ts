import { expect, it } from "vitest";
import { evaluate } from "./test/evaluate.ts";
import { describeStacks, of } from "./test/evaluated.ts";
import { resourcesFor, rightsOf } from "./test/rights.ts";
import { json, one } from "./test/stage.ts";
import { stages } from "./test/stages.ts";

describeStacks("the sources", ["dev", "one region"], () => {
  it("calls the sources of the own account by name, and others by their role and external id", () => {
    const rights = rightsOf(of("one region"), "UserMigrationEuWest1");

    expect(resourcesFor(rights, "cognito-idp:AdminInitiateAuth")).toEqual([
      "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Legacy001",
    ]);
    expect(rights).toContainEqual({
      Effect: "Allow",
      Action: ["sts:AssumeRole"],
      Resource: ["arn:aws:iam::999999999999:role/carryover"],
      Condition: { StringEquals: { "sts:ExternalId": ["shared-secret"] } },
    });
    const build = of("one region").builds.find(
      ({ functionID }) => functionID === "UserMigrationEuWest1",
    );
    expect(build?.links).toMatchObject({
      PartnerClientSecret: { value: "value-of-PartnerClientSecret" },
    });
  });

  it("stops at a source's secret that nobody has set", async () => {
    const input = { ...stages["one region"], unsetSecrets: ["PartnerClientSecret"] };

    await expect(evaluate(input)).rejects.toThrow(/PartnerClientSecret/);
  });

  it("watches what the sources answer, in each region, by all dimensions of the metrics", () => {
    const stage = of("one region");

    expect(one(stage, "alarm", "ThrottledPartnerEuWest1").inputs).toMatchObject({
      namespace: "Carryover",
      metricName: "SourceUnavailable",
      dimensions: {
        service: "carryover",
        stage: "dev",
        source: "partner",
        reason: "throttled",
      },
    });
    expect(one(stage, "alarm", "MisconfiguredLegacyEuWest1").inputs["threshold"]).toBe(0);
    expect(one(stage, "alarm", "WrongAnswersEuWest1").inputs["metricQueries"]).toHaveLength(3);
    const { widgets } = json(one(stage, "dashboard", "DashboardEuWest1"), "dashboardBody") as {
      widgets: { properties: { title: string; metrics: unknown[] } }[];
    };
    expect(widgets.map(({ properties }) => properties.metrics.length)).not.toContain(0);
  });
});
