/** A price and the page of AWS where it stands. US dollars, us-east-1, list price without free tiers. */
interface Price {
  readonly usd: number;
  readonly page: string;
}

/** When somebody last looked a price up on its page: none of them yet. They are what was known on 2026-11-23. */
export const PRICES_CHECKED_ON: string | undefined = undefined;

/** What `bench/` computes costs from. Check the ones that matter to you on their pages, and override them. */
const PRICES = {
  /** A month, for each metric that an alarm looks at. */
  alarmMetricMonth: { usd: 0.1, page: "aws.amazon.com/cloudwatch/pricing" },
  dashboardMonth: { usd: 3, page: "aws.amazon.com/cloudwatch/pricing" },
  customMetricMonth: { usd: 0.3, page: "aws.amazon.com/cloudwatch/pricing" },
  logGb: { usd: 0.5, page: "aws.amazon.com/cloudwatch/pricing" },
  trace: { usd: 5e-6, page: "aws.amazon.com/xray/pricing" },
  sqsRequest: { usd: 0.4e-6, page: "aws.amazon.com/sqs/pricing" },
  lambdaRequest: { usd: 0.2e-6, page: "aws.amazon.com/lambda/pricing" },
  lambdaArmGbSecond: { usd: 13.3334e-6, page: "aws.amazon.com/lambda/pricing" },
  busEvent: { usd: 1e-6, page: "aws.amazon.com/eventbridge/pricing" },
  tableWrite: { usd: 0.625e-6, page: "aws.amazon.com/dynamodb/pricing/on-demand" },
  tableRead: { usd: 0.125e-6, page: "aws.amazon.com/dynamodb/pricing/on-demand" },
  essentialsMau: { usd: 0.015, page: "aws.amazon.com/cognito/pricing" },
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof PRICES;

/**
 * The prices, with those of `PRICES` in the environment in their places: `PRICES='{"logGb":0.57}'`.
 * @throws Error naming what is no price
 */
export function prices(): Readonly<Record<PriceName, number>> {
  const overrides = JSON.parse(process.env["PRICES"] ?? "{}") as Record<string, unknown>;
  for (const [name, usd] of Object.entries(overrides)) {
    if (!(name in PRICES)) throw new Error(`PRICES: ${name} is none of ${Object.keys(PRICES)}`);
    if (typeof usd !== "number" || !(usd >= 0)) throw new Error(`PRICES: ${name} must be dollars`);
  }
  const listed = Object.entries(PRICES).map(([name, { usd }]) => [name, usd]);
  return { ...Object.fromEntries(listed), ...overrides } as Record<PriceName, number>;
}

/** For the end of a table: what its numbers rest on. */
export function priceNote(): string {
  const overridden = process.env["PRICES"] !== undefined ? ", some of them given by PRICES" : "";
  const checked = PRICES_CHECKED_ON
    ? `checked on ${PRICES_CHECKED_ON}`
    : "TO BE CHECKED on the pages that bench/prices.ts names";
  return `Prices: us-east-1, ${checked}${overridden}.`;
}
