import type { Placement } from "../config/placement-schema.ts";
import type { Attributes } from "../config/schema.ts";
import type { Region } from "../kernel/ids.ts";

/** What decides: the part of the configuration that the version stands for. */
export type PlacementPolicy = Pick<Placement, "version" | "rules" | "default">;

export interface DecidedHome {
  readonly region: Region;
  /** The rule's name, or `default`. */
  readonly rule: string;
}

/**
 * Where a user with these attributes lives. Runs where the attributes are, in the user's own region: only
 * the answer leaves it.
 */
export function decideHome(
  policy: Pick<PlacementPolicy, "rules" | "default">,
  attributes: Attributes,
): DecidedHome {
  const holds = (attribute: string, values: readonly string[]) =>
    Object.hasOwn(attributes, attribute) && values.includes(attributes[attribute] ?? "");
  const rule = policy.rules.find(({ when }) =>
    Object.entries(when).every(([attribute, values]) => holds(attribute, values)),
  );
  return rule
    ? { region: rule.region, rule: rule.name }
    : { region: policy.default, rule: "default" };
}
