import { InitiateAuthCommand } from "@aws-sdk/client-cognito-identity-provider";
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { clientsFor } from "@carryover/local/clients";
import type { RequestCount } from "@carryover/local/requests";
import { Seed } from "@carryover/local/seed";
import { type Stage, startStage } from "@carryover/local/stage";

const PEOPLE = 20;
const PASSWORD = "Old-Password-1!";
const WAIT_MS = 120_000;
/** As long as this nothing may be in any queue: what one service does can be another one's message. */
const QUIET_MS = 2000;
const POLL_MS = 200;

/**
 * Lets people cross on the local stage with the configuration of `carryover.config.ts`, by a first sign-in with the
 * password, and waits until the last service is done. Answers with the calls of AWS's APIs, as `dynamodb GetItem`, for
 * one person: averages.
 */
export async function countCrossing(): Promise<ReadonlyMap<string, number>> {
  const logins = Array.from({ length: PEOPLE }, (_, index) => `user-${index}@example.com`);
  const users = logins.map((email) => ({
    username: email,
    password: PASSWORD,
    attributes: { email, email_verified: "true" },
  }));
  const stage = await startStage({ seed: Seed.parse({ sources: { legacy: { users } } }) });
  try {
    const { endpoint, region, targets } = stage.ready;
    const pool = targets.find((one) => one.region === region);
    const { cognito } = clientsFor(endpoint, region);
    await fetch(`${endpoint}/_local/requests`, { method: "DELETE" });
    for (const USERNAME of logins) {
      await cognito.send(
        new InitiateAuthCommand({
          ClientId: pool?.clientId,
          AuthFlow: "USER_PASSWORD_AUTH",
          AuthParameters: { USERNAME, PASSWORD },
        }),
      );
    }
    await drained(stage);
    const response = await fetch(`${endpoint}/_local/requests`);
    return averages((await response.json()) as RequestCount[]);
  } finally {
    await stage.stop();
  }
}

/** @throws Error when the services go on for too long */
async function drained({ ready }: Stage): Promise<void> {
  const { sqs } = clientsFor(ready.endpoint, ready.region);
  const endMs = performance.now() + WAIT_MS;
  let quietSinceMs: number | undefined;
  while (quietSinceMs === undefined || performance.now() - quietSinceMs < QUIET_MS) {
    const waiting = await Promise.all(
      Object.values(ready.queues).map(async (QueueUrl) => {
        const { Attributes } = await sqs.send(
          new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
        );
        return (
          Number(Attributes?.["ApproximateNumberOfMessages"]) +
          Number(Attributes?.["ApproximateNumberOfMessagesNotVisible"])
        );
      }),
    );
    if (waiting.some((messages) => messages > 0)) quietSinceMs = undefined;
    else quietSinceMs ??= performance.now();
    if (performance.now() > endMs) throw new Error("the services did not come to an end");
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function averages(requests: readonly RequestCount[]): ReadonlyMap<string, number> {
  const calls = new Map<string, number>();
  for (const { service, operation, count } of requests) {
    const call = `${service} ${operation}`;
    calls.set(call, (calls.get(call) ?? 0) + count / PEOPLE);
  }
  return calls;
}
