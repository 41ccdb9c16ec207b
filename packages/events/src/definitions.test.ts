import { describe, expect, it } from "vitest";
import { type EventDefinition, parseDetail } from "./define.ts";
import { UserIdMapped } from "./user-id-mapped.ts";
import { UserMigrated } from "./user-migrated.ts";
import { UserSignedIn } from "./user-signed-in.ts";
import { UserSignedUp } from "./user-signed-up.ts";

const userId = "11111111-1111-4111-8111-111111111111";
const sub = "22222222-2222-4222-8222-222222222222";
const oldSub = "33333333-3333-4333-8333-333333333333";
const target = { poolId: "eu-central-1_New", region: "eu-central-1" };

interface Example {
  readonly definition: EventDefinition;
  readonly data: Readonly<Record<string, unknown>>;
  /** Fields that may be missing. */
  readonly optional?: readonly string[];
}

const examples: Example[] = [
  {
    definition: UserMigrated,
    data: {
      userId,
      method: "password",
      source: { id: "legacy", poolId: "us-east-1_Old", region: "us-east-1", sub: oldSub },
      target,
      mfa: "none",
    },
  },
  {
    definition: UserSignedIn,
    data: { userId, ...target, sub, clientId: "app", legacySub: oldSub, legacySource: "legacy" },
    optional: ["legacySub", "legacySource"],
  },
  { definition: UserSignedUp, data: { userId, ...target, sub } },
  {
    definition: UserIdMapped,
    data: {
      userId,
      old: { sourceId: "legacy", poolId: "us-east-1_Old", sub: oldSub },
      new: { ...target, sub },
    },
  },
];

const metadata = {
  id: "e1",
  version: 1,
  occurredAt: "2026-11-22T10:00:00.000Z",
  correlationId: "r1",
  stage: "test",
  region: "us-east-1",
};

function without(data: Readonly<Record<string, unknown>>, field: string) {
  return Object.fromEntries(Object.entries(data).filter(([name]) => name !== field));
}

describe.each(examples)("$definition.name", ({ definition, data, optional = [] }) => {
  it("accepts its example", () => {
    expect(parseDetail(definition, { metadata, data }).data).toEqual(data);
  });

  it.each(Object.keys(data).filter((field) => !optional.includes(field)))(
    "is refused without %s",
    (field) => {
      const detail = { metadata, data: without(data, field) };
      expect(() => parseDetail(definition, detail)).toThrow(`data.${field}`);
    },
  );

  it("accepts that its optional fields are missing", () => {
    const required = optional.reduce(without, data);
    expect(parseDetail(definition, { metadata, data: required }).data).toEqual(required);
  });
});
