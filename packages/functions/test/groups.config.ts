import { defineMigration } from "@carryover/core/config/define";

/** Two old pools, of which the second may give no more than what is named. */
export default defineMigration({
  homeRegion: "us-east-1",
  regions: ["us-east-1"],
  sources: [
    { id: "legacy", region: "us-east-1", userPoolId: "us-east-1_Legacy001", clientId: "client1" },
    { id: "partner", region: "eu-west-1", userPoolId: "eu-west-1_Partner01", clientId: "client2" },
  ],
  groups: {
    rename: { staff: "employees" },
    drop: ["secret"],
    sources: { partner: { copy: ["customers"] } },
  },
});
