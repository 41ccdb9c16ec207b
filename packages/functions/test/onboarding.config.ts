import { defineMigration } from "@carryover/core/config/define";

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
  mfa: "re-enrol",
  onboarding: {
    brand: { name: "Example", supportUrl: "https://example.com/help" },
    signInUrl: "https://example.com/sign-in",
    sender: { from: "Example <hello@example.com>", identity: "example.com" },
  },
});
