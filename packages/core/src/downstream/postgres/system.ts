import type { Pool, PoolClient } from "pg";
import type { PostgresColumn, PostgresSystem } from "../../config/downstream-schema.ts";
import type { Change } from "../schema.ts";
import type { Applied, System } from "../system.ts";
import { filled } from "../template.ts";
import { failureOf } from "./failure.ts";
import { statementsOf } from "./statements.ts";

type Settings = Pick<PostgresSystem, "columns" | "statementTimeoutSeconds">;

/** A database whose rows are brought to the new ID, in one transaction for each person: all of them or none. */
export function postgresSystem({ columns, statementTimeoutSeconds }: Settings, pool: Pool): System {
  const prepared = columns.map((column) => ({ column, statements: statementsOf(column) }));

  async function change(client: PoolClient, { from, to }: Change): Promise<number> {
    let changed = 0;
    const idsIn = ({ template }: PostgresColumn) => [from, to].map((id) => filled(template, id));
    const run = async (statement: string, values: readonly string[]) => {
      changed += (await client.query(statement, [...values])).rowCount ?? 0;
    };
    for (const { column, statements } of prepared) {
      for (const statement of statements.change) await run(statement, idsIn(column));
    }
    for (const { column, statements } of prepared.toReversed()) {
      for (const statement of statements.clear) await run(statement, idsIn(column));
    }
    return changed;
  }

  /** No row gives way to another unless the database itself says that there can be one of the two only. */
  async function hasKeys(client: PoolClient): Promise<boolean> {
    for (const { statements } of prepared) {
      if (!statements.key) continue;
      const { text, values } = statements.key;
      if ((await client.query(text, [...values])).rowCount === 0) return false;
    }
    return true;
  }

  async function count(client: PoolClient, { wrong }: Change): Promise<number> {
    let remaining = 0;
    for (const { column, statements } of prepared) {
      for (const id of wrong) {
        const { rows } = await client.query(statements.count, [filled(column.template, id)]);
        remaining += Number(rows[0]?.count ?? 0);
      }
    }
    return remaining;
  }

  /** Runs in a transaction, which a dry run takes back. */
  async function inTransaction<Answer>(
    keep: boolean,
    run: (client: PoolClient) => Promise<Answer>,
  ): Promise<Answer> {
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      await client.query("BEGIN");
      const limitMs = statementTimeoutSeconds * 1000;
      await client.query(`SET LOCAL statement_timeout = ${limitMs}`);
      await client.query(`SET LOCAL lock_timeout = ${limitMs}`);
      // References that may wait are checked when all of their sides are changed.
      await client.query("SET CONSTRAINTS ALL DEFERRED");
      const answer = await run(client);
      // What would fail at the end must fail in a dry run, too.
      if (!keep) await client.query("SET CONSTRAINTS ALL IMMEDIATE");
      await client.query(keep ? "COMMIT" : "ROLLBACK");
      return answer;
    } catch (error) {
      // The server takes back what it had; a connection that cannot say so is not used again.
      await client.query("ROLLBACK").catch((cause: Error) => {
        broken = cause;
      });
      throw error;
    } finally {
      client.release(broken);
    }
  }

  return {
    async apply(wanted, { dryRun }) {
      try {
        return await inTransaction<Applied>(!dryRun, async (client) =>
          (await hasKeys(client))
            ? { outcome: "done", changed: await change(client, wanted) }
            : { outcome: "refused", reason: "no-unique-key" },
        );
      } catch (error) {
        return failureOf(error);
      }
    },
    async verify(wanted) {
      try {
        const remaining = await inTransaction(false, (client) => count(client, wanted));
        return { outcome: "counted", remaining };
      } catch (error) {
        return failureOf(error);
      }
    },
  };
}
