import { isOwnAttribute, STANDARD_ATTRIBUTES } from "./attributes.ts";
import type { ConfigProblem } from "./errors.ts";
import { fieldName } from "./form-problems.ts";
import type { PlacementRule } from "./placement-schema.ts";
import type { ResolvedMigration } from "./schema.ts";

/** Rules between `placement` and the rest of the configuration. */
export function placementProblems(migration: ResolvedMigration): ConfigProblem[] {
  const { placement, regions, sources, target, mode } = migration;
  if (!placement) return [];
  const problems: ConfigProblem[] = [];
  const report = (field: string, problem: string) => problems.push({ field, problem });

  if (mode === "trigger-only")
    report("placement", "needs the services, which mode trigger-only leaves out");
  if (!regions.includes(placement.default))
    report("placement.default", "must be one of regions: there is no new pool");
  for (const [index, rule] of placement.rules.entries()) {
    const field = `placement.rules[${index}]`;
    if (!regions.includes(rule.region))
      report(`${field}.region`, "must be one of regions: there is no new pool");
    if (placement.rules.findIndex(({ name }) => name === rule.name) !== index)
      report(`${field}.name`, "is taken by another rule");
    if (rule.name === "default")
      report(`${field}.name`, "is what users are placed by without a rule");
    if (Object.keys(rule.when).length === 0)
      report(`${field}.when`, "must have a condition: it would hold for everybody");
    const taker = placement.rules.slice(0, index).find((earlier) => isWithin(rule, earlier));
    if (taker) report(field, `can never fit: the rule ${taker.name} before it takes everybody`);
    for (const [attribute, values] of Object.entries(rule.when)) {
      const custom = Object.entries(target.customAttributes).find(
        ([name]) => `custom:${name}` === attribute,
      )?.[1];
      if (isOwnAttribute(attribute)) report(`${field}.when`, `${attribute} is Carryover's own`);
      else if (!custom && !STANDARD_ATTRIBUTES.includes(attribute))
        report(
          `${field}.when`,
          `${attribute} is no attribute of the new pool: see target.customAttributes`,
        );
      const most = custom?.maxLength ?? Number.POSITIVE_INFINITY;
      for (const value of values.filter(({ length }) => length > most)) {
        report(
          fieldName(["placement", "rules", index, "when", attribute]),
          `can never be ${value}: target.customAttributes allows ${most} characters`,
        );
      }
    }
  }
  for (const [index, { id }] of sources.entries()) {
    if (regions.some((region) => String(region) === id))
      report(
        `sources[${index}].id`,
        "is a region: with placement, that names the region's own pool",
      );
  }
  if (target.social)
    report(
      "target.social",
      "cannot be used with placement: who comes from a provider cannot be moved",
    );
  for (const region of Object.keys(target.adopt))
    report(
      `target.adopt.${region}`,
      "cannot be used with placement: a pool of one's own has no client to move users by",
    );
  return problems;
}

/** Whether a rule fits nobody whom the other one does not fit. */
function isWithin({ when }: PlacementRule, other: PlacementRule): boolean {
  const conditions = Object.entries(other.when);
  return (
    conditions.length > 0 &&
    conditions.every(([attribute, values]) =>
      when[attribute]?.every((value) => values.includes(value)),
    )
  );
}
