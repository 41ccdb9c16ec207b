import { pipeline } from "node:stream/promises";
import { brokenAt, type Entry } from "@carryover/core/placement/entry";
import type { PlacementStore } from "@carryover/core/placement/placement-store";
import { stringify } from "csv-stringify";
import { placementAt, type TableOptions } from "./table.ts";

export interface ExportOptions extends TableOptions {
  readonly format: "csv" | "json";
}

/** Not 0, so that a script does not take a broken ledger for a good one (docs/placement.md). */
const BROKEN = 5;

/** Writes the ledger to the standard output, user by user, and says by the exit code whether every chain is whole. */
export async function exportLedger({ format, ...at }: ExportOptions): Promise<void> {
  const broken: string[] = [];
  const rows = rowsOf(placementAt(at), (userId, seq) =>
    broken.push(`${userId} from entry ${seq} on`),
  );
  // Not ended: the standard output is everybody's.
  if (format === "csv") {
    await pipeline(rows, stringify({ header: true, columns: [...COLUMNS] }), process.stdout, {
      end: false,
    });
  } else {
    for await (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
  }
  if (broken.length === 0) return;
  console.error(`The ledger is not as it was written:\n  ${broken.join("\n  ")}`);
  process.exitCode = BROKEN;
}

const COLUMNS = [
  "userId",
  "seq",
  "at",
  "fact",
  "home",
  "from",
  "movingTo",
  "reason",
  "policyVersion",
  "decidedBy",
  "actor",
  "poolId",
  "sub",
  "copies",
  "cause",
  "prev",
  "hash",
] as const;

type Row = Readonly<Record<(typeof COLUMNS)[number], string | number>>;

/** One line an entry. */
async function* rowsOf(
  ledger: Pick<PlacementStore, "everything">,
  onBroken: (userId: string, seq: number) => void,
): AsyncGenerator<Row> {
  for await (const entries of ledger.everything()) {
    const seq = brokenAt(entries);
    if (seq !== undefined) onBroken(entries[0]?.userId ?? "", seq);
    for (const entry of entries) yield rowOf(entry);
  }
}

function rowOf({ account, copies, from, movingTo, actor, ...entry }: Entry): Row {
  return {
    ...entry,
    from: from ?? "",
    movingTo: movingTo ?? "",
    actor: actor ?? "",
    poolId: account?.poolId ?? "",
    sub: account?.sub ?? "",
    copies: copies
      .map(({ poolId, sub, deleteAfter }) => `${poolId} ${sub} ${deleteAfter}`)
      .join("; "),
  };
}
