import * as z from "zod/mini";
import type { DynamodbSystem, DynamodbTable } from "../../config/downstream-schema.ts";
import type { Applied, Counted, Piece, System } from "../system.ts";
import { TableError } from "./errors.ts";
import { carries, rekeyItem } from "./rekey.ts";
import type { Image, Path, RekeyTable } from "./table.ts";

/** Where a piece of work goes on: in which table, by which path, after which item. */
const Cursor = z.object({
  table: z.number(),
  path: z.number(),
  after: z.optional(
    z.record(
      z.string(),
      z.custom<object>((value) => typeof value === "object"),
    ),
  ),
  conflicts: z.number(),
});
type Cursor = z.infer<typeof Cursor>;

const START: Cursor = { table: 0, path: 0, conflicts: 0 };

/** Pages of one piece: the rest goes on in a message of its own. */
const PAGES = 20;

/** Tables whose items are re-keyed page by page. `tableOf` gives the table of that number. */
export function dynamodbSystem(
  { tables }: Pick<DynamodbSystem, "tables">,
  tableOf: (settings: DynamodbTable) => RekeyTable,
): System {
  const opened = tables.map((settings) => ({
    settings,
    table: tableOf(settings),
    paths: pathsOf(settings),
  }));

  return {
    apply: (change, { cursor, dryRun, signal }) =>
      answered(async () => {
        let changed = 0;
        let conflicts = cursorOf(cursor).conflicts;
        const end = await walk(opened, [change.from], { cursor, signal }, async (opening, keys) => {
          const known = new Set<string>();
          const rekey = { ...opening, from: change.from, to: change.to, dryRun, known, signal };
          for (const key of keys) {
            const outcome = await rekeyItem(rekey, key);
            if (outcome === "changed") changed += 1;
            if (outcome === "conflict") conflicts += 1;
          }
        });
        if (end !== undefined) {
          return { outcome: "more", changed, cursor: JSON.stringify({ ...end, conflicts }) };
        }
        return conflicts > 0
          ? { outcome: "refused", reason: "conflict", changed }
          : { outcome: "done", changed };
      }),

    verify: (change, { cursor, signal }) =>
      answered(async () => {
        let remaining = 0;
        const counted = new Set<string>();
        const end = await walk(opened, change.wrong, { cursor, signal }, async (opening, keys) => {
          const { table, settings } = opening;
          for (const key of keys) {
            const image = await table.find(key, signal);
            const name = JSON.stringify([settings.name, key]);
            if (!image || counted.has(name)) continue;
            if (change.wrong.some((id) => carries(settings, image, id))) {
              counted.add(name);
              remaining += 1;
            }
          }
        });
        return end === undefined
          ? { outcome: "counted", remaining }
          : { outcome: "more", remaining, cursor: JSON.stringify(end) };
      }),
  };
}

interface Opened {
  readonly settings: DynamodbTable;
  readonly table: RekeyTable;
  readonly paths: readonly Path[];
}

/** Goes through all pages of all paths of all tables. @returns where it stopped, or undefined at the end */
async function walk(
  tables: readonly Opened[],
  ids: readonly string[],
  { cursor, signal }: Piece,
  onPage: (opened: Opened, keys: readonly Image[]) => Promise<void>,
): Promise<Cursor | undefined> {
  let at: Cursor = cursorOf(cursor);
  for (let pages = 0; ; pages += 1) {
    const opened = tables[at.table];
    if (!opened) return undefined;
    // Each path once for each id: the number of the path counts both.
    const path = opened.paths[Math.floor(at.path / Math.max(1, ids.length))];
    const id = ids[at.path % Math.max(1, ids.length)];
    if (!path || id === undefined) {
      at = { ...at, table: at.table + 1, path: 0, after: undefined };
      continue;
    }
    if (pages === PAGES) return at;
    const page = await opened.table.page(path, id, at.after, signal);
    await onPage(opened, page.keys);
    at = page.cursor
      ? { ...at, after: { ...page.cursor } }
      : { ...at, path: at.path + 1, after: undefined };
  }
}

function pathsOf({ key, places, indexes, scan }: DynamodbTable): Path[] {
  return [
    ...(key.partition in places ? [{ by: "table" } as const] : []),
    ...Object.keys(indexes).map((index) => ({ by: "index", index }) as const),
    ...(scan ? [{ by: "scan" } as const] : []),
  ];
}

function cursorOf(cursor: string | undefined): Cursor {
  return cursor === undefined ? START : z.parse(Cursor, JSON.parse(cursor));
}

async function answered<Answer extends Applied | Counted>(
  run: () => Promise<Answer>,
): Promise<Answer | Extract<Applied & Counted, { outcome: "retry" | "refused" }>> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof TableError)) throw error;
    return { outcome: error.retryable ? "retry" : "refused", reason: error.reason };
  }
}
