import type { Attributes } from "../config/schema.ts";
import type { NewAccount, OldAccount } from "../identity/schema.ts";
import type { PoolId, Region, Sub, UserId } from "../kernel/ids.ts";
import type { PoolUser } from "../migration/source.ts";

/** Every port @throws an AppError of kind `unavailable` when what is behind it does not answer. */

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Where the next page starts; undefined after the last. */
  readonly cursor: string | undefined;
}

/** A new pool, to be walked through. */
export interface NewPool {
  readonly poolId: PoolId;
  readonly region: Region;
  /** At most sixty users. @throws CursorExpiredError */
  page(cursor: string | undefined): Promise<Page<PoolUser>>;
  /** About how many there are. */
  count(): Promise<number | undefined>;
  /** By sub alone. */
  find(sub: Sub): Promise<PoolUser | undefined>;
}

export interface SourceReader {
  readonly region: Region;
  /** By sub alone. */
  find(sub: Sub): Promise<PoolUser | undefined>;
}

/** The new accounts that the identity service knows, to be walked through. */
export interface LinkedAccounts {
  page(cursor: string | undefined): Promise<Page<NewAccount & { readonly userId: UserId }>>;
}

/** An old and a new account of a person, both known to the identity service. */
export interface Pair {
  readonly userId: UserId;
  readonly old: OldAccount;
  readonly new: NewAccount;
}

/** What a service has to have done with each pair that was announced. */
export interface PairCheck {
  readonly kind: "groups-missing" | "downstream-missing" | "mail-missing";
  /** What is missing, by name; empty when nothing is. */
  missing(pair: Pair): Promise<readonly string[]>;
}

/** What the mapping makes of a source's attributes. */
export type MapAttributes = (
  attributes: Attributes,
  of: { readonly sourceId: string; readonly sub: string; readonly userId: string },
) => Attributes;
