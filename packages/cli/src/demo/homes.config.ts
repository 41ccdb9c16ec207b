import { defineMigration } from "@carryover/core/config/define";

// One old pool, and a law: people of some countries live in their own region. Second factors are set up anew.
export default defineMigration({
  homeRegion: "us-east-1",
  regions: ["us-east-1", "eu-central-1"],
  sources: [
    {
      id: "legacy",
      region: "us-east-1",
      userPoolId: "us-east-1_Legacy001",
      clientId: "demohomesclient00000000001",
    },
  ],
  mfa: "re-enrol",
  onboarding: {
    brand: { name: "Example", supportUrl: "https://example.com/help" },
    signInUrl: "https://example.com/sign-in",
    sender: { from: "Example <hello@example.com>", identity: "example.com" },
  },
  target: { customAttributes: { country: { maxLength: 2 } } },
  placement: {
    version: 1,
    rules: [{ name: "europe", when: { "custom:country": ["DE"] }, region: "eu-central-1" }],
    default: "us-east-1",
  },
});
