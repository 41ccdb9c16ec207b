import { defineMigration } from "@carryover/core/config/define";

export default defineMigration({
  homeRegion: "us-east-1",
  regions: ["us-east-1", "eu-central-1"],
  sources: [
    {
      id: "first",
      region: "us-east-1",
      userPoolId: "us-east-1_First0001",
      clientId: "firstclient000000000000001",
    },
    {
      id: "second",
      region: "eu-west-1",
      userPoolId: "eu-west-1_Second001",
      clientId: "secondclient00000000000001",
      clientSecret: { secret: "SecondClientSecret" },
      role: { arn: "arn:aws:iam::111122223333:role/reader", externalId: "two-sources" },
    },
  ],
  userId: "mint",
});
