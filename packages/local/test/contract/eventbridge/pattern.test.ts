import { TestEventPatternCommand } from "@aws-sdk/client-eventbridge";
import { describe, expect, it } from "vitest";
import { compile } from "../../../src/eventbridge/pattern.ts";
import { PatternError } from "../../../src/eventbridge/pattern-error.ts";
import { startParts } from "../gateway/parts.ts";

/** Source of every row: aws/event-ruler README and JsonRuleCompiler, as in facts/cognito.md 8.3. */
const ROWS: readonly (readonly [
  rule: string,
  pattern: object,
  matches: unknown[],
  not: unknown[],
])[] = [
  ["a literal string", { a: ["x"] }, ["x"], ["X", "xy", "", null, 1]],
  ["any literal of the list", { a: ["x", "y"] }, ["x", "y"], ["z"]],
  ["a literal number by value", { a: [300] }, [300, 3e2], ["300", 301]],
  ["the text 123, never the number", { a: ["123"] }, ["123"], [123]],
  [
    "true, false and null as themselves",
    { a: [true, null] },
    [true, null],
    [false, "true", "null", 0],
  ],
  ["prefix", { a: [{ prefix: "ab" }] }, ["ab", "abc"], ["ABC", "xab", 12, null]],
  [
    "prefix in any case",
    { a: [{ prefix: { "equals-ignore-case": "aB" } }] },
    ["abc", "ABC"],
    ["xab"],
  ],
  ["suffix", { a: [{ suffix: ".de" }] }, [".de", "x.de"], ["x.DE", ".dex", 1]],
  ["suffix in any case", { a: [{ suffix: { "equals-ignore-case": ".dE" } }] }, ["x.De"], ["x.dex"]],
  ["equals-ignore-case", { a: [{ "equals-ignore-case": "YeS" }] }, ["yes", "YES"], ["yess", true]],
  // Source: aws/event-ruler, EqualsIgnoreCaseParser: the signs of the pattern are folded, one by one, and no others.
  [
    "equals-ignore-case of a letter that is two in capitals",
    { a: [{ "equals-ignore-case": "straße" }] },
    ["STRASSE", "STRAßE", "straße"],
    ["strasse", "STRAsSE"],
  ],
  [
    "equals-ignore-case in one direction",
    { a: [{ "equals-ignore-case": "k" }] },
    ["k", "K"],
    ["\u212a"],
  ],
  [
    "suffix in any case of a letter that is two in capitals",
    { a: [{ suffix: { "equals-ignore-case": "ß" } }] },
    ["STRASS", "ß"],
    ["strass"],
  ],
  ["wildcard at the end", { a: [{ wildcard: "a*" }] }, ["a", "abc"], ["ba"]],
  ["wildcard at the start", { a: [{ wildcard: "*a" }] }, ["a", "ba", "aba"], ["ab"]],
  [
    "wildcards inside",
    { a: [{ wildcard: "a*b*c" }] },
    ["abc", "axxbyyc", "abbcbc"],
    ["acb", "abcd"],
  ],
  ["wildcard that must not overlap", { a: [{ wildcard: "ab*ba" }] }, ["abba", "abxba"], ["aba"]],
  [
    "an escaped star and backslash",
    { a: [{ wildcard: "\\*\\\\*" }] },
    ["*\\", "*\\x"],
    ["x\\", "\\*"],
  ],
  ["no wildcard for numbers", { a: [{ wildcard: "*" }] }, ["", "x"], [1, null, true]],
  ["anything-but a scalar", { a: [{ "anything-but": "x" }] }, ["y", 1, null], ["x"]],
  ["anything-but a number", { a: [{ "anything-but": 1 }] }, [2, "1"], [1]],
  ["anything-but a list", { a: [{ "anything-but": ["x", "y"] }] }, ["z"], ["x", "y"]],
  ["anything-but prefix", { a: [{ "anything-but": { prefix: "ab" } }] }, ["ba"], ["abc"]],
  [
    "anything-but prefixes",
    { a: [{ "anything-but": { prefix: ["a", "b"] } }] },
    ["c"],
    ["a1", "b1"],
  ],
  ["anything-but suffix", { a: [{ "anything-but": { suffix: "z" } }] }, ["zy"], ["yz"]],
  [
    "anything-but any case",
    { a: [{ "anything-but": { "equals-ignore-case": ["X"] } }] },
    ["y"],
    ["x", "X"],
  ],
  [
    "anything-but wildcard",
    { a: [{ "anything-but": { wildcard: "a*c" } }] },
    ["ab"],
    ["ac", "abc"],
  ],
  ["numeric equals", { a: [{ numeric: ["=", 3.5] }] }, [3.5], [3, "3.5"]],
  ["numeric below", { a: [{ numeric: ["<", 10] }] }, [9.99, -1], [10, "9"]],
  ["numeric at least", { a: [{ numeric: [">=", 10] }] }, [10, 11], [9]],
  ["a numeric range", { a: [{ numeric: [">", 0, "<=", 5] }] }, [0.1, 5], [0, 5.1, "3"]],
  ["exists", { a: [{ exists: true }] }, ["", null, 0, ["x"]], [{ b: 1 }, [], {}]],
  ["cidr", { a: [{ cidr: "10.0.0.0/24" }] }, ["10.0.0.0", "10.0.0.255"], ["10.0.1.0", "x", "::1"]],
  [
    "cidr of IPv6",
    { a: [{ cidr: "2001:db8::/32" }] },
    ["2001:db8::1"],
    ["2001:db9::1", "10.0.0.1", "2001:db8::1%eth0"],
  ],
  ["cidr of all", { a: [{ cidr: "10.0.0.0/-0" }] }, ["8.8.8.8"], ["::1"]],
  ["cidr of what has an end of IPv4", { a: [{ cidr: "::/0" }] }, ["::a00:1"], ["::10.0.0.1"]],
  ["any element of an array", { a: ["x"] }, [["y", "x"]], [["y"], []]],
  [
    "alternatives of different kinds",
    { a: ["x", { prefix: "y" }, { numeric: [">", 5] }] },
    ["x", "yes", 6],
    ["z", 5],
  ],
];

