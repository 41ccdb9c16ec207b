import { addressBlock } from "./address-block.ts";
import { PatternError, type Source } from "./pattern-error.ts";
import type { ArrayNode, ObjectNode, PatternNode } from "./pattern-json.ts";

/** A leaf of an event. */
export type Scalar = string | number | boolean | null;

/** One alternative of a pattern's leaf. `absent` is decided without a value. */
export type ValueMatcher =
  | { readonly kind: "absent" }
  | { readonly kind: "value"; readonly test: (value: Scalar) => boolean };

type Test = (value: Scalar) => boolean;

/** Names that make an object a match expression. Source: aws/event-ruler, Constants.RESERVED_FIELD_NAMES_IN_OR_RELATIONSHIP. */
export const OPERATORS: ReadonlySet<string> = new Set([
  "exactly",
  "equals-ignore-case",
  "prefix",
  "suffix",
  "anything-but",
  "anything-but-equals-ignore-case",
  "numeric",
  "exists",
  "wildcard",
  "cidr",
  "<",
  "<=",
  "=",
  ">",
  ">=",
]);

/** Compiles one element of a leaf's array. @throws PatternError */
export function compileValue(element: PatternNode, source: Source): ValueMatcher {
  switch (element.kind) {
    case "object":
      return expression(element, source);
    case "array":
      throw source.refuse("Match value must be String, number, true, false, or null", element.at);
    default:
      return value((candidate) => candidate === element.value);
  }
}

function expression(element: ObjectNode, source: Source): ValueMatcher {
  const [first] = element.entries;
  if (!first) throw source.refuse("Match expression name not found", element.end);
  const [operator, operand] = first;
  switch (operator) {
    case "exists":
      if (operand.kind !== "literal" || operand.value === null) {
        throw source.refuse("exists match pattern must be either true or false.", operand.at);
      }
      only(element, ONE_KEY, source);
      return operand.value ? value(() => true) : { kind: "absent" };
    case "exactly":
      return whole(element, equals(text(operand, "exact", source)), source);
    case "prefix":
    case "suffix":
      return whole(element, affix(operator, operand, source), source);
    case "equals-ignore-case":
      return whole(element, equalsIgnoreCase(text(operand, operator, source)), source);
    case "wildcard":
      return whole(element, wildcard(operand, source), source);
    case "anything-but":
      return whole(element, anythingBut(operand, source), source, TOO_MANY);
    case "numeric":
      return whole(element, numeric(operand, source), source, TOO_MANY);
    case "cidr":
      // AWS says "prefix" of an address block, too.
      return whole(element, strings(addressBlock(text(operand, "prefix", source))), source);
    default:
      throw source.refuse(`Unrecognized match type ${operator}`, operand.at);
  }
}

const ONE_KEY = "Only one key allowed in match expression";
const TOO_MANY = "Too many elements in numeric expression";

function whole(element: ObjectNode, test: Test, source: Source, tooMany = ONE_KEY): ValueMatcher {
  only(element, tooMany, source);
  return value(test);
}

function only({ entries }: ObjectNode, reason: string, source: Source): void {
  const [, second] = entries;
  if (second) throw source.refuse(reason, second[1].at);
}

function value(test: Test): ValueMatcher {
  return { kind: "value", test };
}

function equals(wanted: string): Test {
  return (candidate) => candidate === wanted;
}

function affix(operator: "prefix" | "suffix", operand: PatternNode, source: Source): Test {
  if (operand.kind !== "object") {
    const wanted = text(operand, operator, source);
    return strings((candidate) => startsOrEnds(operator, candidate, wanted));
  }
  const [first] = operand.entries;
  const name = operator === "prefix" ? "Prefix" : "Suffix";
  if (!first) throw source.refuse(`${name} expression name not found`, operand.end);
  const [variant, inner] = first;
  if (variant !== "equals-ignore-case") {
    throw source.refuse(`Unsupported ${operator} pattern: ${variant}`, inner.at);
  }
  const wanted = eitherCase(text(inner, variant, source));
  only(operand, ONE_KEY, source);
  if (operator === "prefix") return strings((candidate) => reach(candidate, wanted) !== undefined);
  return strings((candidate) => reachBack(candidate, wanted) !== undefined);
}

function startsOrEnds(operator: "prefix" | "suffix", candidate: string, wanted: string): boolean {
  return operator === "prefix" ? candidate.startsWith(wanted) : candidate.endsWith(wanted);
}

