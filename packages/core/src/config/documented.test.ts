import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  AdoptedPool,
  AlarmSettings,
  EventSettings,
  MailSender,
  Social,
  TriggerSettings,
} from "./deploy-schema.ts";
import { DownstreamSystem } from "./downstream-schema.ts";
import { GroupMapping } from "./groups-schema.ts";
import { Brand, Onboarding } from "./onboarding-schema.ts";
import { Placement, PlacementRule } from "./placement-schema.ts";
import { ResolvedMigration, Source, Target } from "./schema.ts";

const page = (name: string) =>
  readFileSync(new URL(`../../../../docs/${name}`, import.meta.url), "utf8");

describe("the guides", () => {
  const text = ["configuration.md", "deploy.md", "downstream.md", "onboarding.md"]
    .map(page)
    .join("\n");
  const schemas = {
    "the configuration": ResolvedMigration,
    "a source": Source,
    "the target": Target,
    "the groups": GroupMapping,
    "an adopted pool": AdoptedPool,
    "the mail sender": MailSender,
    "social sign-in": Social,
    "the triggers": TriggerSettings,
    "the events": EventSettings,
    "the alarms": AlarmSettings,
    "the onboarding mails": Onboarding,
    "the brand": Brand,
    ...Object.fromEntries(
      DownstreamSystem.def.options.map((option) => [
        `a system of kind ${option.shape.kind.def.values}`,
        option,
      ]),
    ),
    placement: Placement,
    "a placement rule": PlacementRule,
  };
  const fields = Object.entries(schemas).flatMap(([of, { shape }]) =>
    Object.keys(shape).map((field) => [field, of] as const),
  );

  it.each(fields)("name %s of %s", (field) => {
    expect(text).toMatch(new RegExp(`\\b${field}\\b`));
  });
});