const ABSENCE: readonly (readonly [
  rule: string,
  pattern: object,
  event: object,
  matches: boolean,
])[] = [
  ["exists false where the field is absent", { a: [{ exists: false }] }, { b: 1 }, true],
  ["exists false where it is null", { a: [{ exists: false }] }, { a: null }, false],
  ["exists false where it is an object", { a: [{ exists: false }] }, { a: { b: 1 } }, true],
  ["exists false where it is empty", { a: [{ exists: false }] }, { a: [] }, true],
  ["absent or one value", { a: [{ exists: false }, "x"] }, { a: "x" }, true],
  ["absent or one value, another", { a: [{ exists: false }, "x"] }, { a: "y" }, false],
  ["anything-but where the field is absent", { a: [{ "anything-but": "x" }] }, { b: "y" }, false],
  ["null where the field is absent", { a: [null] }, { b: 1 }, false],
  ["all fields", { a: ["x"], b: { c: ["y"] } }, { a: "x", b: { c: "y" } }, true],
  ["one field of two", { a: ["x"], b: { c: ["y"] } }, { a: "x", b: { c: "z" } }, false],
  ["both in the same element", { a: { b: ["x"], c: ["y"] } }, { a: [{ b: "x", c: "y" }] }, true],
  [
    "in different elements",
    { a: { b: ["x"], c: ["y"] } },
    {
      a: [
        { b: "x", c: "n" },
        { b: "n", c: "y" },
      ],
    },
    false,
  ],
  [
    "in the second element",
    { a: { b: ["x"], c: ["y"] } },
    {
      a: [
        { b: "x", c: "n" },
        { b: "x", c: "y" },
      ],
    },
    true,
  ],
  [
    "in nested arrays",
    { a: { b: { c: ["1"], d: ["2"] } } },
    { a: [{ b: [{ c: "1" }, { d: "2" }] }] },
    false,
  ],
  [
    "in one nested element",
    { a: { b: { c: ["1"], d: ["2"] } } },
    { a: [{ b: [{ c: "0" }, { c: "1", d: "2" }] }] },
    true,
  ],
  [
    "different arrays",
    { a: { b: ["x"] }, c: { d: ["y"] } },
    { a: [{ b: "n" }, { b: "x" }], c: [{ d: "y" }] },
    true,
  ],
  ["$or, first branch", { $or: [{ a: ["x"] }, { b: ["y"] }] }, { a: "x" }, true],
  ["$or, second branch", { $or: [{ a: ["x"] }, { b: ["y"] }] }, { b: "y" }, true],
  ["$or, no branch", { $or: [{ a: ["x"] }, { b: ["y"] }] }, { a: "y", b: "x" }, false],
  ["$or and a field beside it", { c: ["z"], $or: [{ a: ["x"] }, { b: ["y"] }] }, { a: "x" }, false],
  ["$or inside an object", { d: { $or: [{ a: ["x"] }, { b: ["y"] }] } }, { d: { b: "y" } }, true],
  [
    "$or inside $or",
    { $or: [{ a: ["x"] }, { $or: [{ b: ["y"] }, { c: ["z"] }] }] },
    { c: "z" },
    true,
  ],
];

