import {
  CognitoIdentityProviderClient,
  type CognitoIdentityProviderClientConfig,
} from "@aws-sdk/client-cognito-identity-provider";
import pThrottle from "p-throttle";
import { categoryOf, QUOTAS, type QuotaCategory } from "./quotas.ts";

/** How much of the quotas one kind of bulk work may take. People who sign in have the same quotas. */
export interface PaceShare {
  /** Above 0, at most 1: of each category. */
  readonly share: number;
  /** How many workers there are at most: each keeps to its part, so that together they keep the pace. */
  readonly workers: number;
}

/** Waits until a call of the category may start. */
type Turn = () => Promise<void>;

/** One process's pace. Quotas are an account's in a region, so clients of the same two share theirs. */
export interface Pace {
  turn(owner: string, operation: string): Promise<void>;
}

/** Calls are spread evenly over each second, and never more than the limit in any second. */
export function createPace({ share, workers }: PaceShare): Pace {
  const turns = new Map<string, Turn>();
  const turnOf = (owner: string, category: QuotaCategory): Turn => {
    const key = `${owner} ${category}`;
    const known = turns.get(key);
    if (known) return known;
    const perSecond = (QUOTAS[category] * share) / workers;
    // One call at a time, after a pause each: a burst in the first second is somebody else's refusal.
    const wait = pThrottle({ limit: 1, interval: 1000 / perSecond, strict: true });
    const fresh = wait(async () => {});
    turns.set(key, fresh);
    return fresh;
  };
  return { turn: (owner, operation) => turnOf(owner, categoryOf(operation))() };
}

/** Of a whole call: nobody waits for bulk work, but a function's time is bounded. */
const BULK_LIMITS = {
  maxAttempts: 6,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 5000, throwOnRequestTimeout: true },
} as const;

export interface BulkAccount {
  readonly region: string;
  /** The role that is taken on for another account's pools; that account has quotas of its own. */
  readonly roleArn?: string;
  readonly credentials?: CognitoIdentityProviderClientConfig["credentials"];
}

/**
 * A client for bulk work: each attempt waits for its turn in its quota category, and what is throttled all
 * the same is tried again ever more slowly (the SDK's adaptive mode: AWS SDK guide, "Retry behavior").
 */
export function bulkCognitoClient(
  pace: Pace,
  { region, roleArn, credentials }: BulkAccount,
): CognitoIdentityProviderClient {
  const client = new CognitoIdentityProviderClient({
    region,
    retryMode: "adaptive",
    ...BULK_LIMITS,
    ...(credentials && { credentials }),
  });
  const owner = `${roleArn?.split(":")[4] ?? "own"} ${region}`;
  const takeTurn =
    <Args, Answer>(
      next: (args: Args) => Promise<Answer>,
      context: { readonly [name: string]: unknown },
    ) =>
    async (args: Args): Promise<Answer> => {
      await pace.turn(owner, String(context["commandName"]).replace(/Command$/, ""));
      return next(args);
    };
  client.middlewareStack.addRelativeTo(
    takeTurn,
    // Inside the retries, so that each attempt counts, and before the signature, which has a time.
    { name: "paceMiddleware", relation: "after", toMiddleware: "retryMiddleware" },
  );
  return client;
}
