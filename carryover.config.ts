import { defineMigration } from "@carryover/core/config/define";

// What to migrate, from where, to where. docs/configuration.md explains every field.
export default defineMigration({
  homeRegion: "us-east-1",
  regions: ["us-east-1", "eu-central-1"],
  sources: [
    {
      id: "legacy",
      region: "us-east-1",
      userPoolId: "us-east-1_Legacy001",
      clientId: "legacyexampleclient0000001",
    },
  ],
  target: {
    signIn: { usernameAttributes: ["email"] },
    customAttributes: { plan: { maxLength: 64 } },
  },
});
