import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import { Level } from "level";
import { DataInUseError, StageInputError } from "../errors.ts";

/** Keeps values under keys on the disk. Whatever is put is written by the next `flush`, all of it or nothing. */
export interface Store {
  /** A value as `structuredClone` takes it; of the same key the last one counts. */
  put(key: string, value: unknown): void;
  remove(key: string): void;
  get(key: string): Promise<unknown>;
  /** What is kept below a prefix, in the order of the keys. */
  entries(prefix: string): AsyncIterable<readonly [key: string, value: unknown]>;
  /** Resolves once all that was put before is with the operating system: a killed process has not lost it. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** A folder of a data directory that one service has for itself. */
export function dataFolder(directory: string, ...names: readonly string[]): string {
  return join(directory, ...names);
}

/**
 * Opens the store of a data directory, which it makes if need be.
 * @throws DataInUseError when another stage has it, StageInputError when it cannot be used
 */
export async function openStore(directory: string): Promise<Store> {
  const db = new Level<string, Buffer>(dataFolder(directory, "state"), {
    valueEncoding: "buffer",
  });
  try {
    await mkdir(directory, { recursive: true });
    await db.open();
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    if (cause?.code === "LEVEL_LOCKED") throw new DataInUseError(directory, { cause: error });
    throw new StageInputError(`--data ${directory}: cannot be used`, {}, { cause: error });
  }

  // Undefined: to be deleted.
  let pending = new Map<string, Buffer | undefined>();
  /** What was last put under each key since the store was opened. */
  const digests = new Map<string, string>();
  let writing: Promise<void> = Promise.resolve();
  const write = async (): Promise<void> => {
    const changes = pending;
    pending = new Map();
    if (changes.size === 0) return;
    await db.batch(
      [...changes].map(([key, value]) =>
        value === undefined ? { type: "del" as const, key } : { type: "put" as const, key, value },
      ),
    );
  };
  const flush = (): Promise<void> => {
    // One write at a time, so that an older value never comes after a newer one.
    if (pending.size > 0) writing = writing.then(write);
    return writing;
  };
  return {
    put: (key, value) => {
      const bytes = serialize(value);
      const digest = createHash("sha1").update(bytes).digest("base64");
      // Most calls look at things without changing them.
      if (digests.get(key) === digest) return;
      digests.set(key, digest);
      pending.set(key, bytes);
    },
    remove: (key) => {
      digests.delete(key);
      pending.set(key, undefined);
    },
    get: async (key) => {
      const value = await db.get(key);
      return value === undefined ? undefined : (deserialize(value) as unknown);
    },
    entries: async function* (prefix) {
      for await (const [key, value] of db.iterator({ gte: prefix, lt: `${prefix}\uffff` })) {
        yield [key, deserialize(value) as unknown];
      }
    },
    flush,
    close: async () => {
      await flush();
      await db.close();
    },
  };
}
