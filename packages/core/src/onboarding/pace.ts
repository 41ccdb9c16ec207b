import type { Clock } from "../kernel/clock.ts";
import type { Mailer } from "./mailer.ts";
import type { OnboardingStore } from "./store.ts";

/** Whether the next mail may go, how long to wait for it, or why none may go for now. */
export type Pace = "go" | { readonly waitMs: number } | { readonly stop: string };

export interface PaceDeps {
  readonly store: Pick<OnboardingStore, "takePlace">;
  readonly mailer: Pick<Mailer, "quota">;
  readonly clock: Clock;
  /** The part of the account's quota that may be used. */
  readonly quotaShare: number;
}

/**
 * Keeps the mails of one region within the account's quota, by the second over all workers and by the day.
 * The quota is asked for once in a run, so that a raised one counts at once.
 */
export async function paceOf(
  region: string,
  { store, mailer, clock, quotaShare }: PaceDeps,
): Promise<() => Promise<Pace>> {
  const quota = await mailer.quota();
  if (!quota) return async () => ({ stop: "quota_unknown" });
  if (!quota.enabled) return async () => ({ stop: "sending_disabled" });
  // At least one a second and one a day: a share of a small quota must not round down to never.
  const perSecond = Math.max(1, Math.floor(quota.perSecond * quotaShare));
  const perDay =
    quota.perDay < 0
      ? Number.POSITIVE_INFINITY
      : Math.max(1, Math.floor(quota.perDay * quotaShare));
  let leftToday = perDay - quota.sentInLastDay;
  return async () => {
    if (leftToday < 1) return { stop: "day_used_up" };
    const now = clock();
    const second = Math.floor(now / 1000);
    if (!(await store.takePlace(region, second, perSecond))) {
      return { waitMs: (second + 1) * 1000 - now };
    }
    leftToday -= 1;
    return "go";
  };
}
