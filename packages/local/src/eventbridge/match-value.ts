import { BlockList, isIP } from "node:net";
import { within } from "./pattern-error.ts";

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
export function compileValue(element: unknown, path: string): ValueMatcher {
  if (isScalar(element)) return value((candidate) => candidate === element);
  if (!isRecord(element)) {
    throw within(path, "Match value must be String, number, true, false, or null");
  }
  const [operator, operand] = single(element, path);
  switch (operator) {
    case "exists":
      if (typeof operand !== "boolean")
        throw within(path, "exists match pattern must be either true or false.");
      return operand ? value(() => true) : { kind: "absent" };
    case "prefix":
    case "suffix":
      return value(affix(operator, operand, path));
    case "equals-ignore-case":
      return value(equalsIgnoreCase(text(operand, operator, path)));
    case "wildcard":
      return value(wildcard(text(operand, operator, path), path));
    case "anything-but":
      return value(anythingBut(operand, path));
    case "numeric":
      return value(numeric(operand, path));
    case "cidr":
      return value(cidr(text(operand, operator, path), path));
    default:
      throw within(path, `Unrecognized match type ${operator}`);
  }
}

function value(test: Test): ValueMatcher {
  return { kind: "value", test };
}

function affix(operator: "prefix" | "suffix", operand: unknown, path: string): Test {
  if (isRecord(operand)) {
    const [variant, inner] = single(operand, path);
    if (variant !== "equals-ignore-case")
      throw within(path, `Unsupported ${operator} pattern: ${variant}`);
    const wanted = text(inner, operator, path).toLowerCase();
    return strings((candidate) => startsOrEnds(operator, candidate.toLowerCase(), wanted));
  }
  const wanted = text(operand, operator, path);
  return strings((candidate) => startsOrEnds(operator, candidate, wanted));
}

function startsOrEnds(operator: "prefix" | "suffix", candidate: string, wanted: string): boolean {
  return operator === "prefix" ? candidate.startsWith(wanted) : candidate.endsWith(wanted);
}

function equalsIgnoreCase(wanted: string): Test {
  const lower = wanted.toLowerCase();
  return strings((candidate) => candidate.toLowerCase() === lower);
}

function anythingBut(operand: unknown, path: string): Test {
  if (isRecord(operand)) {
    const [variant, inner] = single(operand, path);
    const tests = listOf(inner, path).map((one) => variantTest(variant, one, path));
    return (candidate) => !tests.some((test) => test(candidate));
  }
  const refused = listOf(operand, path);
  const strings = refused.every((one) => typeof one === "string");
  const numbers = refused.every((one) => typeof one === "number");
  if (!strings && !numbers) {
    throw within(
      path,
      "Inside anything but list, all values must be strings or all must be numbers.",
    );
  }
  return (candidate) => !refused.some((one) => one === candidate);
}

function variantTest(variant: string, operand: unknown, path: string): Test {
  const wanted = text(operand, `anything-but ${variant}`, path);
  switch (variant) {
    case "prefix":
    case "suffix":
      if (wanted === "") throw within(path, `Null ${variant} not allowed`);
      return affix(variant, wanted, path);
    case "equals-ignore-case":
      return equalsIgnoreCase(wanted);
    case "wildcard":
      return wildcard(wanted, path);
    default:
      throw within(path, `Unsupported anything-but pattern: ${variant}`);
  }
}

function listOf(operand: unknown, path: string): readonly unknown[] {
  const list: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  if (list.length === 0) throw within(path, "Empty arrays are not allowed");
  return list;
}

type Part = { readonly star: true } | { readonly star: false; readonly literal: string };

function wildcard(pattern: string, path: string): Test {
  const parts: Part[] = [];
  let literal = "";
  for (let at = 0; at < pattern.length; at += 1) {
    const one = pattern.charAt(at);
    if (one === "\\") {
      at += 1;
      const escaped = pattern.charAt(at);
      if (escaped !== "*" && escaped !== "\\") {
        throw within(path, `Invalid escape character at pos ${at - 1}`);
      }
      literal += escaped;
    } else if (one === "*") {
      if (literal === "" && parts.at(-1)?.star) {
        throw within(path, `Consecutive wildcard characters at pos ${at - 1}`);
      }
      if (literal !== "") parts.push({ star: false, literal });
      parts.push({ star: true });
      literal = "";
    } else literal += one;
  }
  if (literal !== "") parts.push({ star: false, literal });
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

function numeric(operand: unknown, path: string): Test {
  if (!Array.isArray(operand) || operand.length === 0) {
    throw within(path, "Value of numeric must be an array.");
  }
  const bounds: readonly unknown[] = operand;
  if (bounds.length % 2 !== 0 || bounds.length > 4)
    throw within(path, "Bad numeric range operator list");
  const [first, bottom, second, top] = bounds;
  const low = bound(first, bottom, path);
  if (second === undefined) return numbers((candidate) => compare(candidate, low));
  const high = bound(second, top, path);
  if (!low.operator.startsWith(">") || !high.operator.startsWith("<")) {
    throw within(path, "A numeric range is a lower bound and then an upper bound");
  }
  if (low.limit >= high.limit) throw within(path, "Bottom must be less than top");
  return numbers((candidate) => compare(candidate, low) && compare(candidate, high));
}

interface Bound {
  readonly operator: string;
  readonly limit: number;
}

function bound(operator: unknown, limit: unknown, path: string): Bound {
  if (typeof operator !== "string" || !["=", "<", "<=", ">", ">="].includes(operator)) {
    throw within(path, `Unrecognized numeric range operator: ${String(operator)}`);
  }
  if (typeof limit !== "number") throw within(path, `Value of ${operator} must be numeric`);
  return { operator, limit };
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

function cidr(block: string, path: string): Test {
  const [network = "", bits = "", ...rest] = block.split("/");
  const family = isIP(network);
  const prefix = Number(bits);
  const most = family === 4 ? 32 : 128;
  if (family === 0 || rest.length > 0 || !/^\d{1,3}$/.test(bits) || prefix > most) {
    throw within(path, `Malformed CIDR: ${block}`);
  }
  const list = new BlockList();
  list.addSubnet(network, prefix, family === 4 ? "ipv4" : "ipv6");
  return strings(
    (candidate) =>
      isIP(candidate) === family && list.check(candidate, family === 4 ? "ipv4" : "ipv6"),
  );
}

function strings(test: (value: string) => boolean): Test {
  return (candidate) => typeof candidate === "string" && test(candidate);
}

function numbers(test: (value: number) => boolean): Test {
  return (candidate) => typeof candidate === "number" && test(candidate);
}

function text(operand: unknown, operator: string, path: string): string {
  if (typeof operand === "string") return operand;
  throw within(path, `${operator} match pattern must be a string`);
}

function single(object: Record<string, unknown>, path: string): [string, unknown] {
  const entries = Object.entries(object);
  const [only] = entries;
  if (!only || entries.length > 1) throw within(path, "Only one key allowed in match expression");
  return only;
}

export function isScalar(candidate: unknown): candidate is Scalar {
  return candidate === null || ["string", "number", "boolean"].includes(typeof candidate);
}

export function isRecord(candidate: unknown): candidate is Record<string, unknown> {
  return typeof candidate === "object" && candidate !== null && !Array.isArray(candidate);
}