const REFUSED: readonly (readonly [rule: string, pattern: unknown])[] = [
  ["what is not an object", ["x"]],
  ["an empty pattern", {}],
  ["an empty object", { a: {} }],
  ["an empty array", { a: [] }],
  ["a leaf that is no array", { a: "x" }],
  ["an array in an array", { a: [["x"]] }],
  ["two operators in one object", { a: [{ prefix: "x", suffix: "y" }] }],
  ["an unknown operator", { a: [{ regex: "x" }] }],
  ["a prefix that is a number", { a: [{ prefix: 1 }] }],
  ["a suffix with an unknown variant", { a: [{ suffix: { wildcard: "x" } }] }],
  ["adjacent wildcards", { a: [{ wildcard: "a**b" }] }],
  ["another escape", { a: [{ wildcard: "a\\b" }] }],
  ["an escape at the end", { a: [{ wildcard: "a\\" }] }],
  ["anything-but a mixed list", { a: [{ "anything-but": ["x", 1] }] }],
  ["anything-but null", { a: [{ "anything-but": [null] }] }],
  ["anything-but booleans", { a: [{ "anything-but": [true] }] }],
  ["anything-but an empty list", { a: [{ "anything-but": [] }] }],
  ["anything-but an empty prefix", { a: [{ "anything-but": { prefix: "" } }] }],
  ["anything-but an empty suffix", { a: [{ "anything-but": { suffix: [""] } }] }],
  ["numeric without a value", { a: [{ numeric: [">"] }] }],
  ["numeric with a text", { a: [{ numeric: [">", "1"] }] }],
  ["numeric with an unknown sign", { a: [{ numeric: ["!=", 1] }] }],
  ["a range that starts with the upper bound", { a: [{ numeric: ["<", 5, ">", 0] }] }],
  ["a range that is empty", { a: [{ numeric: [">", 5, "<", 5] }] }],
  ["a range that goes on", { a: [{ numeric: [">", 0, "<", 5, "<", 6] }] }],
  ["exists that is no boolean", { a: [{ exists: "yes" }] }],
  ["cidr without a mask", { a: [{ cidr: "10.0.0.0" }] }],
  ["cidr with too long a mask", { a: [{ cidr: "10.0.0.0/33" }] }],
  ["$or with one branch", { $or: [{ a: ["x"] }] }],
  ["$or of operators", { $or: [{ prefix: ["x"] }, { b: ["y"] }] }],
  ["$or that is a field", { $or: ["x", "y"] }],
  ["more wildcards than AWS takes", { a: [{ wildcard: "*:*:*:*:*:event-bus/*" }] }],
];