function equalsIgnoreCase(wanted: string): Test {
  const cases = eitherCase(wanted);
  return strings((candidate) => reach(candidate, cases) === candidate.length);
}

/** Each sign of a text in small letters and in capitals, of which `ß` has two. */
type Cases = readonly (readonly [small: string, capitals: string])[];

/** Each sign stands alone, and only the pattern's is folded. Source: aws/event-ruler, EqualsIgnoreCaseParser. */
function eitherCase(wanted: string): Cases {
  return [...wanted].map((one) => [one.toLowerCase(), one.toUpperCase()]);
}

/** Where a text goes on after the signs that it starts with, if it does start with them. */
function reach(candidate: string, cases: Cases): number | undefined {
  let at = 0;
  for (const forms of cases) {
    const found = forms.find((form) => candidate.startsWith(form, at));
    if (found === undefined) return undefined;
    at += found.length;
  }
  return at;
}

/** Where the signs begin that a text ends with, if it does end with them. */
function reachBack(candidate: string, cases: Cases): number | undefined {
  let at = candidate.length;
  for (const forms of cases.toReversed()) {
    const found = forms.find((form) => candidate.endsWith(form, at));
    if (found === undefined) return undefined;
    at -= found.length;
  }
  return at;
}

function anythingBut(operand: PatternNode, source: Source): Test {
  if (operand.kind !== "object") {
    if (operand.kind === "array") oneType(operand, source);
    const refused = listOf(operand, source);
    const values = refused.map(
      (one) => (one.kind === "string" || one.kind === "number") && one.value,
    );
    return (candidate) => !values.some((one) => one === candidate);
  }
  const [first] = operand.entries;
  if (!first) throw source.refuse("Anything-But expression name not found", operand.end);
  const [variant, inner] = first;
  const make = variantTest(variant, inner, source);
  const tests = listOf(inner, source).map((one) => {
    try {
      return make(one);
    } catch (error) {
      // AWS says the place twice of what is in a list.
      if (inner.kind !== "array" || !(error instanceof PatternError)) throw error;
      throw source.refuse(error.message, one.at);
    }
  });
  only(operand, TOO_MANY, source);
  return (candidate) => !tests.some((test) => test(candidate));
}

function oneType({ items, end }: ArrayNode, source: Source): void {
  for (const one of items) {
    if (one.kind !== "string" && one.kind !== "number") {
      const reason = "Inside anything but list, start|null|boolean is not supported.";
      throw source.refuse(source.refuse(reason, one.at).message, one.at);
    }
  }
  if (new Set(items.map(({ kind }) => kind)).size !== 1) {
    throw source.refuse(
      "Inside anything but list, either all values are number or string, mixed type is not supported",
      end,
    );
  }
}

function variantTest(
  variant: string,
  inner: PatternNode,
  source: Source,
): (operand: PatternNode) => Test {
  switch (variant) {
    case "prefix":
    case "suffix":
      return (operand) => {
        const wanted = text(operand, "prefix/suffix", source);
        if (wanted === "") throw source.refuse("Null prefix/suffix not allowed", operand.end);
        return strings((candidate) => startsOrEnds(variant, candidate, wanted));
      };
    case "equals-ignore-case":
      return (operand) => {
        if (operand.kind === "string") return equalsIgnoreCase(operand.value);
        throw source.refuse(
          "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
          operand.at,
        );
      };
    case "wildcard":
      return (operand) => wildcard(operand, source);
    default:
      throw source.refuse(`Unsupported anything-but pattern: ${variant}`, inner.at);
  }
}

function listOf(operand: PatternNode, source: Source): readonly PatternNode[] {
  switch (operand.kind) {
    case "array":
      if (operand.items.length === 0)
        throw source.refuse("Empty arrays are not allowed", operand.end);
      return operand.items;
    case "string":
    case "number":
      return [operand];
    default:
      throw source.refuse(
        "Value of anything-but must be an array or single string/number value.",
        operand.at,
      );
  }
}

type Part = { readonly star: true } | { readonly star: false; readonly literal: string };

/** How many are too many is not documented: AWS refused six in LocalStack's `content_wildcard_complex_EXC`. */
const MOST_STARS = 5;

