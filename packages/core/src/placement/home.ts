import type { PoolId, Region, Sub, UserId } from "../kernel/ids.ts";
import type { LedgerFact } from "./entry.ts";

/** Where a user lives, as far as a sign-in needs it: the last entry of the ledger, without how it came to be. */
export interface Home {
  readonly fact: LedgerFact;
  readonly home: Region;
  readonly account?:
    | { readonly region: Region; readonly poolId: PoolId; readonly sub: Sub }
    | undefined;
  readonly movingTo?: Region | undefined;
  readonly copies: readonly { readonly region: Region }[];
}

/** Whose a login is, and where somebody is expected who has not signed in yet. */
export interface DirectoryEntry {
  readonly userId: UserId;
  readonly expectedAt?: Region | undefined;
}

/** A region's new pool, for those who cannot be linked to it. */
export interface PoolOfRegion {
  readonly region: Region;
  readonly userPoolId: PoolId;
  readonly clientId: string;
  /** The app client by which the other regions take users over. Nobody signs in with it. */
  readonly moveClientId: string;
}

/** What is read when somebody signs in. Every call @throws the SDK's exceptions. Strongly consistent, one item each. */
export interface Directory {
  findLogin(key: string): Promise<DirectoryEntry | undefined>;
  homeOf(userId: UserId): Promise<Home | undefined>;
  /** @throws Error when there is none */
  poolIn(region: string): Promise<PoolOfRegion>;
  /** Notes where somebody who proved a login lives, unless the login is somebody's already. */
  expect(key: string, userId: string, region: Region): Promise<void>;
}

/** Whether an operator took the user out of the directory. Receipts of old copies may follow that entry. */
export function isForgotten({ account }: { readonly account?: object | undefined }): boolean {
  return account === undefined;
}

/** Where a sign-in has to happen. A copy that still stands where the user is to move has to go first. */
export function signInRegion({
  home,
  movingTo,
  copies,
}: Pick<Home, "home" | "movingTo" | "copies">): Region {
  if (movingTo === undefined || copies.some(({ region }) => region === movingTo)) return home;
  return movingTo;
}
