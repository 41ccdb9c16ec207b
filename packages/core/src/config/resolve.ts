import * as z from "zod/mini";
import { isOwnAttribute, STANDARD_ATTRIBUTES } from "./attributes.ts";
import { inStage, type Migration } from "./define.ts";
import { ConfigError, type ConfigProblem } from "./errors.ts";
import { fieldName, formProblems } from "./form-problems.ts";
import { placementProblems } from "./placement-problems.ts";
import { type MigrationInput, ResolvedMigration } from "./schema.ts";

/**
 * The configuration as one stage sees it, defaults filled in. The whole file is checked, the overrides of
 * every other stage included: a mistake there is not found on the day that stage is deployed.
 * @param file as it is named to who wrote it
 * @throws ConfigError listing every field at fault
 */
export function resolveMigration(
  { input }: Migration,
  stage: string,
  file = "carryover.config.ts",
): ResolvedMigration {
  const problems = problemsOfFile(input);
  if (problems.length > 0) throw new ConfigError(problems, file);
  return z.parse(ResolvedMigration, inStage(input, stage));
}

const Stages = z.object({ stages: z.optional(z.record(z.string(), z.looseObject({}))) });

function problemsOfFile(input: MigrationInput): ConfigProblem[] {
  const { stages = {}, ...base } = input;
  const problems = problemsIn(base);
  const misshapen = formProblems(Stages, input);
  if (misshapen.length > 0) return [...problems, ...misshapen];
  for (const [stage, override] of Object.entries(stages)) {
    const known = new Set(problems.map(({ field, problem }) => `${field} ${problem}`));
    for (const { field, problem } of problemsIn(inStage(input, stage))) {
      if (known.has(`${field} ${problem}`)) continue;
      const overridden = Object.keys(override).some((key) => field.startsWith(key));
      problems.push({
        field: overridden
          ? `${fieldName(["stages", stage])}.${field}`
          : `${field} (in stage ${stage})`,
        problem,
      });
    }
  }
  return problems;
}

function problemsIn(input: unknown): ConfigProblem[] {
  const problems = formProblems(ResolvedMigration, input);
  return problems.length > 0 ? problems : crossFieldProblems(z.parse(ResolvedMigration, input));
}

/** Rules between fields, checked once each field is well formed. */
function crossFieldProblems(migration: ResolvedMigration): ConfigProblem[] {
  const { homeRegion, regions, sources, target, attributes, groups, downstream, alarms } =
    migration;
  const problems: ConfigProblem[] = [];
  const report = (field: string, problem: string) => problems.push({ field, problem });

  if (!regions.includes(homeRegion)) report("homeRegion", "must be one of regions");
  for (const [index, region] of regions.entries()) {
    if (regions.indexOf(region) !== index) report(`regions[${index}]`, "is named twice");
  }

  for (const [index, source] of sources.entries()) {
    const first = (same: (other: typeof source) => boolean) => sources.findIndex(same) === index;
    if (!first(({ id }) => id === source.id))
      report(`sources[${index}].id`, "is taken by another source");
    if (!first(({ userPoolId }) => userPoolId === source.userPoolId))
      report(`sources[${index}].userPoolId`, "is the pool of another source");
    if (!source.userPoolId.startsWith(`${source.region}_`))
      report(
        `sources[${index}].userPoolId`,
        `is not a pool of ${source.region}, its region by sources[${index}].region`,
      );
  }

  for (const id of Object.keys(groups.sources)) {
    if (!sources.some((source) => source.id === id))
      report(fieldName(["groups", "sources", id]), "is not the id of a source");
  }

  for (const [region, { userPoolId }] of Object.entries(target.adopt)) {
    if (!regions.some((known) => known === region))
      report(fieldName(["target", "adopt", region]), "is not one of regions");
    else if (!userPoolId.startsWith(`${region}_`))
      report(fieldName(["target", "adopt", region, "userPoolId"]), `is not a pool of ${region}`);
    if (sources.some((source) => source.userPoolId === userPoolId))
      report(
        fieldName(["target", "adopt", region, "userPoolId"]),
        "is a source: users cannot cross into it",
      );
  }

  if (alarms.monthlyBudgetUsd !== undefined && alarms.emails.length === 0)
    report("alarms.emails", "must name who is warned of alarms.monthlyBudgetUsd");

  for (const [name, system] of Object.entries(downstream)) {
    if (system.kind === "webhook" && !system.allowHttp && String(system.url).startsWith("http:"))
      report(fieldName(["downstream", name, "url"]), "must be https, unless allowHttp is true");
  }

  const { onboarding } = migration;
  if (onboarding && !onboarding.sender && !target.mail)
    report("onboarding.sender", "must say who sends, unless target.mail does");

  const settable = [
    ...STANDARD_ATTRIBUTES,
    ...Object.keys(target.customAttributes).map((name) => `custom:${name}`),
  ];
  for (const name of Object.keys(target.customAttributes)) {
    if (isOwnAttribute(`custom:${name}`))
      report(`target.customAttributes.${name}`, "is one of Carryover's own attributes");
  }
  for (const [index, name] of target.requiredAttributes.entries()) {
    if (!STANDARD_ATTRIBUTES.includes(name))
      report(`target.requiredAttributes[${index}]`, "must be a standard attribute of a user pool");
  }
  for (const [from, to] of Object.entries(attributes.rename)) {
    if (!settable.includes(to)) report(fieldName(["attributes", "rename", from]), unsettable(to));
  }
  for (const name of Object.keys(attributes.constants)) {
    if (!settable.includes(name))
      report(fieldName(["attributes", "constants", name]), unsettable(name));
  }
  return [...problems, ...placementProblems(migration)];
}

function unsettable(name: string): string {
  return name.startsWith("custom:") && !isOwnAttribute(name)
    ? `needs ${name.slice("custom:".length)} in target.customAttributes`
    : `may not set ${name}: no user pool lets a mapping decide it`;
}
