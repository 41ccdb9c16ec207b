import type { Settings } from "./settings.ts";

/** Warns by mail when the month's costs of the stage are about to be, or are, above what is allowed. */
export function createBudget({ migration, stage }: Settings): void {
  const { monthlyBudgetUsd, emails } = migration.alarms;
  if (monthlyBudgetUsd === undefined) return;
  const notify = (notificationType: "FORECASTED" | "ACTUAL", threshold: number) => ({
    comparisonOperator: "GREATER_THAN",
    notificationType,
    threshold,
    thresholdType: "PERCENTAGE",
    subscriberEmailAddresses: [...emails],
  });
  new aws.budgets.Budget("Budget", {
    name: `${$app.name}-${stage}`,
    budgetType: "COST",
    timeUnit: "MONTHLY",
    limitAmount: String(monthlyBudgetUsd),
    limitUnit: "USD",
    // The tag that SST gives everything. It has to be activated for billing once: docs/deploy.md.
    costFilters: [{ name: "TagKeyValue", values: [`user:sst:stage$${stage}`] }],
    notifications: [notify("FORECASTED", 80), notify("ACTUAL", 100)],
  });
}
