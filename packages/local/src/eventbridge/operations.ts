import { ACCOUNT_ID, AwsError, type Clock } from "../service.ts";
import { type Bus, type Buses, page, type Rule } from "./buses.ts";
import { busArn, Inputs, parse, ruleArn } from "./limits.ts";
import type { Matcher } from "./pattern.ts";
import { rateMs } from "./schedule.ts";

type Operation = (region: string, input: unknown) => object;

/** Source: EventBridge quotas, "Targets per rule". */
const MOST_TARGETS = 5;

export function createBusOperations(buses: Buses, clock: Clock): Record<string, Operation> {
  return {
    CreateEventBus: (region, input) => {
      const { Name, Description } = parse(Inputs.CreateEventBus, input);
      const all = buses.of(region);
      if (all.has(Name)) {
        throw new AwsError("ResourceAlreadyExistsException", `Event bus ${Name} already exists.`);
      }
      all.set(Name, {
        name: Name,
        region,
        description: Description,
        policy: undefined,
        rules: new Map(),
        createdAtEpochMs: clock(),
      });
      return { EventBusArn: busArn(region, Name), Description };
    },
    DeleteEventBus: (region, input) => {
      const { Name } = parse(Inputs.DeleteEventBus, input);
      if (Name === "default") {
        throw new AwsError("ValidationException", "Cannot delete event bus default.");
      }
      const found = buses.find(region, Name);
      if (found && found.rules.size > 0) {
        throw new AwsError("ValidationException", "Event bus can't be deleted since it has rules.");
      }
      buses.of(region).delete(Name);
      return {};
    },
    UpdateEventBus: (region, input) => {
      const { Name, Description } = parse(Inputs.UpdateEventBus, input);
      const bus = buses.get(region, Name);
      if (Description !== undefined) bus.description = Description;
      return { Arn: busArn(bus.region, bus.name), Name: bus.name, Description: bus.description };
    },
    DescribeEventBus: (region, input) =>
      shownBus(buses.get(region, parse(Inputs.DescribeEventBus, input).Name)),
    ListEventBuses: (region, input) => {
      const asked = parse(Inputs.ListEventBuses, input);
      const names = [...buses.of(region).values()].filter(({ name }) =>
        name.startsWith(asked.NamePrefix ?? ""),
      );
      const { items, NextToken } = page(names, asked);
      return { EventBuses: items.map(shownBus), NextToken };
    },
  };
}

export interface RuleDeps {
  readonly buses: Buses;
  readonly compile: (pattern: string) => Matcher;
  /** Gets each rule that was put. */
  readonly onPut: (rule: Rule) => void;
}

export function createRuleOperations(deps: RuleDeps): Record<string, Operation> {
  const { buses } = deps;
  const switched = (state: string): Operation => {
    return (region, input) => {
      const { Name, EventBusName } = parse(Inputs.EnableRule, input);
      buses.rule(region, EventBusName, Name).state = state;
      return {};
    };
  };
  return {
    PutRule: (region, input) => putRule(deps, region, input),
    DescribeRule: (region, input) => {
      const { Name, EventBusName } = parse(Inputs.DescribeRule, input);
      return { ...shownRule(buses.rule(region, EventBusName, Name)), CreatedBy: ACCOUNT_ID };
    },
    ListRules: (region, input) => {
      const asked = parse(Inputs.ListRules, input);
      const rules = [...buses.get(region, asked.EventBusName).rules.values()].filter(({ name }) =>
        name.startsWith(asked.NamePrefix ?? ""),
      );
      const { items, NextToken } = page(rules, asked);
      return { Rules: items.map(shownRule), NextToken };
    },
    ListRuleNamesByTarget: (region, input) => {
      const asked = parse(Inputs.ListRuleNamesByTarget, input);
      const rules = [...buses.get(region, asked.EventBusName).rules.values()].filter(
        ({ targets }) => [...targets.values()].some(({ Arn }) => Arn === asked.TargetArn),
      );
      const { items, NextToken } = page(rules, asked);
      return { RuleNames: items.map(({ name }) => name), NextToken };
    },
    DeleteRule: (region, input) => {
      const { Name, EventBusName } = parse(Inputs.DeleteRule, input);
      const bus = buses.get(region, EventBusName);
      if ((bus.rules.get(Name)?.targets.size ?? 0) > 0) {
        throw new AwsError("ValidationException", "Rule can't be deleted since it has targets.");
      }
      bus.rules.delete(Name);
      return {};
    },
    EnableRule: switched("ENABLED"),
    DisableRule: switched("DISABLED"),
  };
}

