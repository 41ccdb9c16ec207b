import { type Failure, failures } from "../failures.ts";
import limits from "./api-limits.json" with { type: "json" };
import { invalidParameter } from "./errors.ts";

/** What the API model says about the values of one shape. */
export interface ShapeLimits {
  readonly type?: string;
  /** Of a number its value, of a text or list its length. */
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  /** Whether a value may not be shown in a message. */
  readonly sensitive?: boolean;
  readonly required?: readonly string[];
  /** Names of shapes, of those members about which something is said. */
  readonly members?: Readonly<Record<string, string>>;
  readonly member?: string;
  readonly key?: string;
  readonly value?: string;
}

export interface ApiLimits {
  /** The shape of each operation's input. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly shapes: Readonly<Record<string, ShapeLimits>>;
}

const { inputs, shapes }: ApiLimits = limits;

/**
 * Checks a request against the limits of the API model (botocore 1.43.107, cognito-idp), before anything is looked up.
 * Wrong types are left to the operation. @throws AwsError InvalidParameterException, with all that is wrong at once
 */
export function checkLimits(operation: string, input: unknown): void {
  const shape = inputs[operation];
  const found = shape === undefined ? [] : [...violations(shape, input ?? {}, [])];
  if (found.length > 0) throw invalidParameter(failures(found));
}

function* violations(name: string, value: unknown, path: readonly string[]): Generator<Failure> {
  const limits = shapes[name] ?? {};
  const fail = (constraint: string): Failure => ({
    path,
    constraint,
    ...(limits.sensitive !== true && { value }),
  });
  if (typeof value === "string") {
    for (const constraint of textConstraints(limits, value)) yield fail(constraint);
  } else if (typeof value === "number") {
    for (const constraint of bounds(limits, value, "value")) yield fail(constraint);
  } else if (Array.isArray(value)) {
    for (const constraint of bounds(limits, value.length, "length")) yield fail(constraint);
    if (limits.member === undefined) return;
    for (const [at, item] of value.entries()) {
      yield* violations(limits.member, item, [...path, String(at + 1), "member"]);
    }
  } else if (typeof value === "object" && value !== null) {
    if (limits.type === "map") yield* entryViolations(limits, value, path);
    else yield* memberViolations(limits, value, path);
  }
}

function* memberViolations(
  limits: ShapeLimits,
  value: object,
  path: readonly string[],
): Generator<Failure> {
  const given = new Map(Object.entries(value).filter(([, item]) => item !== null));
  for (const name of limits.required ?? []) {
    if (given.has(name)) continue;
    const sensitive = shapes[limits.members?.[name] ?? ""]?.sensitive === true;
    yield {
      path: [...path, name],
      constraint: "Member must not be null",
      ...(!sensitive && { value: null }),
    };
  }
  for (const [name, shape] of Object.entries(limits.members ?? {})) {
    if (given.has(name)) yield* violations(shape, given.get(name), [...path, name]);
  }
}

function* entryViolations(
  limits: ShapeLimits,
  value: object,
  path: readonly string[],
): Generator<Failure> {
  const sides = [
    ["keys", limits.key, Object.keys(value)],
    ["value", limits.value, Object.values(value)],
  ] as const;
  for (const [side, shape, items] of sides) {
    if (shape === undefined) continue;
    const broken = new Set(
      items.flatMap((item) => [...violations(shape, item, [])].map((one) => one.constraint)),
    );
    if (broken.size === 0) continue;
    yield { path, constraint: `Map ${side} must satisfy constraint: [${[...broken].join(", ")}]` };
  }
}

function* textConstraints(limits: ShapeLimits, value: string): Generator<string> {
  yield* bounds(limits, value.length, "length");
  if (limits.pattern !== undefined && !patternOf(limits.pattern).test(value)) {
    yield `Member must satisfy regular expression pattern: ${limits.pattern}`;
  }
  if (limits.enum !== undefined && !limits.enum.includes(value)) {
    const values = limits.enum.join(", ");
    yield `Member must satisfy enum value set: [${LISTED.get(values) ?? values}]`;
  }
}

/** Values that AWS lists in another order than its model. Source: floci-io/floci, pull request 2858 (verified on AWS). */
const LISTED = new Map([
  [
    "SAML, Facebook, Google, LoginWithAmazon, SignInWithApple, OIDC",
    "Facebook, SAML, SignInWithApple, LoginWithAmazon, OIDC, Google",
  ],
]);

function* bounds({ min, max }: ShapeLimits, size: number, what: string): Generator<string> {
  if (max !== undefined && size > max) {
    yield `Member must have ${what} less than or equal to ${max}`;
  }
  if (min !== undefined && size < min) {
    yield `Member must have ${what} greater than or equal to ${min}`;
  }
}

const patterns = new Map<string, RegExp>();

/** The model's patterns are Java's, which match the whole text; few of them are no patterns of the `u` kind here. */
function patternOf(source: string): RegExp {
  const known = patterns.get(source);
  if (known !== undefined) return known;
  const whole = `^(?:${source})$`;
  const pattern = new RegExp(whole, /\\p\{/.test(source) ? "u" : "");
  patterns.set(source, pattern);
  return pattern;
}
