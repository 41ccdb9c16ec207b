import { webhookSystem } from "@carryover/core/downstream/webhook/system";
import { systemClock } from "@carryover/core/kernel/clock";
import { linkedSecret } from "../runtime/links.ts";
import { systemWorker } from "../runtime/system-worker.ts";
import { systemWorkers } from "../systems.ts";

export const handler = systemWorker("webhook", systemWorkers.webhook, (settings) => {
  const { url, signingSecret } = settings;
  const { secret, previousSecret } = signingSecret;
  return webhookSystem(settings, {
    url: typeof url === "string" ? url : linkedSecret(url.secret),
    signingSecrets: [linkedSecret(secret), linkedSecret(previousSecret)].filter(
      (value) => value !== undefined,
    ),
    clock: systemClock,
  });
});
