import { type AwsCall, AwsError, type Clock } from "../service.ts";

export interface TimeToLive {
  readonly Enabled: boolean;
  readonly AttributeName: string;
}

interface ExpiryDeps {
  readonly clock: Clock;
  /** Which tables expire what, by `region/table`. */
  readonly timeToLive: ReadonlyMap<string, TimeToLive>;
  readonly call: (call: AwsCall) => Promise<object>;
}

type Item = Readonly<Record<string, { readonly N?: string }>>;

/** How long an expired item stays, in milliseconds of the stage's clock. In DynamoDB it is up to some days. */
const EVERY_MS = 10 * 60_000;
/** How often the stage looks whether it is time, in milliseconds of real time. */
const LOOK_MS = 250;
const FIVE_YEARS_SECONDS = 5 * 365 * 86_400;
/** A page that holds up nobody else. */
const PAGE = 200;

/**
 * Deletes what has expired, every ten minutes of the stage's clock; until then reads show it, as they do in DynamoDB.
 * Only numbers count, as epoch seconds, and none that is over five years ago. Answers how to stop.
 * Source: DynamoDB developer guide, "Using time to live (TTL)", "Computing time to live".
 */
export function startExpiry(deps: ExpiryDeps): () => void {
  let lookedAtMs = deps.clock();
  let busy = false;
  let stopped = false;
  const look = async () => {
    // A clock that was set back must not keep everything for ever.
    if (busy || Math.abs(deps.clock() - lookedAtMs) < EVERY_MS) return;
    lookedAtMs = deps.clock();
    busy = true;
    for (const [key, { Enabled, AttributeName }] of deps.timeToLive) {
      const slash = key.indexOf("/");
      const table = { region: key.slice(0, slash), name: key.slice(slash + 1) };
      if (Enabled) await expire(table, AttributeName, deps, () => stopped);
    }
    busy = false;
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  timer.unref();
  return () => {
    stopped = true;
    clearInterval(timer);
  };
}

async function expire(
  { region, name: TableName }: { region: string; name: string },
  attribute: string,
  { clock, call }: ExpiryDeps,
  stopped: () => boolean,
): Promise<void> {
  const perform = async (operation: string, input: object) =>
    (await call({ region, operation, input, signed: true })) as Record<string, unknown>;
  const now = Math.floor(clock() / 1000);
  const between = {
    ":from": { N: String(now - FIVE_YEARS_SECONDS) },
    ":now": { N: String(now) },
  };
  try {
    const { Table } = (await perform("DescribeTable", { TableName })) as {
      Table: { KeySchema: { AttributeName: string }[] };
    };
    const keys = Table.KeySchema.map(({ AttributeName }) => AttributeName);
    let ExclusiveStartKey: unknown;
    do {
      const { Items, LastEvaluatedKey } = await perform("Scan", {
        TableName,
        Limit: PAGE,
        ExclusiveStartKey,
        FilterExpression: "#ttl BETWEEN :from AND :now",
        ExpressionAttributeNames: { "#ttl": attribute },
        ExpressionAttributeValues: between,
      });
      for (const item of Items as Item[]) {
        if (stopped()) return;
        await perform("DeleteItem", {
          TableName,
          Key: Object.fromEntries(keys.map((key) => [key, item[key]])),
          // Whoever has renewed it meanwhile keeps it.
          ConditionExpression: "#ttl BETWEEN :from AND :now",
          ExpressionAttributeNames: { "#ttl": attribute },
          ExpressionAttributeValues: between,
        }).catch(unlessRenewed);
      }
      ExclusiveStartKey = LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined && !stopped());
  } catch (error) {
    // The table has gone meanwhile, or is about to: there is nothing left to expire.
    if (!(error instanceof AwsError) && !stopped()) throw error;
  }
}

function unlessRenewed(error: unknown): void {
  if (!(error instanceof AwsError) || error.type !== "ConditionalCheckFailedException") throw error;
}
