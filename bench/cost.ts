import { resolveMigration } from "@carryover/core/config/resolve";
import { deployed } from "@carryover/functions/deployed";
import { type Subscriber, subscribers } from "@carryover/functions/subscribers";
import migration from "../carryover.config.ts";
import { evaluate } from "../stacks/test/evaluate.ts";
import type { Resource } from "../stacks/test/evaluation.ts";
import { preparePlatform } from "../stacks/test/platform.ts";
import { all, type Kind } from "../stacks/test/stage.ts";
import { countCrossing } from "./crossing.ts";
import { priceNote, prices } from "./prices.ts";

// What a stage costs with `carryover.config.ts`: idle from the list of its resources, and per million users who cross
// from the calls that a crossing causes, which are counted on the local stage. Run: npx tsx bench/cost.ts [stage]

const PRICE = prices();

/** Lambda asks a queue with five long polls of 20 s at a time (AWS Lambda guide, "Using Lambda with Amazon SQS"). */
const IDLE_POLLS_MONTH = (5 * 30 * 24 * 3600) / 20;

/** X-Ray's default: the first of a second, and one in twenty of the others. */
const TRACED_SHARE = 0.05;

const LOG_BYTES_PER_CALL = 1500;

/** One crossing by password with a warm function. Assumed, and the most of it waiting for the source. */
const TRIGGER_CALLS = {
  "user-migration": 0.6,
  "pre-sign-up": 0.02,
  "post-authentication": 0.05,
  "pre-token-generation": 0.02,
};
const SERVICE_SECONDS = 0.05;

/** What one crossing says on the bus, and where: in the pool's region, or by a service at home. */
const EVENTS: Readonly<Record<string, "trigger" | "service">> = {
  UserMigrated: "trigger",
  UserSignedIn: "trigger",
  UserIdMapped: "service",
};

/** Request units of calls on items below 1 KB; all reads are strongly consistent. Source: DynamoDB DG, "On-demand capacity". */
const TABLE_UNITS: Readonly<Record<string, { readonly reads?: number; readonly writes?: number }>> =
  {
    GetItem: { reads: 1 },
    Query: { reads: 1 },
    PutItem: { writes: 1 },
    UpdateItem: { writes: 1 },
    DeleteItem: { writes: 1 },
  };

const stage = process.argv[2] ?? "production";
const platform = await preparePlatform();
if (!platform.available) throw new Error(platform.reason);
const evaluation = await evaluate({ stage });
const count = (kind: Kind) => all(evaluation, kind).length;

const alarmMetrics = all(evaluation, "alarm").reduce((sum, { inputs }) => {
  const queries = (inputs["metricQueries"] ?? []) as { metric?: object }[];
  return sum + (queries.filter(({ metric }) => metric).length || 1);
}, 0);
const memoryGb = Math.max(...all(evaluation, "function").map(memoryOf)) / 1024;
const queueRequests = count("mapping") * IDLE_POLLS_MONTH;
const jobCalls = all(evaluation, "rule").reduce((sum, { inputs }) => {
  const [, minutes] = /^rate\((\d+) minutes?\)$/.exec(String(inputs["scheduleExpression"])) ?? [];
  return minutes === undefined ? sum : sum + (30 * 24 * 60) / Number(minutes);
}, 0);
print(`Idle, a month (stage ${stage}, ${count("bus")} regions)`, [
  [`${count("alarm")} alarms on ${alarmMetrics} metrics`, alarmMetrics * PRICE.alarmMetricMonth],
  [`${count("dashboard")} dashboards`, count("dashboard") * PRICE.dashboardMonth],
  [`${count("mapping")} queues asked by Lambda`, queueRequests * PRICE.sqsRequest],
  [
    `${jobCalls} calls of jobs on a schedule`,
    jobCalls * (PRICE.lambdaRequest + SERVICE_SECONDS * memoryGb * PRICE.lambdaArmGbSecond),
  ],
  [`${count("pool")} pools, ${count("table")} tables, ${count("bus")} buses`, 0],
]);

const apiCalls = await countCrossing();
// People come one by one, so each message is a batch of its own.
const deliveries = deployed<string, Subscriber>(subscribers, resolveMigration(migration, stage))
  .flatMap(([, { on }]) => [...on])
  .filter(({ name }) => name in EVENTS).length;
const published = Math.round(apiCalls.get("events PutEvents") ?? 0);
if (published !== Object.keys(EVENTS).length) {
  throw new Error(`a crossing published ${published} events, not ${Object.keys(EVENTS)}`);
}
const units = { reads: 0, writes: 0 };
for (const [call, each] of apiCalls) {
  const [service, operation = ""] = call.split(" ");
  if (service !== "dynamodb") continue;
  const of = TABLE_UNITS[operation];
  if (!of) throw new Error(`no units are known of DynamoDB's ${operation}`);
  units.reads += Math.round(each) * (of.reads ?? 0);
  units.writes += Math.round(each) * (of.writes ?? 0);
}
const forwarded =
  count("bus") > 1 ? Object.values(EVENTS).filter((by) => by === "trigger").length : 0;
const triggerCalls = Object.keys(TRIGGER_CALLS).length;
const triggerSeconds = Object.values(TRIGGER_CALLS).reduce((sum, each) => sum + each, 0);
const calls = triggerCalls + deliveries;
const seconds = triggerSeconds + deliveries * SERVICE_SECONDS;
const million = 1e6;
print("A million users who cross, once", [
  [
    `Lambda, ${triggerCalls} trigger and ${deliveries} service calls each, ${seconds.toFixed(2)} s`,
    million * (calls * PRICE.lambdaRequest + seconds * memoryGb * PRICE.lambdaArmGbSecond),
  ],
  [
    `EventBridge, ${published} events each, ${forwarded} forwarded outside the home region`,
    million * (published + forwarded) * PRICE.busEvent,
  ],
  [
    `SQS, ${deliveries} messages each, sent, received and deleted`,
    million * deliveries * 3 * PRICE.sqsRequest,
  ],
  [
    `DynamoDB, ${units.writes} writes and ${units.reads} reads each`,
    million * (units.writes * PRICE.tableWrite + units.reads * PRICE.tableRead),
  ],
  ["Logs", ((million * calls * LOG_BYTES_PER_CALL) / 1e9) * PRICE.logGb],
  ["Traces", million * calls * TRACED_SHARE * PRICE.trace],
]);
print("Cognito Essentials, whether Carryover is there or not", [
  ["A million monthly active users in the new pool", million * PRICE.essentialsMau],
]);
console.log(
  `\nNot in it: what jobs do when asked: reconcile, a backfill, a cohort that moves.\n${priceNote()}`,
);

/** In MB. */
function memoryOf({ inputs }: Resource): number {
  return Number(inputs["memorySize"]);
}

function print(title: string, rows: readonly (readonly [string, number])[]): void {
  console.log(`\n| ${title} | USD |\n| --- | ---: |`);
  for (const [what, usd] of rows) console.log(`| ${what} | ${usd.toFixed(2)} |`);
  const sum = rows.reduce((total, [, usd]) => total + usd, 0);
  console.log(`| **Sum** | **${sum.toFixed(2)}** |`);
}
