import { describe, expect, it } from "vitest";
import { misplaced } from "./misplaced.ts";

describe("the check of regions", () => {
  const regions = ["us-east-1", "eu-central-1"];
  const rule = { type: "aws:cloudwatch/eventRule:EventRule", inputs: {} };

  it("finds a resource that was created without its provider", () => {
    const resources = [{ ...rule, name: "ForwardEuCentral1", region: "us-east-1" }];

    expect(misplaced(resources, { homeRegion: "us-east-1", regions })).toEqual([
      "aws:cloudwatch/eventRule:EventRule ForwardEuCentral1 is in us-east-1, not in eu-central-1",
    ]);
  });

  it("finds a resource that belongs home and is elsewhere", () => {
    const resources = [{ ...rule, name: "IdentityRule", region: "eu-central-1" }];

    expect(misplaced(resources, { homeRegion: "us-east-1", regions })).toHaveLength(1);
  });

  it("finds a reference to another region", () => {
    const inputs = { functionName: "arn:aws:lambda:us-east-1:123456789012:function:Drain" };
    const resources = [{ ...rule, name: "DrainEuCentral1", region: "eu-central-1", inputs }];

    expect(misplaced(resources, { homeRegion: "us-east-1", regions })).toEqual([
      "aws:cloudwatch/eventRule:EventRule DrainEuCentral1 in eu-central-1 names something of us-east-1",
    ]);
  });
});
