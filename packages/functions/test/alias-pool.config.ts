import { defineMigration } from "@carryover/core/config/define";

export default defineMigration({
  homeRegion: "us-east-1",
  regions: ["us-east-1"],
  sources: [
    {
      id: "legacy",
      region: "us-east-1",
      userPoolId: "us-east-1_Legacy001",
      clientId: "legacyclient00000000000001",
      caseSensitive: false,
    },
  ],
  target: {
    signIn: { aliasAttributes: ["email"] },
    customAttributes: { tier: { maxLength: 8 } },
  },
  attributes: {
    transform: ({ "custom:tier": tier, ...attributes }) => ({
      ...attributes,
      ...(tier && { "custom:tier": tier.toUpperCase() }),
    }),
  },
  mfa: "verify",
  stages: { local: { mfa: "re-enrol" } },
});
