import { AwsError } from "../service.ts";
import type { Bus, Buses, Rule } from "./buses.ts";
import { parse } from "./input.ts";
import { Inputs } from "./limits.ts";

type Operation = (region: string, input: unknown) => object;

/** Source: EventBridge API reference, "Tag": at most 50 on a resource. */
const MOST_TAGS = 50;

export type Tags = readonly { readonly Key: string; readonly Value: string }[];

/** Tags of buses and rules, which nothing else can have. Source: EventBridge API reference, "TagResource". */
export function createTagOperations(buses: Buses): Record<string, Operation> {
  const tagged = (region: string, arn: string): Bus | Rule => {
    const match = /^arn:aws[a-z-]*:events:[^:]+:\d{12}:(?:event-bus\/(.+)|rule\/(.+))$/.exec(arn);
    const [, bus, rule] = match ?? [];
    if (bus !== undefined) return buses.get(region, bus);
    if (rule === undefined) {
      throw new AwsError(
        "ValidationException",
        `Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`,
      );
    }
    // The name of a bus may have slashes, that of a rule may not.
    const slash = rule.lastIndexOf("/");
    return buses.rule(region, slash < 0 ? "default" : rule.slice(0, slash), rule.slice(slash + 1));
  };
  const taggable = (region: string, arn: string): { tags: Tags } => {
    const found: { tags: Tags; name: string; managedBy?: string } = tagged(region, arn);
    if (found.managedBy === undefined) return found;
    throw new AwsError(
      "ManagedRuleException",
      `Tag related operations on the managed rule ${found.name} is not allowed.`,
    );
  };
  return {
    TagResource: (region, input) => {
      const { ResourceARN, Tags } = parse(Inputs.TagResource, input);
      const resource = taggable(region, ResourceARN);
      resource.tags = withTags(resource.tags, Tags);
      return {};
    },
    UntagResource: (region, input) => {
      const { ResourceARN, TagKeys } = parse(Inputs.UntagResource, input);
      const resource = taggable(region, ResourceARN);
      resource.tags = resource.tags.filter(({ Key }) => !TagKeys.includes(Key));
      return {};
    },
    ListTagsForResource: (region, input) => ({
      Tags: tagged(region, parse(Inputs.ListTagsForResource, input).ResourceARN).tags,
    }),
  };
}

/** The last of two equal keys wins. @throws AwsError `LimitExceededException` */
export function withTags(before: Tags, added: Tags): Tags {
  const all = new Map([...before, ...added].map(({ Key, Value }) => [Key, Value]));
  if (all.size > MOST_TAGS) {
    throw new AwsError(
      "LimitExceededException",
      "The requested resource exceeds the maximum number allowed.",
    );
  }
  return [...all].map(([Key, Value]) => ({ Key, Value }));
}
