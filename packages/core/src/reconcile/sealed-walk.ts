import { seal, unseal } from "../placement/seal.ts";
import { CursorExpiredError } from "./errors.ts";
import type { NewPool } from "./ports.ts";

/**
 * The same pool with pages that start at a sealed text: what Cognito's tokens say is not documented, it may be who is there, and
 * a run is kept in the home region. A text that was not sealed under this key starts the walk anew.
 */
export function sealedWalk(pool: NewPool, stageKey: Uint8Array): NewPool {
  const opened = (cursor: string): string => {
    try {
      return unseal(stageKey, cursor);
    } catch {
      throw new CursorExpiredError("the page was noted under another key", { poolId: pool.poolId });
    }
  };
  return {
    ...pool,
    async page(cursor) {
      const { items, cursor: next } = await pool.page(
        cursor === undefined ? undefined : opened(cursor),
      );
      return { items, cursor: next === undefined ? undefined : seal(stageKey, next) };
    },
  };
}
