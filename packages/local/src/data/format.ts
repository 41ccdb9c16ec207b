import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { StageInputError } from "../errors.ts";
import { dataFolder, type Store } from "./store.ts";

/** Brings the records of one format to the next. It may be cut short, and is then run again. */
export type Migration = (store: Store) => Promise<void>;

export interface Formats {
  readonly current: number;
  /** By the format that each starts from. A directory of a format that none starts from cannot be used any more. */
  readonly migrations: Readonly<Record<number, Migration>>;
}

/**
 * Which records a data directory has. One more whenever a record changes so that a stage would read those of before
 * wrongly: test/contract/gateway/format.test.ts fails then. A new kind of record, or an optional field, is no change.
 */
export const FORMATS: Formats = { current: 1, migrations: {} };

const FILE = "format.json";
const ANEW = "name an empty directory, which the seed fills";

/**
 * The format of a data directory or of a snapshot; undefined for one that is empty or not there.
 * @throws StageInputError when this version cannot use it; the message says what to do
 */
export async function formatOf(
  directory: string,
  { current, migrations }: Formats = FORMATS,
): Promise<number | undefined> {
  const names = await namesIn(directory);
  if (names.length === 0) return undefined;
  if (!names.includes(FILE)) {
    throw new StageInputError(
      names.includes("state")
        ? `${directory}: was made by an earlier version, which did not note its format: ${ANEW}`
        : `${directory}: holds other things than a stage's data: ${ANEW}`,
    );
  }
  const format = noted(await readFile(dataFolder(directory, FILE), "utf8"));
  if (format === undefined) {
    throw new StageInputError(`${directory}: its ${FILE} says no format: ${ANEW}`);
  }
  if (format > current) {
    throw new StageInputError(
      `${directory}: was made by a later version (format ${format}, and this one knows ${current} at most): use that version, or ${ANEW}`,
    );
  }
  for (let from = format; from < current; from += 1) {
    if (migrations[from]) continue;
    throw new StageInputError(
      `${directory}: was made by an earlier version (format ${format}), which this one cannot read any more: use that version, or ${ANEW}`,
    );
  }
  return format;
}

/** Makes a data directory whose records are of this version's format. */
export async function newFormat(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await note(directory, FORMATS.current);
}

/** Brings the records of a directory up to the current format, one format after the other. */
export async function migrate(
  directory: string,
  { store, format }: { readonly store: Store; readonly format: number },
  { current, migrations }: Formats = FORMATS,
): Promise<void> {
  for (let from = format; from < current; from += 1) {
    await migrations[from]?.(store);
    await store.flush();
    await note(directory, from + 1);
  }
}

function note(directory: string, format: number): Promise<void> {
  return writeFile(dataFolder(directory, FILE), `${JSON.stringify({ format })}\n`);
}

/** Hidden files say nothing about what a directory is for. @throws StageInputError when it cannot be read */
async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).filter((name) => !name.startsWith("."));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new StageInputError(`${directory}: cannot be read`, {}, { cause: error });
  }
}

function noted(text: string): number | undefined {
  try {
    const { format } = Object(JSON.parse(text)) as { format?: unknown };
    return Number.isInteger(format) ? (format as number) : undefined;
  } catch {
    // Whatever it is, it is not what a stage wrote.
    return undefined;
  }
}