function wildcard(operand: PatternNode, source: Source): Test {
  const pattern = text(operand, "wildcard", source);
  const parts: Part[] = [];
  let literal = "";
  for (let at = 0; at < pattern.length; at += 1) {
    const one = pattern.charAt(at);
    // AWS counts bytes, from the quote before the text.
    const position = () => Buffer.byteLength(pattern.slice(0, at)) + 1;
    if (one === "\\") {
      const escaped = pattern.charAt(at + 1);
      if (escaped !== "*" && escaped !== "\\") {
        throw source.refuse(`Invalid escape character at pos ${position()}`, operand.end);
      }
      at += 1;
      literal += escaped;
    } else if (one === "*") {
      if (pattern.charAt(at + 1) === "*") {
        throw source.refuse(`Consecutive wildcard characters at pos ${position()}`, operand.end);
      }
      if (literal !== "") parts.push({ star: false, literal });
      parts.push({ star: true });
      literal = "";
    } else literal += one;
  }
  if (literal !== "") parts.push({ star: false, literal });
  if (parts.filter(({ star }) => star).length > MOST_STARS) {
    throw new PatternError(
      "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character",
    );
  }
  return strings((candidate) => glob(parts, candidate));
}

/** Takes the first fit for each literal, and the end of the text for the last: linear, unlike a regular expression. */
function glob(parts: readonly Part[], candidate: string): boolean {
  if (parts.length === 0) return candidate === "";
  let at = 0;
  let free = false;
  for (const [index, part] of parts.entries()) {
    if (part.star) {
      free = true;
      continue;
    }
    const last = index === parts.length - 1;
    const found = free
      ? last
        ? candidate.length - part.literal.length
        : candidate.indexOf(part.literal, at)
      : at;
    if (found < at || !candidate.startsWith(part.literal, found)) return false;
    at = found + part.literal.length;
    free = false;
  }
  return free || at === candidate.length;
}

function numeric(operand: PatternNode, source: Source): Test {
  if (operand.kind !== "array") {
    throw source.refuse("Value of numeric must be an array.", operand.at);
  }
  const [first, bottom, second, top, more] = operand.items;
  if (first?.kind !== "string") {
    const said = first ? written(first, source) : "]";
    throw source.refuse(`Invalid member in numeric match: ${said}`, first?.at ?? operand.end);
  }
  const operator = first.value;
  if (!["=", "<", "<=", ">", ">="].includes(operator)) {
    throw source.refuse(
      `Unrecognized numeric range operator: ${operator}`,
      bottom?.at ?? operand.end,
    );
  }
  const low = {
    operator,
    limit: limit(bottom, operator === "=" ? "equals" : operator, operand, source),
  };
  if (second === undefined) return numbers((candidate) => compare(candidate, low));
  if (!low.operator.startsWith(">")) throw source.refuse(TOO_MANY, second.at);
  if (second.kind !== "string") {
    throw source.refuse(`Bad value in numeric range: ${written(second, source)}`, second.at);
  }
  if (!["<", "<="].includes(second.value)) {
    throw source.refuse(`Bad numeric range operator: ${second.value}`, second.end);
  }
  const high = { operator: second.value, limit: limit(top, second.value, operand, source) };
  if (more) throw source.refuse("Too many terms in numeric range expression", more.at);
  if (low.limit >= high.limit) throw source.refuse("Bottom must be less than top", operand.end);
  return numbers((candidate) => compare(candidate, low) && compare(candidate, high));
}

interface Bound {
  readonly operator: string;
  readonly limit: number;
}

function limit(
  node: PatternNode | undefined,
  operator: string,
  list: ArrayNode,
  source: Source,
): number {
  if (node?.kind === "number") return node.value;
  throw source.refuse(`Value of ${operator} must be numeric`, node?.at ?? list.end);
}

function compare(candidate: number, { operator, limit }: Bound): boolean {
  switch (operator) {
    case "=":
      return candidate === limit;
    case "<":
      return candidate < limit;
    case "<=":
      return candidate <= limit;
    case ">":
      return candidate > limit;
    default:
      return candidate >= limit;
  }
}

function strings(test: (value: string) => boolean): Test {
  return (candidate) => typeof candidate === "string" && test(candidate);
}

function numbers(test: (value: number) => boolean): Test {
  return (candidate) => typeof candidate === "number" && test(candidate);
}

function text(operand: PatternNode, operator: string, source: Source): string {
  if (operand.kind === "string") return operand.value;
  throw source.refuse(`${operator} match pattern must be a string`, operand.at);
}

function written({ start, end }: PatternNode, source: Source): string {
  return source.text.slice(start, end);
}

export function isScalar(candidate: unknown): candidate is Scalar {
  return candidate === null || ["string", "number", "boolean"].includes(typeof candidate);
}

export function isRecord(candidate: unknown): candidate is Record<string, unknown> {
  return typeof candidate === "object" && candidate !== null && !Array.isArray(candidate);
}
