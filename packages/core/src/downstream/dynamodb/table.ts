import type { ItemAttributes } from "../../config/downstream-schema.ts";

/** A value in DynamoDB's own form: `{ S: "…" }`. Nothing that is moved is converted, so nothing is lost. */
export type Value = object;
export type Image = Readonly<Record<string, Value>>;

/** How items of a person are found. */
export type Path =
  | { readonly by: "table" | "scan" }
  | { readonly by: "index"; readonly index: string };

/** `changed`: somebody else wrote in between, and nothing was done: read again. */
export type WriteOutcome = "written" | "changed";

/** An item as it was read, and attributes that it was seen to lack. */
export interface Seen {
  readonly image: Image;
  readonly absent: readonly string[];
}

/**
 * A table of another team. Reads of single items are consistent; each write happens only if what was read is
 * still so. Every call @throws TableError
 */
export interface RekeyTable {
  /** The keys of a page of items that may carry the id, and where the next page starts. */
  page(
    path: Path,
    id: string,
    cursor: Image | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly keys: readonly Image[]; readonly cursor: Image | undefined }>;
  find(key: Image, signal: AbortSignal): Promise<Image | undefined>;
  /** Sets attributes that are no part of the table's key, in place. */
  set(image: Image, attributes: Image, signal: AbortSignal): Promise<WriteOutcome>;
  /** One transaction: `next` is there and `old` is not, or nothing happened. Takes the place of `existing` only. */
  move(
    old: Seen,
    next: Image,
    existing: Seen | undefined,
    signal: AbortSignal,
  ): Promise<WriteOutcome>;
  toAttributes(image: Image): ItemAttributes;
  fromAttributes(attributes: ItemAttributes): Image;
}
