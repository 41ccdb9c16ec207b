import { defineMigration } from "@carryover/core/config/define";

const webhook = (name: string) => ({
  kind: "webhook" as const,
  url: { secret: `${name}Url` },
  signingSecret: { secret: `${name}Secret`, previousSecret: `${name}OldSecret` },
  keyedOn: "newSub" as const,
  allowHttp: true,
  timeoutSeconds: 1,
  retry: { maxAttempts: 3, firstDelaySeconds: 2 },
});

// Systems of several teams: one that works, and others that each fail in a way of their own.
export default defineMigration({
  homeRegion: "us-east-1",
  regions: ["us-east-1"],
  sources: [
    { id: "legacy", region: "us-east-1", userPoolId: "us-east-1_Legacy001", clientId: "legacy1" },
  ],
  downstream: {
    orders: {
      ...webhook("Orders"),
      allowNetworks: ["127.0.0.1/32"],
      answers: ["verify", "dry-run"],
    },
    broken: { ...webhook("Broken"), allowNetworks: ["127.0.0.1/32"] },
    closed: { ...webhook("Closed"), allowNetworks: ["127.0.0.1/32"] },
    inside: { ...webhook("Inside") },
    hanging: { ...webhook("Hanging"), allowNetworks: ["127.0.0.1/32"] },
    billing: { kind: "event" as const, keyedOn: "newSub" as const },
    profiles: { ...webhook("Profiles"), keyedOn: "userId" },
  },
});
