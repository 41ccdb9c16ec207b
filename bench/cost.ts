import { jobs } from "@carryover/functions/jobs";
import { subscribers } from "@carryover/functions/subscribers";
import { evaluate } from "../stacks/test/evaluate.ts";
import type { Resource } from "../stacks/test/evaluation.ts";
import { preparePlatform } from "../stacks/test/platform.ts";
import { all, type Kind } from "../stacks/test/stage.ts";
import { priceNote, prices } from "./prices.ts";

// What a stage costs: idle from the list of its resources, and per million users who cross from the
// calls that each of them causes. Run: npx tsx bench/cost.ts [stage]

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
const SUBSCRIBER_SECONDS = 0.05;

/** What one crossing says on the bus. */
const EVENTS: Readonly<Record<string, number>> = {
  UserMigrated: 1,
  UserSignedIn: 1,
  UserIdMapped: 1,
};

/** The identity service: both sides of a link, twice each, and whether the other sources were asked. */
const TABLE_WRITES = 6;
const TABLE_READS = 6;

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
print(`Idle, a month (stage ${stage}, ${count("bus")} regions)`, [
  [`${count("alarm")} alarms on ${alarmMetrics} metrics`, alarmMetrics * PRICE.alarmMetricMonth],
  [`${count("dashboard")} dashboards`, count("dashboard") * PRICE.dashboardMonth],
  [`${count("mapping")} queues asked by Lambda`, queueRequests * PRICE.sqsRequest],
  [`${count("pool")} pools, ${count("table")} tables, ${count("bus")} buses`, 0],
]);

const deliveries = Object.values(subscribers)
  .flatMap(({ on }) => [...on])
  .reduce((sum, { name }) => sum + (EVENTS[name] ?? 0), 0);
const published = Object.values(EVENTS).reduce((sum, each) => sum + each, 0);
const forwarded = count("bus") > 1 ? 2 : 0;
const triggerCalls = Object.keys(TRIGGER_CALLS).length;
const triggerSeconds = Object.values(TRIGGER_CALLS).reduce((sum, each) => sum + each, 0);
const calls = triggerCalls + deliveries;
const seconds = triggerSeconds + deliveries * SUBSCRIBER_SECONDS;
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
    `DynamoDB, ${TABLE_WRITES} writes and ${TABLE_READS} reads each`,
    million * (TABLE_WRITES * PRICE.tableWrite + TABLE_READS * PRICE.tableRead),
  ],
  ["Logs", ((million * calls * LOG_BYTES_PER_CALL) / 1e9) * PRICE.logGb],
  ["Traces", million * calls * TRACED_SHARE * PRICE.trace],
]);
print("Cognito Essentials, whether Carryover is there or not", [
  ["A million monthly active users in the new pool", million * PRICE.essentialsMau],
]);
console.log(
  `\nJobs (${Object.keys(jobs).join(", ")}) run only when a bus was down.\n${priceNote()}`,
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
