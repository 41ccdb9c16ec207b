import * as z from "zod/mini";
import { Sub } from "../kernel/ids.ts";
import type { PoolUser, SearchableSource } from "../migration/source.ts";
import { SourceUnavailableError } from "./errors.ts";
import type { SourceDirectory } from "./merge.ts";
import type { SourceAccount } from "./same-person.ts";

/** One call to a source. Nobody waits for it, but the function's own time is bounded. */
const CALL_MS = 4000;

/** The source pools as merging asks them. */
export function sourceDirectory(pools: readonly SearchableSource[]): SourceDirectory {
  const poolOf = (sourceId: string) => {
    const pool = pools.find(({ id }) => id === sourceId);
    if (pool) return pool;
    throw new SourceUnavailableError("the source is not configured", { sourceId });
  };
  return {
    async findBySub(sourceId, sub) {
      const answer = await poolOf(sourceId).getUser(sub, AbortSignal.timeout(CALL_MS));
      if (answer.outcome === "unavailable") throw unavailable(sourceId, answer.reason);
      if (answer.outcome !== "found") return undefined;
      const account = accountOf(answer.user);
      // AdminGetUser takes usernames too, and a username can look like somebody else's sub.
      return account?.sub === sub ? account : undefined;
    },
    async findByContact(sourceId, contact, value) {
      const pool = poolOf(sourceId);
      const answer = await pool.findByContact(contact, value, AbortSignal.timeout(CALL_MS));
      if (answer.outcome === "unavailable") throw unavailable(sourceId, answer.reason);
      return answer.users.flatMap((user) => accountOf(user) ?? []);
    },
  };
}

function accountOf({ sub, attributes }: PoolUser): SourceAccount | undefined {
  const parsed = z.safeParse(Sub, sub);
  return parsed.success ? { sub: parsed.data, attributes } : undefined;
}

function unavailable(sourceId: string, reason: string): SourceUnavailableError {
  return new SourceUnavailableError("a source did not answer", { sourceId, reason });
}
