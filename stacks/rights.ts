import type { Source } from "@carryover/core/config/schema";
import type { Place } from "./places.ts";

/** One statement of a function's policy, in SST's form. */
export type Right = sst.aws.FunctionPermissionArgs;

/** SST's own link of a bus grants `events:*`. Only events of Carryover, and only publishing. */
export function publishOn(bus: sst.aws.Bus): Right {
  return {
    actions: ["events:PutEvents"],
    resources: [bus.arn],
    conditions: [{ test: "StringEquals", variable: "events:source", values: ["carryover"] }],
  };
}

export function sendTo(queue: sst.aws.Queue): Right {
  return { actions: ["sqs:SendMessage"], resources: [queue.arn] };
}

/** What Lambda itself calls on a queue that a function reads. */
export function receiveFrom(queue: sst.aws.Queue): Right {
  return {
    actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
    resources: [queue.arn],
  };
}

/** Items, and never the table itself, nor a scan of it. */
export function itemsOf(table: sst.aws.Dynamo, indexes: readonly string[] = []): Right {
  return {
    actions: [
      "dynamodb:BatchGetItem",
      "dynamodb:BatchWriteItem",
      "dynamodb:ConditionCheckItem",
      "dynamodb:DeleteItem",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:Query",
      "dynamodb:UpdateItem",
    ],
    resources: [table.arn, ...indexes.map((index) => $interpolate`${table.arn}/index/${index}`)],
  };
}

/** For who looks up an item, or those of one key. */
export function readItemsOf(table: sst.aws.Dynamo): Right {
  return { actions: ["dynamodb:GetItem", "dynamodb:Query"], resources: [table.arn] };
}

/** For who has to walk a whole table. */
export function scanOf(tableArns: readonly $util.Input<string>[]): Right[] {
  return tableArns.length === 0 ? [] : [{ actions: ["dynamodb:Scan"], resources: [...tableArns] }];
}

/** The calls on the source pools of this account, and the roles of those in other accounts. */
export function onSources(
  actions: readonly string[],
  sources: readonly Source[],
  { accountId, partition }: Place,
): Right[] {
  if (actions.length === 0) return [];
  const rights: Right[] = [];
  const own = sources.filter(({ role }) => role === undefined);
  if (own.length > 0) {
    rights.push({
      actions: actions.map((action) => `cognito-idp:${action}`),
      resources: own.map(
        ({ region, userPoolId }) =>
          $interpolate`arn:${partition}:cognito-idp:${region}:${accountId}:userpool/${userPoolId}`,
      ),
    });
  }
  for (const { role } of sources) {
    if (!role) continue;
    rights.push(assume(role));
  }
  return rights;
}

/** To take on a role of another account, with the id that was agreed on. */
export function assume(role: { readonly arn: string; readonly externalId: string }): Right {
  return {
    actions: ["sts:AssumeRole"],
    resources: [role.arn],
    conditions: [{ test: "StringEquals", variable: "sts:ExternalId", values: [role.externalId] }],
  };
}

export function onPools(
  actions: readonly string[],
  poolArns: readonly $util.Input<string>[],
): Right[] {
  if (actions.length === 0 || poolArns.length === 0) return [];
  return [{ actions: actions.map((action) => `cognito-idp:${action}`), resources: [...poolArns] }];
}

/** The same statement as IAM writes it. */
export function policyOf(rights: readonly Right[]): $util.Output<string> {
  return $output(rights).apply((resolved) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: resolved.map(({ actions, resources, conditions = [] }) => ({
        Effect: "Allow",
        Action: actions,
        Resource: resources,
        ...(conditions.length > 0 && {
          Condition: Object.fromEntries(
            conditions.map(({ test, variable, values }) => [test, { [variable]: values }]),
          ),
        }),
      })),
    }),
  );
}
