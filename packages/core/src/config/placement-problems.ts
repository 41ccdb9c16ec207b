import { isOwnAttribute, STANDARD_ATTRIBUTES } from "./attributes.ts";
import type { ConfigProblem } from "./errors.ts";
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
    for (const attribute of Object.keys(rule.when)) {
      const known =
        STANDARD_ATTRIBUTES.includes(attribute) ||
        Object.hasOwn(target.customAttributes, attribute.slice("custom:".length));
      if (isOwnAttribute(attribute)) report(`${field}.when`, `${attribute} is Carryover's own`);
      else if (!known)
        report(
          `${field}.when`,
          `${attribute} is no attribute of the new pool: see target.customAttributes`,
        );
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
