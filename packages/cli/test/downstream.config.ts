import { defineMigration } from "@carryover/core/config/define";

export default defineMigration({
  homeRegion: "us-east-1",
  regions: ["us-east-1"],
  sources: [
    { id: "legacy", region: "us-east-1", userPoolId: "us-east-1_Legacy001", clientId: "legacy1" },
  ],
  downstream: {
    profiles: {
      kind: "dynamodb",
      keyedOn: "newSub",
      tables: [
        { name: "profiles", key: { partition: "pk", sort: "sk" }, places: { pk: "USER#<sub>" } },
      ],
    },
  },
});
