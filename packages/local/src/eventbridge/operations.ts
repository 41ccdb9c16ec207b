import { ACCOUNT_ID, AwsError, type Clock } from "../service.ts";
import { type Bus, type Buses, newBus, page, type Rule } from "./buses.ts";
import { parse } from "./input.ts";
import { busArn, Inputs, ruleArn } from "./limits.ts";
import { refuseManaged } from "./managed-rules.ts";
import type { Matcher } from "./pattern.ts";
import { scheduleOf } from "./schedule.ts";
import { withTags } from "./tags.ts";

type Operation = (region: string, input: unknown) => object;

export function createBusOperations(buses: Buses, clock: Clock): Record<string, Operation> {
  return {
    CreateEventBus: (region, input) => {
      const { Name, Description, Tags, ...settings } = parse(Inputs.CreateEventBus, input);
      const all = buses.of(region);
      if (Name.startsWith("aws.partner/")) {
        throw new AwsError("ResourceNotFoundException", `Event source ${Name} does not exist.`);
      }
      if (Name.includes("/")) {
        throw new AwsError("ValidationException", "Event bus name must not contain '/'.");
      }
      if (all.has(Name)) {
        throw new AwsError("ResourceAlreadyExistsException", `Event bus ${Name} already exists.`);
      }
      all.set(Name, {
        ...newBus(region, Name, clock()),
        description: Description,
        settings,
        tags: withTags([], Tags),
      });
      return { EventBusArn: busArn(region, Name), Description, ...settings };
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
      const { Name, Description, ...settings } = parse(Inputs.UpdateEventBus, input);
      const bus = buses.get(region, Name);
      if (Description !== undefined) bus.description = Description;
      bus.settings = { ...bus.settings, ...settings };
      bus.lastModifiedAtEpochMs = clock();
      const { CreationTime: _, LastModifiedTime: _at, Policy: _policy, ...shown } = shownBus(bus);
      return shown;
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
      const rule = buses.rule(region, EventBusName, Name);
      refuseManaged(rule);
      rule.state = state;
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
      const { Name, EventBusName, Force } = parse(Inputs.DeleteRule, input);
      const bus = buses.get(region, EventBusName);
      refuseManaged(bus.rules.get(Name), Force);
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
  if (asked.ScheduleExpression) scheduleOf(asked.ScheduleExpression);
  const matcher = asked.EventPattern ? compile(asked.EventPattern) : undefined;
  const arn = ruleArn(bus.region, bus.name, asked.Name);
  const known = bus.rules.get(asked.Name);
  refuseManaged(known);
  const rule: Rule = {
    name: asked.Name,
    arn,
    busName: bus.name,
    eventPattern: asked.EventPattern || undefined,
    matcher,
    scheduleExpression: asked.ScheduleExpression || undefined,
    description: asked.Description,
    roleArn: asked.RoleArn,
    state: asked.State,
    // Putting a rule again keeps its targets, and takes no tags. Source: EventBridge API reference, PutRule.
    targets: known?.targets ?? new Map(),
    tags: known?.tags ?? withTags([], asked.Tags),
  };
  bus.rules.set(asked.Name, rule);
  onPut(rule);
  return { RuleArn: arn };
}

function shownBus(bus: Bus) {
  return {
    Name: bus.name,
    Arn: busArn(bus.region, bus.name),
    Description: bus.description,
    ...bus.settings,
    Policy: bus.policy && JSON.stringify({ Version: "2012-10-17", Statement: bus.policy }),
    CreationTime: bus.createdAtEpochMs / 1000,
    LastModifiedTime: bus.lastModifiedAtEpochMs / 1000,
  };
}

function shownRule(rule: Rule): object {
  return {
    Name: rule.name,
    Arn: rule.arn,
    EventPattern: rule.eventPattern,
    ScheduleExpression: rule.scheduleExpression,
    State: rule.state,
    ManagedBy: rule.managedBy,
    Description: rule.description,
    RoleArn: rule.roleArn,
    EventBusName: rule.busName,
  };
}