export function createTargetOperations(buses: Buses): Record<string, Operation> {
  return {
    PutTargets: (region, input) => {
      const { Rule, EventBusName, Targets } = parse(Inputs.PutTargets, input);
      const { targets } = buses.rule(region, EventBusName, Rule);
      const ids = new Set([...targets.keys(), ...Targets.map(({ Id }) => Id)]);
      if (ids.size > MOST_TARGETS) {
        throw new AwsError(
          "LimitExceededException",
          "The requested resource exceeds the maximum number allowed.",
        );
      }
      for (const target of Targets) {
        const inputs = [target.Input, target.InputPath, target.InputTransformer];
        if (inputs.filter((one) => one !== undefined).length > 1) {
          throw new AwsError(
            "ValidationException",
            `Only one of Input, InputPath, or InputTransformer must be provided for target ${target.Id}.`,
          );
        }
      }
      for (const target of Targets) targets.set(target.Id, target);
      return { FailedEntryCount: 0, FailedEntries: [] };
    },
    RemoveTargets: (region, input) => {
      const { Rule, EventBusName, Ids } = parse(Inputs.RemoveTargets, input);
      const { targets } = buses.rule(region, EventBusName, Rule);
      for (const id of Ids) targets.delete(id);
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

function putRule({ buses, compile, onPut }: RuleDeps, region: string, input: unknown): object {
  const asked = parse(Inputs.PutRule, input);
  const bus = buses.get(region, asked.EventBusName);
  if (!asked.EventPattern && !asked.ScheduleExpression) {
    throw new AwsError(
      "ValidationException",
      "Parameter(s) EventPattern or ScheduleExpression must be specified.",
    );
  }
  if (asked.ScheduleExpression && bus.name !== "default") {
    throw new AwsError(
      "ValidationException",
      "ScheduleExpression is supported only on the default event bus.",
    );
  }
  if (asked.ScheduleExpression) rateMs(asked.ScheduleExpression);
  const matcher = asked.EventPattern ? compile(asked.EventPattern) : undefined;
  const arn = ruleArn(bus.region, bus.name, asked.Name);
  const rule: Rule = {
    name: asked.Name,
    arn,
    busName: bus.name,
    eventPattern: asked.EventPattern,
    matcher,
    scheduleExpression: asked.ScheduleExpression,
    description: asked.Description,
    state: asked.State,
    // Putting a rule again keeps its targets.
    targets: bus.rules.get(asked.Name)?.targets ?? new Map(),
  };
  bus.rules.set(asked.Name, rule);
  onPut(rule);
  return { RuleArn: arn };
}

function shownBus(bus: Bus): object {
  return {
    Name: bus.name,
    Arn: busArn(bus.region, bus.name),
    Description: bus.description,
    Policy: bus.policy && JSON.stringify({ Version: "2012-10-17", Statement: bus.policy }),
    CreationTime: bus.createdAtEpochMs / 1000,
  };
}

function shownRule(rule: Rule): object {
  return {
    Name: rule.name,
    Arn: rule.arn,
    EventPattern: rule.eventPattern,
    ScheduleExpression: rule.scheduleExpression,
    State: rule.state,
    Description: rule.description,
    EventBusName: rule.busName,
  };
}
