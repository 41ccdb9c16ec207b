import { escapeIdentifier } from "pg";
import type { PostgresColumn } from "../../config/downstream-schema.ts";

/** SQL with `$1` for the old value and, in `change`, `$2` for the new one. Names are quoted; values are never in the text. */
export interface ColumnStatements {
  /** Run in this order, for all columns in their order. */
  readonly change: readonly string[];
  /** Run when all columns are changed, in the reverse order: rows that gave way. */
  readonly clear: readonly string[];
  /** Answers `count` of rows with `$1`. */
  readonly count: string;
}

/**
 * Rows of one column are brought to a new value. The result counts rows by `UPDATE` and `DELETE` alike: each is
 * one that carried the old value or gave way to one.
 */
export function statementsOf(column: PostgresColumn): ColumnStatements {
  const table = `${escapeIdentifier(column.schema)}.${escapeIdentifier(column.table)}`;
  const name = escapeIdentifier(column.column);
  const count = `SELECT count(*)::int AS count FROM ${table} WHERE ${name} = $1`;
  const sameKey = column.uniqueWith
    .map(escapeIdentifier)
    .map((other) => ` AND mine.${other} IS NOT DISTINCT FROM theirs.${other}`)
    .join("");
  const all = `UPDATE ${table} SET ${name} = $2 WHERE ${name} = $1`;
  switch (column.onConflict) {
    case "stop":
      return { change: [all], clear: [], count };
    case "keep":
      return {
        change: [
          `UPDATE ${table} AS mine SET ${name} = $2 WHERE mine.${name} = $1 AND NOT EXISTS (SELECT 1 FROM ${table} AS theirs WHERE theirs.${name} = $2${sameKey})`,
        ],
        clear: [`DELETE FROM ${table} WHERE ${name} = $1`],
        count,
      };
    case "replace":
      return {
        change: [
          `DELETE FROM ${table} AS theirs WHERE theirs.${name} = $2 AND EXISTS (SELECT 1 FROM ${table} AS mine WHERE mine.${name} = $1${sameKey})`,
          all,
        ],
        clear: [],
        count,
      };
  }
}
