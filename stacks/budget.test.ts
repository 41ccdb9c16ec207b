import { expect, it } from "vitest";
import { describeStacks, of } from "./test/evaluated.ts";
import { all, one } from "./test/stage.ts";

describeStacks("the budget", ["dev", "home elsewhere"], () => {
  it("warns of costs when the configuration sets a budget", () => {
    expect(all(of("dev"), "budget")).toEqual([]);
    expect(one(of("home elsewhere"), "budget", "Budget").inputs).toMatchObject({
      limitAmount: "200",
      costFilters: [{ name: "TagKeyValue", values: ["user:sst:stage$production"] }],
      notifications: [
        { notificationType: "FORECASTED", subscriberEmailAddresses: ["oncall@example.com"] },
        { notificationType: "ACTUAL", subscriberEmailAddresses: ["oncall@example.com"] },
      ],
    });
  });
});
