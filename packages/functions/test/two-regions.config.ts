import { defineMigration } from "@carryover/core/config/define";

// People live where their country says. The home region holds nothing that names them.
export default defineMigration({
  homeRegion: "us-east-1",
  regions: ["us-east-1", "eu-central-1"],
  sources: [
    {
      id: "legacy",
      region: "us-east-1",
      userPoolId: "us-east-1_Legacy001",
      clientId: "tworegionsclient0000000001",
      caseSensitive: false,
    },
  ],
  target: {
    signIn: { aliasAttributes: ["email", "phone_number", "preferred_username"] },
    customAttributes: { country: { maxLength: 2 } },
  },
  placement: {
    version: 1,
    rules: [{ name: "europe", when: { "custom:country": ["DE", "FR"] }, region: "eu-central-1" }],
    default: "us-east-1",
    graceDays: 30,
    origins: ["https://sign-in.example.com"],
  },
});
