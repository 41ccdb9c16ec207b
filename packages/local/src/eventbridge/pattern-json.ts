import type { Source } from "./pattern-error.ts";

/** `at` is how far the text is read once the value has begun, `end` once it is over: AWS's errors say these places. */
interface Read {
  readonly start: number;
  readonly at: number;
  readonly end: number;
}
export interface TextNode extends Read {
  readonly kind: "string";
  readonly value: string;
}
export interface NumberNode extends Read {
  readonly kind: "number";
  readonly value: number;
}
interface LiteralNode extends Read {
  readonly kind: "literal";
  readonly value: boolean | null;
}
export interface ArrayNode extends Read {
  readonly kind: "array";
  readonly items: readonly PatternNode[];
}
/** Keys may come more than once. */
export interface ObjectNode extends Read {
  readonly kind: "object";
  readonly entries: readonly (readonly [key: string, value: PatternNode])[];
}
export type PatternNode = TextNode | NumberNode | LiteralNode | ArrayNode | ObjectNode;

const VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

/**
 * Reads a pattern as JSON and keeps where what stands. Errors are worded as by AWS's parser.
 * Source: Jackson 2.15, ReaderBasedJsonParser. @throws PatternError
 */
export function readPattern(source: Source): PatternNode {
  const { text, refuse, place } = source;
  let at = 0;

  const skip = (): string => {
    while (" \t\r\n".includes(text[at] ?? "x")) at += 1;
    return text[at] ?? "";
  };
  const unexpected = (wanted: string) => {
    const [one = ""] = text.slice(at);
    return refuse(`Unexpected character ('${one}' (code ${one.charCodeAt(0)})): ${wanted}`, at);
  };
  const ended = (what: "Object" | "Array", start: number) =>
    refuse(
      `Unexpected end-of-input: expected close marker for ${what} (start marker at ${place(start)})`,
      text.length,
    );

  const value = (): PatternNode => {
    switch (skip()) {
      case "{":
        return object();
      case "[":
        return array();
      case '"':
        return string();
      default:
        return number() ?? word();
    }
  };
  const object = (): ObjectNode => {
    const start = at;
    const entries: [string, PatternNode][] = [];
    at += 1;
    for (let next = skip(); next !== "}"; next = skip()) {
      if (entries.length > 0) {
        if (next === "") throw ended("Object", start);
        if (next !== ",") throw unexpected("was expecting comma to separate Object entries");
        at += 1;
        next = skip();
      }
      if (next === "") throw ended("Object", start);
      if (next !== '"') throw unexpected("was expecting double-quote to start field name");
      const key = string().value;
      if (skip() !== ":")
        throw unexpected("was expecting a colon to separate field name and value");
      at += 1;
      entries.push([key, value()]);
    }
    at += 1;
    return { kind: "object", entries, start, at: start + 1, end: at };
  };
  const array = (): ArrayNode => {
    const start = at;
    const items: PatternNode[] = [];
    at += 1;
    for (let next = skip(); next !== "]"; next = skip()) {
      if (next === "") throw ended("Array", start);
      if (items.length > 0) {
        if (next !== ",") throw unexpected("was expecting comma to separate Array entries");
        at += 1;
      }
      items.push(value());
    }
    at += 1;
    return { kind: "array", items, start, at: start + 1, end: at };
  };
  const string = (): TextNode => {
    const start = at;
    const [quoted] = /^"(?:[^"\\]|\\.)*"/s.exec(text.slice(start)) ?? [];
    if (quoted === undefined) {
      throw refuse(
        "Unexpected end-of-input: was expecting closing quote for a string value",
        text.length,
      );
    }
    at += quoted.length;
    try {
      return { kind: "string", value: JSON.parse(quoted) as string, start, at: start + 1, end: at };
    } catch {
      throw refuse("Unrecognized character escape or unquoted control character in a string", at);
    }
  };
  const number = (): NumberNode | undefined => {
    const [digits] = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/.exec(text.slice(at)) ?? [];
    if (digits === undefined) return undefined;
    const start = at;
    at += digits.length;
    return { kind: "number", value: Number(digits), start, at, end: at };
  };
  const word = (): LiteralNode => {
    const [name] = /^[\w$]+/.exec(text.slice(at)) ?? [];
    if (name === undefined) {
      if (at >= text.length) throw refuse("Unexpected end-of-input in a value", at);
      throw unexpected(`expected a valid value ${VALUES}`);
    }
    const start = at;
    at += name.length;
    if (name !== "true" && name !== "false" && name !== "null") {
      throw refuse(`Unrecognized token '${name}': was expecting ${VALUES}`, at);
    }
    return { kind: "literal", value: name === "null" ? null : name === "true", start, at, end: at };
  };

  const root = value();
  if (skip() !== "") throw unexpected("was expecting the end of the pattern");
  return root;
}
