import type { Run } from "@carryover/core/reconcile/schema";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { watch } from "./reconcile.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it("says once that nobody has taken the order, and goes on waiting", async () => {
  const said = vi.spyOn(console, "error").mockReturnValue();
  const at = "2026-11-23T00:00:00.000Z";
  const times = { startedAt: at, updatedAt: at };
  const done: Run = { runId: "run", repair: false, kinds: [], steps: [], version: 1, ...times };
  let found: Run | undefined;
  const watched = watch({ find: async () => found }, "run");

  await vi.advanceTimersByTimeAsync(50_000);
  expect(said).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(300_000);
  expect(said).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("--queue"));

  found = done;
  await vi.advanceTimersByTimeAsync(1000);
  await expect(watched).resolves.toBe(done);
});
