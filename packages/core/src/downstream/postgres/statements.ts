import { escapeIdentifier } from "pg";
import type { PostgresColumn } from "../../config/downstream-schema.ts";

/** SQL with `$1` for the old value and, in `change` and `clear`, `$2` for the new one. Names are quoted; values are never in the text. */
export interface ColumnStatements {
  /** Run in this order, for all columns in their order. */
  readonly change: readonly string[];
  /** Run when all columns are changed, in the reverse order: rows that gave way. */
  readonly clear: readonly string[];
  /** Answers `count` of rows with `$1`. */
  readonly count: string;
  /** Answers a row if the table has the unique key by which rows give way. Absent where none does. */
  readonly key?: { readonly text: string; readonly values: readonly unknown[] };
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
    // Rows without a value do not conflict. Where the key says otherwise, it stops the change.
    .map((other) => ` AND mine.${other} = theirs.${other}`)
    .join("");
  const theirs = `SELECT 1 FROM ${table} AS theirs WHERE theirs.${name} = $2${sameKey}`;
  const key = { text: UNIQUE_KEY, values: keyOf(column) };
  const all = `UPDATE ${table} SET ${name} = $2 WHERE ${name} = $1`;
  switch (column.onConflict) {
    case "stop":
      return { change: [all], clear: [], count };
    case "keep":
      return {
        change: [
          `UPDATE ${table} AS mine SET ${name} = $2 WHERE mine.${name} = $1 AND NOT EXISTS (${theirs})`,
        ],
        // Not all that is left: an app may have added a row meanwhile.
        clear: [`DELETE FROM ${table} AS mine WHERE mine.${name} = $1 AND EXISTS (${theirs})`],
        count,
        key,
      };
    case "replace":
      return {
        change: [
          `DELETE FROM ${table} AS theirs WHERE theirs.${name} = $2 AND EXISTS (SELECT 1 FROM ${table} AS mine WHERE mine.${name} = $1${sameKey})`,
          all,
        ],
        clear: [],
        count,
        key,
      };
  }
}

function keyOf({ schema, table, column, uniqueWith }: PostgresColumn): readonly unknown[] {
  return [schema, table, [column, ...uniqueWith]];
}

/**
 * A unique key of exactly the columns `$3` on the table `$2` of the schema `$1` (PostgreSQL manual, `pg_index`).
 * One for some rows only, or of an expression, does not say that two rows conflict.
 */
const UNIQUE_KEY = `
  SELECT 1
  FROM pg_catalog.pg_index AS i
  JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
  JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
  CROSS JOIN LATERAL (
    SELECT array_agg(a.attname::text) AS names
    FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid = i.indrelid AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])
  ) AS k
  WHERE s.nspname = $1 AND c.relname = $2
    AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
    AND k.names @> $3::text[] AND k.names <@ $3::text[]
  LIMIT 1`;
