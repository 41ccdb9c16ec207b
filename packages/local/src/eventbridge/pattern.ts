import {
  compileValue,
  isRecord,
  isScalar,
  OPERATORS,
  type Scalar,
  type ValueMatcher,
} from "./match-value.ts";
import { type Source, sourceOf } from "./pattern-error.ts";
import { type ObjectNode, type PatternNode, readPattern } from "./pattern-json.ts";

/** Decides whether an event matches. */
export type Matcher = (event: object) => boolean;

/** All of these fields must match, in one choice of array elements. */
type Conjunction = ReadonlyMap<string, readonly ValueMatcher[]>;

/** EventBridge limits what `$or` multiplies to. Source: EventBridge UG, "Comparison operators", "Or matching". */
const MOST_COMBINATIONS = 1000;

/** What an object of a pattern is in. */
interface Place {
  readonly source: Source;
  readonly path: string;
  /** Inside of `$or`, no field may be named as an operator is. */
  readonly inOr: boolean;
}

/**
 * Compiles an event pattern as AWS's own rule engine does, and refuses it in its words.
 * Source: aws/event-ruler README and JsonRuleCompiler. @throws PatternError
 */
export function compile(pattern: string): Matcher {
  const source = sourceOf(pattern);
  const root = pattern.trim() === "" ? undefined : readPattern(source);
  if (root?.kind !== "object") throw source.refuse("Filter is not an object", root?.at ?? 0);
  const conjunctions = expand(root, { source, path: "", inOr: false }).map(sorted);
  return (event) => {
    const fields = flatten(event);
    return conjunctions.some((conjunction) => holds(conjunction, fields, 0, new Map()));
  };
}

/** Turns an object of a pattern into its alternatives: one, unless there is an `$or` in it. */
function expand(node: ObjectNode, place: Place): Conjunction[] {
  const { source, path, inOr } = place;
  if (node.entries.length === 0) throw source.refuse("Empty objects are not allowed", node.end);
  let alternatives: Conjunction[] = [new Map()];
  for (const [key, child] of node.entries) {
    if (key === "$or") {
      alternatives = both(alternatives, either(child, place), source, node.end);
      continue;
    }
    if (inOr && OPERATORS.has(key)) {
      throw source.refuse(
        `${key} is Ruler reserved fieldName which cannot be used inside $or.`,
        child.at,
      );
    }
    const inner = { ...place, path: path ? `${path}.${key}` : key };
    alternatives = both(alternatives, field(child, key, inner), source, node.end);
  }
  return alternatives;
}

function field(child: PatternNode, key: string, place: Place): Conjunction[] {
  const { source, path } = place;
  if (child.kind === "object") return expand(child, place);
  if (child.kind !== "array") {
    throw source.refuse(`"${key}" must be an object or an array`, child.at);
  }
  if (child.items.length === 0) throw source.refuse("Empty arrays are not allowed", child.end);
  return [new Map([[path, child.items.map((item) => compileValue(item, source))]])];
}

function either(child: PatternNode, place: Place): Conjunction[] {
  const { source } = place;
  if (child.kind !== "array") {
    throw source.refuse("It must be an Array followed with $or.", child.at);
  }
  const branches = child.items.flatMap((branch) => {
    if (branch.kind !== "object") {
      throw source.refuse("Only JSON object is allowed in array of $or relationship.", branch.at);
    }
    return expand(branch, { ...place, inOr: true });
  });
  if (child.items.length < 2) {
    throw source.refuse("There must have at least 2 Objects in $or relationship.", child.end);
  }
  return branches;
}

/** Of a path that comes twice, the later one counts: LocalStack's `test_event_pattern_with_multi_key` asked AWS. */
function both(
  left: Conjunction[],
  right: Conjunction[],
  source: Source,
  offset: number,
): Conjunction[] {
  if (left.length * right.length > MOST_COMBINATIONS) {
    throw source.refuse(`$or leads to more than ${MOST_COMBINATIONS} combinations`, offset);
  }
  return left.flatMap((one) => right.map((other) => new Map([...one, ...other])));
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
