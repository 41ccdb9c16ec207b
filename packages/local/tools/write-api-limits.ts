import { readFileSync, writeFileSync } from "node:fs";
import type { ApiLimits, ShapeLimits } from "../src/cognito/api-limits.ts";

// `npx tsx packages/local/tools/write-api-limits.ts service-2.json`: takes from botocore's model of cognito-idp
// (in the package botocore, `data/cognito-idp/2016-04-18/`, unpacked) what it says about the members of requests.

interface ModelShape {
  readonly type: string;
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly member?: { readonly shape: string };
  readonly key?: { readonly shape: string };
  readonly value?: { readonly shape: string };
  readonly enum?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly sensitive?: boolean;
}
interface Model {
  readonly operations: Readonly<Record<string, { readonly input: { readonly shape: string } }>>;
  readonly shapes: Readonly<Record<string, ModelShape>>;
}

/** Where Cognito takes more than the model says, or the model is Java. */
const PATTERNS: Readonly<Record<string, string | undefined>> = {
  // Of a prefix only: a whole domain such as auth.example.com has dots.
  DomainType: undefined,
  // Blank is as good as none, for somebody who shall have none: AdminCreateUser's TemporaryPassword.
  PasswordType: "[\\S]*",
  // Any text, as Java writes it.
  SmsInviteMessageType: undefined,
};

function limitsOf(model: Model): ApiLimits {
  const shapes: Record<string, ShapeLimits> = {};
  const seen = new Set<string>();

  /** Whether anything is said about a value of this shape, or inside it. */
  const take = (name: string): boolean => {
    if (seen.has(name)) return name in shapes;
    seen.add(name);
    const { type, required, members, member, key, value, sensitive, ...rest } = model.shapes[
      name
    ] as ModelShape;
    const { min, max, pattern, enum: values } = rest;
    const limits = { min, max, pattern: name in PATTERNS ? PATTERNS[name] : pattern, enum: values };
    const kept = Object.entries(members ?? {}).filter(([, { shape }]) => take(shape));
    const shape: ShapeLimits = {
      ...(JSON.parse(JSON.stringify(limits)) as ShapeLimits),
      ...(sensitive && { sensitive }),
      ...(required?.length && { required }),
      ...(kept.length > 0 && {
        members: Object.fromEntries(kept.map(([member, { shape: of }]) => [member, of])),
      }),
      ...(member && take(member.shape) && { member: member.shape }),
      ...(key && take(key.shape) && { key: key.shape }),
      ...(value && take(value.shape) && { value: value.shape }),
    };
    const said = Object.keys(shape).some((part) => part !== "sensitive");
    if (said) shapes[name] = { type, ...shape };
    return said;
  };

  const inputs = Object.entries(model.operations).flatMap(([operation, { input }]) =>
    take(input.shape) ? [[operation, input.shape] as const] : [],
  );
  return { inputs: Object.fromEntries(inputs), shapes };
}

const model = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as Model;
const { inputs, shapes } = limitsOf(model);
const lines = (record: object) =>
  Object.entries(record)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`)
    .join(",\n");
writeFileSync(
  new URL("../src/cognito/api-limits.json", import.meta.url),
  `{\n"inputs": {\n${lines(inputs)}\n},\n"shapes": {\n${lines(shapes)}\n}\n}\n`,
);
