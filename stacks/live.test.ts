import { expect, it } from "vitest";
import { describeStacks, of } from "./test/evaluated.ts";
import { pascal } from "./test/names.ts";
import { resourcesFor, rightsOf } from "./test/rights.ts";
import { all, arnOf, one } from "./test/stage.ts";
import { triggersOf } from "./test/stages.ts";

// In `sst dev` a function hands each call to the machine of whoever debugs, which answers with the function's role.
describeStacks("live debugging", ["sst dev", "dev"], () => {
  it("declares what a deployment does, every function as SST's bridge", () => {
    const names = (stage: "dev" | "sst dev") =>
      new Set(all(of(stage), "function").map(({ name, region }) => `${name} ${region}`));

    expect(names("sst dev")).toEqual(names("dev"));
    for (const { name, inputs } of all(of("sst dev"), "function"))
      expect(inputs["handler"], name).toBe("bootstrap");
    expect(of("sst dev").builds).toEqual([]);
  });

  it("has the triggers on its pools, with the rights that they have when they are deployed", () => {
    for (const [name, { lambdaConfig, lambdaVersion }] of triggersOf("sst dev")) {
      for (const pool of all(of("sst dev"), "pool")) {
        const component = `${pascal(name)}${pool.name.slice("Pool".length)}`;
        const arn = arnOf(
          "lambda",
          one(of("sst dev"), "function", `${component}Function`),
          "function:",
        );
        const key = lambdaConfig.charAt(0).toLowerCase() + lambdaConfig.slice(1);
        const attached = pool.inputs["lambdaConfig"] as Record<string, unknown>;

        expect(attached[key]).toEqual(lambdaVersion ? { lambdaVersion, lambdaArn: arn } : arn);
        expect(
          resourcesFor(rightsOf(of("sst dev"), component), "cognito-idp:AdminGetUser"),
        ).toEqual(resourcesFor(rightsOf(of("dev"), component), "cognito-idp:AdminGetUser"));
      }
    }
    expect.hasAssertions();
  });

  it("lets the account's own people take a function's role, which a deployment does not", () => {
    const trusts = (stage: "dev" | "sst dev") =>
      all(of(stage), "function").map(({ name }) =>
        JSON.stringify(
          one(of(stage), "role", name.replace(/Function$/, "Role")).inputs["assumeRolePolicy"],
        ),
      );

    for (const trust of trusts("sst dev"))
      expect(trust).toContain("arn:aws:iam::123456789012:root");
    for (const trust of trusts("dev")) expect(trust).not.toContain(":root");
  });
});