/** Reasons and places. Source: the snapshots of LocalStack's test_events_patterns.py, which AWS recorded. */
const WORDED: readonly (readonly [pattern: string, reason: string, columns: number[]])[] = [
  ['{"int": 42}', '"int" must be an object or an array', [11]],
  ['{"resources": []}', "Empty arrays are not allowed", [17]],
  ['{"my_key": [{"EXISTS": true}]}', "Unrecognized match type EXISTS", [28]],
  ['{"n": [{"numeric": [">", 0, ">", 0]}]}', "Bad numeric range operator: >", [32]],
  ['{"n": [{"numeric": [">", 0, "<"]}]}', "Value of < must be numeric", [33]],
  ['{"n": [{"numeric": 10}]}', "Value of numeric must be an array.", [22]],
  ['{"a": [{"wildcard": "ab**c"}]}', "Consecutive wildcard characters at pos 3", [28]],
  // Source: aws/event-ruler, WildcardParser, CIDR and JsonRuleCompiler.
  ['{"a": [{"wildcard": "é**"}]}', "Consecutive wildcard characters at pos 3", [26]],
  [
    '{"a": [{"anything-but": []}]}',
    "Inside anything but list, either all values are number or string, mixed type is not supported",
    [27],
  ],
  ['{"a": [{"cidr": "10.0.0.0/2147483648"}]}', "Malformed CIDR, mask bits must be an integer", []],
  ['{"a": [{"cidr": "999.1.1.1/8"}]}', "Invalid IP address: 999.1.1.1", []],
  ['{"a": [{"cidr": "::10.0.0.1/8"}]}', "Nonstandard IP address: ::10.0.0.1", []],
  ['{"a": [{"prefix": ["x"]}]}', "prefix match pattern must be a string", [20]],
  [
    '{"a": [{"anything-but": {"suffix": 123}}]}',
    "prefix/suffix match pattern must be a string",
    [39],
  ],
  [
    '{"a": [{"anything-but": {"suffix": [123]}}]}',
    "prefix/suffix match pattern must be a string",
    [40, 40],
  ],
  [
    '{"a": [{"anything-but": {"prefix": {"equals-ignore-case": "x"}}}]}',
    "Value of anything-but must be an array or single string/number value.",
    [37],
  ],
  ['{"a": [{"cidr": "10.0.0.0"}]}', "Malformed CIDR, one '/' required", []],
  ['{"a": [{"cidr": "10.0.0.0/x"}]}', "Malformed CIDR, mask bits must be an integer", []],
  ['{"a": [{"cidr": "xx.11.xx/8"}]}', "Nonstandard IP address: xx.11.xx", []],
  ['["not a dict"]', "Filter is not an object", [2]],
  [
    "{'bad': 'quotation'}",
    "Unexpected character (''' (code 39)): was expecting double-quote to start field name",
    [2],
  ],
  [
    '{"not": closed mark"',
    "Unrecognized token 'closed': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
    [15],
  ],
];

