import { defineMigration } from "@carryover/core/config/define";
import { withDownstream, withPlacement } from "./stages.ts";

// Every section that there is: between them every function, table and queue.
export default defineMigration({
  ...withPlacement,
  downstream: withDownstream.downstream,
  onboarding: {
    brand: { name: "Example", supportUrl: "https://example.com/help" },
    signInUrl: "https://example.com/sign-in",
  },
  target: {
    ...withPlacement.target,
    signIn: { aliasAttributes: ["email", "phone_number"] },
    mail: { from: "Example <hello@example.com>", identity: "example.com" },
  },
});
