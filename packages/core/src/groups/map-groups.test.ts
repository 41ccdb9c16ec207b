import { describe, expect, it } from "vitest";
import { GroupMapping } from "../config/groups-schema.ts";
import { carriesGroups, mapGroups } from "./map-groups.ts";

const origin = { sourceId: "legacy", poolId: "us-east-1_Legacy" };
const mapping = (input: Partial<GroupMapping>) => GroupMapping.parse(input);
const named = (...names: string[]) => names.map((name) => ({ name }));
const names = (input: Partial<GroupMapping>, held: string[], from = origin) =>
  mapGroups(named(...held), mapping(input), from).map(({ name }) => name);

describe("a person's groups in the new pool", () => {
  it.each([
    ["are all of them", {}, ["a", "b"], ["a", "b"]],
    ["are those that are named", { copy: ["b"] }, ["a", "b"], ["b"]],
    ["are none", { copy: [] }, ["a", "b"], []],
    ["have the new name", { rename: { a: "z" } }, ["a", "b"], ["z", "b"]],
    [
      "have the new name though nothing else crosses",
      { copy: [], rename: { a: "z" } },
      ["a", "b"],
      ["z"],
    ],
    [
      "are without those that are dropped, renamed or not",
      { rename: { a: "z" }, drop: ["a"] },
      ["a", "b"],
      ["b"],
    ],
    ["are one where two become one", { rename: { a: "b" } }, ["a", "b"], ["b"]],
  ] as const)("%s", (_, input, held, expected) => {
    expect(names(input as Partial<GroupMapping>, [...held])).toEqual(expected);
  });

  it("follow the source's own rules, as a whole, where it has some", () => {
    const own = {
      drop: ["a"],
      sources: { partner: { copy: ["a"], rename: {}, drop: [] } },
    } as const;
    const input = own as unknown as Partial<GroupMapping>;

    expect(names(input, ["a", "b"])).toEqual(["b"]);
    expect(names(input, ["a", "b"], { ...origin, sourceId: "partner" })).toEqual(["a"]);
  });

  it("are without the group that Cognito keeps for an identity provider", () => {
    expect(names({}, ["us-east-1_Legacy_Google", "us-east-1_Other_Google"])).toEqual([
      "us-east-1_Other_Google",
    ]);
  });

  it("keep what the pool says of them, and whether the configuration names them", () => {
    const held = [{ name: "a", precedence: 0, description: "A" }, ...named("b", "c")];
    const rename = { b: "c" };

    expect(mapGroups(held, mapping({ rename }), origin)).toEqual([
      { name: "a", precedence: 0, description: "A", isNamed: false },
      { name: "c", isNamed: true },
    ]);
    expect(mapGroups(named("a"), mapping({ copy: ["a"] }), origin)[0]?.isNamed).toBe(true);
  });

  it("cannot come from a prototype", () => {
    expect(names({}, ["toString", "__proto__"])).toEqual(["toString", "__proto__"]);
  });
});

describe("whether a source's groups are carried at all", () => {
  it.each([
    [{}, true],
    [{ copy: [] }, false],
    [{ copy: [], rename: { a: "b" } }, true],
    [{ sources: { legacy: { copy: [], rename: {}, drop: [] } } }, false],
  ] as const)("%j: %s", (input, expected) => {
    expect(carriesGroups(mapping(input as unknown as Partial<GroupMapping>), "legacy")).toBe(
      expected,
    );
  });
});
