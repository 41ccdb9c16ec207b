import { existsSync, readFileSync } from "node:fs";

const SOURCES = new URL("../src/", import.meta.url);

/**
 * What the comments in the file of an event say of its fields, by path (`source.id`). They are read from the
 * source, because `z.describe` would carry the words into the bundle of every trigger.
 */
export function notesOf(event: string): ReadonlyMap<string, string> {
  const file = new URL(`${kebab(event)}.ts`, SOURCES);
  return existsSync(file) ? notesIn(readFileSync(file, "utf8")) : new Map();
}

/** The same of a file's text, as the formatter leaves it: a field a line, nested by indentation. */
export function notesIn(source: string): ReadonlyMap<string, string> {
  const notes = new Map<string, string>();
  const data = source.slice(source.indexOf("data: z.object({"));
  const open: { indent: number; name: string }[] = [];
  let comment = "";
  for (const line of data.split("\n").slice(1)) {
    const [, text] = /^\s*(?:\/\*\*|\*(?!\/))\s?(.*?)\s*(?:\*\/)?$/.exec(line) ?? [];
    if (text !== undefined) comment = `${comment} ${text}`.trim();
    const [, space = "", name] = /^(\s+)(\w+)(?:: |,$)/.exec(line) ?? [];
    if (name === undefined) continue;
    while ((open.at(-1)?.indent ?? -1) >= space.length) open.pop();
    if (comment) notes.set([...open, { name }].map((one) => one.name).join("."), comment);
    comment = "";
    if (line.endsWith("{")) open.push({ indent: space.length, name });
  }
  return notes;
}

function kebab(name: string): string {
  return name.replace(/(?<=[a-z])[A-Z]/g, "-$&").toLowerCase();
}
