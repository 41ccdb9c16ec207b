import { defineMigration } from "@carryover/core/config/define";

// Three old pools that become one: two regions, two ways to sign in, two case rules.
export default defineMigration({
  homeRegion: "us-east-1",
  regions: ["us-east-1", "eu-central-1"],
  sources: [
    {
      id: "legacy",
      region: "us-east-1",
      userPoolId: "us-east-1_Legacy001",
      clientId: "demolegacyclient0000000001",
      clientSecret: { secret: "LegacyClientSecret" },
      caseSensitive: false,
    },
    {
      id: "partner",
      region: "us-east-1",
      userPoolId: "us-east-1_Partner01",
      clientId: "demopartnerclient000000001",
      caseSensitive: false,
    },
    {
      id: "acquired",
      region: "eu-west-1",
      userPoolId: "eu-west-1_Acquired1",
      clientId: "demoacquiredclient00000001",
      role: {
        arn: "arn:aws:iam::111122223333:role/carryover-reader",
        externalId: "carryover-demo",
      },
    },
  ],
  target: {
    signIn: { usernameAttributes: ["email"] },
    customAttributes: { plan: { maxLength: 16 } },
  },
  attributes: { rename: { "custom:tier": "custom:plan" } },
  downstream: {
    newsletter: {
      kind: "webhook",
      keyedOn: "newSub",
      url: { secret: "NewsletterUrl" },
      signingSecret: { secret: "NewsletterSecret" },
      allowHttp: true,
      allowNetworks: ["127.0.0.1/32"],
    },
    profiles: {
      kind: "dynamodb",
      keyedOn: "newSub",
      tables: [
        {
          name: "profiles",
          key: { partition: "pk", sort: "sk" },
          places: { pk: "USER#<sub>" },
          // Somebody who had several old accounts keeps the orders of them all.
          onConflict: (moved, existing) => ({
            ...existing,
            orders: Number(moved["orders"]) + Number(existing["orders"]),
          }),
        },
      ],
    },
  },
});