describe("event patterns", () => {
  it.each(ROWS)("match %s", (_rule, pattern, matching, not) => {
    const matches = compile(JSON.stringify(pattern));
    const accepted = (values: unknown[]) => values.filter((a) => matches({ a }));
    expect(accepted(matching)).toEqual(matching);
    expect(accepted(not)).toEqual([]);
  });

  it.each(ABSENCE)("decide on %s", (_rule, pattern, event, expected) => {
    expect(compile(JSON.stringify(pattern))(event)).toBe(expected);
  });

  it.each(REFUSED)("refuse %s", (_rule, pattern) => {
    expect(() => compile(JSON.stringify(pattern))).toThrow(PatternError);
  });

  it.each(WORDED)("say what is wrong with %s", (pattern, reason, columns) => {
    const places = columns.map(
      (column) => `\n at [Source: (String)"${pattern}"; line: 1, column: ${column}]`,
    );
    expect(() => compile(pattern)).toThrow(new PatternError(reason + places.join("")));
  });

  it("name the line, and quote no more than the start of a long pattern", () => {
    const long = `{\n  "a": [\n    "${"x".repeat(600)}", {}]}`;
    expect(() => compile(long)).toThrow(
      `"${long.slice(0, 500)}"[truncated ${long.length - 500} chars]; line: 3, column: 611]`,
    );
  });

  it("take the last of what comes twice", () => {
    const matches = compile('{"a": {"b": ["x"]}, "c": ["x"], "c": ["y"], "a.b": ["y"]}');
    expect(matches({ a: { b: "y" }, c: "y" })).toBe(true);
    expect(matches({ a: { b: "x" }, c: "y" })).toBe(false);
    expect(matches({ a: { b: "y" }, c: "x" })).toBe(false);
  });

  it("take no time over many wildcards", () => {
    const matches = compile(JSON.stringify({ a: [{ wildcard: "*a*a*a*a*ab" }] }));
    expect(matches({ a: "a".repeat(50_000) })).toBe(false);
  });
});

describe("TestEventPattern", () => {
  const event = {
    id: "7bf73129-1428-4cd3-a780-95db273d1602",
    account: "000000000000",
    source: "carryover",
    time: "2026-01-01T00:00:00Z",
    region: "us-east-1",
    resources: [],
    "detail-type": "UserMigrated",
    detail: { a: "x" },
  };

  it("decides as the rules do", async () => {
    const { eventBridge } = await startParts();
    const events = eventBridge();
    const decisions: (readonly [string, unknown[], unknown[]])[] = [];
    for (const [rule, pattern, matching, not] of ROWS) {
      const decide = async (a: unknown) => {
        const answer = await events.send(
          new TestEventPatternCommand({
            EventPattern: JSON.stringify({ detail: pattern }),
            Event: JSON.stringify({ ...event, detail: { a } }),
          }),
        );
        return answer.Result;
      };
      decisions.push([
        rule,
        await Promise.all(matching.map(decide)),
        await Promise.all(not.map(decide)),
      ]);
    }
    expect(decisions).toEqual(
      ROWS.map(([rule, , matching, not]) => [rule, matching.map(() => true), not.map(() => false)]),
    );
  });

  it("refuses a bad pattern, and an event without its envelope", async () => {
    const { eventBridge } = await startParts();
    const events = eventBridge();
    const test = (EventPattern: string, Event: object) =>
      events.send(new TestEventPatternCommand({ EventPattern, Event: JSON.stringify(Event) }));
    await expect(test('{"a":[]}', event)).rejects.toMatchObject({
      name: "InvalidEventPatternException",
    });
    await expect(test("{", event)).rejects.toMatchObject({ name: "InvalidEventPatternException" });
    const notValid = { name: "ValidationException", message: "Parameter Event is not valid." };
    const { account, ...incomplete } = event;
    expect(account).toBeDefined();
    await expect(test('{"source":["x"]}', incomplete)).rejects.toMatchObject(notValid);
    await expect(test('{"source":["x"]}', [])).rejects.toMatchObject(notValid);
  });

  it("takes an event without resources", async () => {
    const { eventBridge } = await startParts();
    const { resources, ...incomplete } = event;
    expect(resources).toEqual([]);
    const answer = await eventBridge().send(
      new TestEventPatternCommand({
        EventPattern: '{"source":["carryover"]}',
        Event: JSON.stringify(incomplete),
      }),
    );
    expect(answer.Result).toBe(true);
  });
});
