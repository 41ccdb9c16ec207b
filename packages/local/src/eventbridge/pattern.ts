import {
  compileValue,
  isRecord,
  isScalar,
  OPERATORS,
  type Scalar,
  type ValueMatcher,
} from "./match-value.ts";
import { PatternError, within } from "./pattern-error.ts";

/** Decides whether an event matches. */
export type Matcher = (event: object) => boolean;

/** All of these fields must match, in one choice of array elements. */
type Conjunction = ReadonlyMap<string, readonly ValueMatcher[]>;

/** EventBridge limits what `$or` multiplies to. Source: EventBridge UG, "Comparison operators", "Or matching". */
const MOST_COMBINATIONS = 1000;

/**
 * Compiles an event pattern as AWS's own rule engine does. Source: aws/event-ruler README and
 * JsonRuleCompiler. @throws PatternError
 */
export function compile(pattern: string): Matcher {
  let parsed: unknown;
  try {
    parsed = JSON.parse(pattern);
  } catch {
    throw new PatternError("Event pattern is not valid JSON");
  }
  if (!isRecord(parsed)) throw new PatternError("Filter is not an object");
  const conjunctions = expand(parsed, "").map(sorted);
  return (event) => {
    const fields = flatten(event);
    return conjunctions.some((conjunction) => holds(conjunction, fields, 0, new Map()));
  };
}

/** Turns an object of a pattern into its alternatives: one, unless there is an `$or` in it. */
function expand(node: Record<string, unknown>, prefix: string): Conjunction[] {
  const entries = Object.entries(node);
  if (entries.length === 0) throw within(prefix, "Empty objects are not allowed");
  let alternatives: Conjunction[] = [new Map()];
  for (const [key, child] of entries) {
    const path = prefix ? `${prefix}.${key}` : key;
    alternatives = both(alternatives, key === "$or" ? either(child, prefix) : field(child, path));
  }
  return alternatives;
}

function field(child: unknown, path: string): Conjunction[] {
  if (isRecord(child)) return expand(child, path);
  if (!Array.isArray(child)) throw within(path, `"${path}" must be an object or an array`);
  if (child.length === 0) throw within(path, "Empty arrays are not allowed");
  return [new Map([[path, child.map((element) => compileValue(element, path))]])];
}

function either(child: unknown, prefix: string): Conjunction[] {
  const branches: readonly unknown[] = Array.isArray(child) ? child : [];
  if (branches.length < 2)
    throw within(prefix, "There must have at least 2 Objects in $or relationship.");
  return branches.flatMap((branch) => {
    if (!isRecord(branch) || Object.keys(branch).some((key) => OPERATORS.has(key))) {
      throw within(prefix, "Only objects of fields are allowed in $or relationship.");
    }
    return expand(branch, prefix);
  });
}

function both(left: Conjunction[], right: Conjunction[]): Conjunction[] {
  if (left.length * right.length > MOST_COMBINATIONS) {
    throw new PatternError(`$or leads to more than ${MOST_COMBINATIONS} combinations`);
  }
  return left.flatMap((one) =>
    right.map((other) => {
      for (const path of other.keys()) {
        if (one.has(path)) throw within(path, "Path is allowed only once");
      }
      return new Map([...one, ...other]);
    }),
  );
}

type Condition = readonly [path: string, matchers: readonly ValueMatcher[]];

/** Ruler walks the fields in the order of their names, which decides what `exists: false` looks at. */
function sorted(conjunction: Conjunction): readonly Condition[] {
  return [...conjunction].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Which element of which array a field was found in: array number to index. */
type Membership = ReadonlyMap<number, number>;

interface Field {
  readonly value: Scalar;
  readonly membership: Membership;
}

/** The leaves of an event by path. Objects in arrays keep which element they are in; empty ones vanish. */
function flatten(event: object): ReadonlyMap<string, readonly Field[]> {
  const fields = new Map<string, Field[]>();
  let arrays = 0;
  const visit = (node: unknown, path: string, membership: Membership): void => {
    if (Array.isArray(node)) {
      const array = arrays;
      arrays += 1;
      for (const [index, element] of node.entries()) {
        visit(element, path, new Map([...membership, [array, index]]));
      }
    } else if (isRecord(node)) {
      for (const [key, child] of Object.entries(node)) {
        visit(child, path ? `${path}.${key}` : key, membership);
      }
    } else if (isScalar(node)) {
      const known = fields.get(path);
      if (known) known.push({ value: node, membership });
      else fields.set(path, [{ value: node, membership }]);
    }
  };
  visit(event, "", new Map());
  return fields;
}

/** Tries every choice of array elements; two conditions must agree on the element they are in. */
function holds(
  conditions: readonly Condition[],
  fields: ReadonlyMap<string, readonly Field[]>,
  at: number,
  membership: Membership,
): boolean {
  const condition = conditions[at];
  if (!condition) return true;
  const [path, matchers] = condition;
  const reachable = (fields.get(path) ?? []).filter((one) => agree(membership, one.membership));
  if (
    reachable.length === 0 &&
    matchers.some(({ kind }) => kind === "absent") &&
    holds(conditions, fields, at + 1, membership)
  ) {
    return true;
  }
  return reachable.some(
    (one) =>
      matchers.some((matcher) => matcher.kind === "value" && matcher.test(one.value)) &&
      holds(conditions, fields, at + 1, new Map([...membership, ...one.membership])),
  );
}

function agree(left: Membership, right: Membership): boolean {
  for (const [array, index] of right) {
    const other = left.get(array);
    if (other !== undefined && other !== index) return false;
  }
  return true;
}
