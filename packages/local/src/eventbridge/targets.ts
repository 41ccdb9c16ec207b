import { AwsError } from "../service.ts";
import { type Buses, page } from "./buses.ts";
import { parse } from "./input.ts";
import { Inputs, type Target } from "./limits.ts";
import { refuseManaged } from "./managed-rules.ts";
import { unknownPlaceholder } from "./transform.ts";

type Operation = (region: string, input: unknown) => object;

/** Source: EventBridge quotas, "Targets per rule". */
const MOST_TARGETS = 5;

/**
 * What a rule can send to; an ARN of any other service is refused.
 * Source: EventBridge UG, "Event bus targets"; cfn-lint's issue 4505 for the words.
 */
const SERVICES: ReadonlySet<string> = new Set([
  "appsync",
  "automation",
  "batch",
  "codebuild",
  "codepipeline",
  "ec2",
  "ecs",
  "events",
  "execute-api",
  "firehose",
  "glue",
  "inspector",
  "kinesis",
  "lambda",
  "logs",
  "redshift",
  "redshift-serverless",
  "sagemaker",
  "sns",
  "sqs",
  "ssm",
  "ssm-incidents",
  "states",
]);

export function createTargetOperations(buses: Buses): Record<string, Operation> {
  return {
    PutTargets: (region, input) => {
      const { Rule, EventBusName, Targets } = parse(Inputs.PutTargets, input);
      for (const target of Targets) checkTarget(target);
      const rule = buses.rule(region, EventBusName, Rule);
      refuseManaged(rule);
      const { targets } = rule;
      const ids = new Set([...targets.keys(), ...Targets.map(({ Id }) => Id)]);
      if (ids.size > MOST_TARGETS) {
        throw new AwsError(
          "LimitExceededException",
          "The requested resource exceeds the maximum number allowed.",
        );
      }
      for (const target of Targets) targets.set(target.Id, target);
      return { FailedEntryCount: 0, FailedEntries: [] };
    },
    RemoveTargets: (region, input) => {
      const { Rule, EventBusName, Ids, Force } = parse(Inputs.RemoveTargets, input);
      const rule = buses.rule(region, EventBusName, Rule);
      refuseManaged(rule, Force);
      for (const id of Ids) rule.targets.delete(id);
      return { FailedEntryCount: 0, FailedEntries: [] };
    },
    ListTargetsByRule: (region, input) => {
      const asked = parse(Inputs.ListTargetsByRule, input);
      const { targets } = buses.rule(region, asked.EventBusName, asked.Rule);
      const { items, NextToken } = page([...targets.values()], asked);
      return { Targets: items, NextToken };
    },
  };
}

/**
 * The words are AWS's own, as the tests of LocalStack and moto recorded them there.
 * @throws AwsError `ValidationException`
 */
function checkTarget(target: Target): void {
  const { Id, Arn, Input, InputPath, InputTransformer } = target;
  if (!Arn.startsWith("arn:")) {
    throw invalid(`Parameter ${Arn} is not valid. Reason: Provided Arn is not in correct format.`);
  }
  const service = Arn.split(":")[2] ?? "";
  if (!SERVICES.has(service)) throw invalid(`${service} is not a supported service for a target.`);
  if (/^arn:[^:]*:sqs:.*\.fifo$/.test(Arn) && target.SqsParameters === undefined) {
    throw invalid(`Parameter(s) SqsParameters must be specified for target: ${Id}.`);
  }
  if ([Input, InputPath, InputTransformer].filter((one) => one !== undefined).length > 1) {
    throw invalid(
      `Only one of Input, InputPath, or InputTransformer must be provided for target ${Id}.`,
    );
  }
  const unknown = InputTransformer && unknownPlaceholder(InputTransformer);
  if (unknown !== undefined) {
    throw invalid(`InputTemplate for target ${Id} contains invalid placeholder ${unknown}.`);
  }
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}
