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
    social: {
      domainPrefix: "people",
      callbackUrls: ["https://app.example.com/in"],
      logoutUrls: ["https://app.example.com/out"],
      providers: {
        google: { clientId: "google-client", clientSecret: { secret: "GoogleClientSecret" } },
        facebook: { clientId: "facebook-client", clientSecret: { secret: "FacebookClientSecret" } },
        amazon: { clientId: "amazon-client", clientSecret: { secret: "AmazonClientSecret" } },
      },
    },
  },
});
