import type { DynamodbTable } from "../../config/downstream-schema.ts";
import { replaced } from "../template.ts";
import { TableError } from "./errors.ts";
import type { Image, RekeyTable, Seen } from "./table.ts";

/** Somebody who writes an item all the time must not keep a person waiting for ever. */
const TRIES = 5;

export type ItemOutcome =
  /** It does not carry the id, or is gone. */
  | "nothing"
  | "changed"
  /** The new key is taken, and the policy is to ask a person. */
  | "conflict";

export interface Rekey {
  readonly table: RekeyTable;
  readonly settings: DynamodbTable;
  readonly from: string;
  readonly to: string;
  readonly dryRun: boolean;
  /** Attributes that items of the table were seen to have. */
  readonly known: Set<string>;
  readonly signal: AbortSignal;
}

/**
 * Brings one item to the new id. At any moment it is under one of its two keys. Safe to repeat.
 * @throws TableError
 */
export async function rekeyItem(rekey: Rekey, key: Image): Promise<ItemOutcome> {
  const { table, signal } = rekey;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const image = await table.find(key, signal);
    if (!image) return "nothing";
    note(rekey, image);
    const outcome = await tryOnce(rekey, image);
    if (outcome !== "again") return outcome;
  }
  throw new TableError("item-keeps-changing", true);
}

/** Whether an item carries an id at any of the declared places. */
export function carries({ places }: DynamodbTable, image: Image, id: string): boolean {
  return Object.entries(places).some(
    ([attribute, template]) => replaced(template, textOf(image[attribute]), id, id) !== undefined,
  );
}

async function tryOnce(rekey: Rekey, image: Image): Promise<ItemOutcome | "again"> {
  const { table, settings, dryRun, signal } = rekey;
  const changes = changesOf(rekey, image);
  if (Object.keys(changes).length === 0) return "nothing";
  const { partition, sort } = settings.key;
  const isMove = partition in changes || (sort !== undefined && sort in changes);
  if (!isMove) {
    if (dryRun) return "changed";
    return (await table.set(image, changes, signal)) === "written" ? "changed" : "again";
  }
  const moved = { ...image, ...changes };
  const existing = await table.find(keyOf(settings, moved), signal);
  if (existing) note(rekey, existing);
  const next = existing ? resolved(rekey, moved, existing) : moved;
  if (next === "conflict") return "conflict";
  if (dryRun) return "changed";
  const outcome = await table.move(
    seen(rekey, image),
    next,
    existing && seen(rekey, existing),
    signal,
  );
  return outcome === "written" ? "changed" : "again";
}

/** The attributes that carry the old id, as they are to be. */
function changesOf({ settings, from, to }: Rekey, image: Image): Image {
  const changes = Object.entries(settings.places).flatMap(([attribute, template]) => {
    const text = replaced(template, textOf(image[attribute]), from, to);
    return text === undefined ? [] : [[attribute, { S: text }] as const];
  });
  return Object.fromEntries(changes);
}

/** What stands under the new key afterwards. The item that the person made there is never lost by accident. */
function resolved({ table, settings }: Rekey, moved: Image, existing: Image): Image | "conflict" {
  const { onConflict } = settings;
  if (onConflict === "stop") return "conflict";
  if (onConflict === "keep") return existing;
  if (onConflict === "replace") return moved;
  const merged = onConflict(table.toAttributes(moved), table.toAttributes(existing));
  // The key is what it is, whatever the function says.
  return { ...table.fromAttributes(merged), ...keyOf(settings, moved) };
}

export function keyOf({ key: { partition, sort } }: DynamodbTable, image: Image): Image {
  const names = sort === undefined ? [partition] : [partition, sort];
  return Object.fromEntries(
    names.map((name) => {
      const value = image[name];
      if (value === undefined) throw new TableError("key-not-as-configured", false);
      return [name, value];
    }),
  );
}

function note({ known }: Rekey, image: Image): void {
  for (const name of Object.keys(image)) known.add(name);
}

function seen({ known, settings }: Rekey, image: Image): Seen {
  const names = new Set([...known, ...settings.optionalAttributes]);
  return { image, absent: [...names].filter((name) => !(name in image)) };
}

function textOf(value: object | undefined): unknown {
  return value && "S" in value ? value.S : undefined;
}
