import { AsyncLocalStorage } from "node:async_hooks";

/** By key in the store: the value as it is to be kept, or undefined where it is gone. */
type Notes = Map<string, () => unknown>;

const scope = new AsyncLocalStorage<Notes>();

/**
 * Runs something and says afterwards which entries of noted maps it looked at, and may have changed.
 * What runs at the same time has notes of its own, so that neither ends before its changes are seen.
 */
export function noting<Result>(
  run: () => Result,
  then: (notes: ReadonlyMap<string, () => unknown>) => void,
): Result {
  const notes: Notes = new Map();
  let ended = true;
  try {
    const result = scope.run(notes, run);
    if (!(result instanceof Promise)) return result;
    ended = false;
    return result.finally(() => then(notes)) as Result;
  } finally {
    if (ended) then(notes);
  }
}

export interface Noting<Value> {
  /** Where the store keeps the value. Stays the same for as long as the value lives. */
  readonly keyOf: (value: Value, key: string) => string;
  /** The value as the store keeps it: without what can be made anew, and with ids for references. */
  readonly recordOf: (value: Value) => unknown;
  /** Notes what else is changed through the value. */
  readonly also?: (value: Value) => void;
}

/** A map of things that change in place: reading one notes it, because it may be changed through the reference. */
export class NotedMap<Value> extends Map<string, Value> {
  readonly #noting: Noting<Value>;

  constructor(noting: Noting<Value>) {
    super();
    this.#noting = noting;
  }

  /** For a value that was found by another way than its key. */
  note(key: string, value: Value): void {
    const { keyOf, recordOf, also } = this.#noting;
    const notes = scope.getStore();
    if (notes === undefined) return;
    notes.set(keyOf(value, key), () => (super.get(key) === value ? recordOf(value) : undefined));
    also?.(value);
  }

  override get(key: string): Value | undefined {
    const value = super.get(key);
    if (value !== undefined) this.note(key, value);
    return value;
  }

  override set(key: string, value: Value): this {
    super.set(key, value);
    this.note(key, value);
    return this;
  }

  override delete(key: string): boolean {
    const value = super.get(key);
    if (value !== undefined) this.note(key, value);
    return super.delete(key);
  }
}
