import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { StageInputError } from "../errors.ts";
import { formatOf, migrate, newFormat } from "./format.ts";
import { dataFolder, openStore, type Store } from "./store.ts";

/** What a stage settled by chance, and has to settle the same way when it starts again. */
export interface Kept {
  /** The value of an earlier start, or the one that is made now. */
  once<Value>(name: string, make: () => Value | Promise<Value>): Promise<Value>;
}

/** For a stage that keeps nothing. */
const keepsNothing: Kept = { once: async (_name, make) => make() };

const STAGE = "stage/";
const STARTED = "stage/started";

/** @param store undefined for a stage that keeps nothing */
export function keptIn(store: Store | undefined): Kept {
  if (!store) return keepsNothing;
  return {
    once: async <Value>(name: string, make: () => Value | Promise<Value>) => {
      const before = await store.get(STAGE + name);
      if (before !== undefined) return before as Value;
      const made = await make();
      store.put(STAGE + name, made);
      return made;
    },
  };
}

/**
 * Opens a data directory for a stage that is set up as `setUp` says. What a start left that did not get to its end
 * is thrown away, and records of an earlier version are brought up to this one's.
 * @throws StageInputError when the directory is of another set-up, or of a version that is too old or too new;
 * DataInUseError
 */
export async function openData(directory: string, setUp: object): Promise<Store> {
  const format = await formatOf(directory);
  if (format === undefined) await newFormat(directory);
  let store = await openStore(directory);
  if (format !== undefined) await migrate(directory, { store, format });
  const started = await store.get(STARTED);
  if (started === undefined) {
    await store.close();
    for (const part of ["state", "tables"]) {
      await rm(dataFolder(directory, part), { recursive: true, force: true });
    }
    store = await openStore(directory);
  } else if (started !== fingerprint(setUp)) {
    await store.close();
    throw new StageInputError(
      `--data ${directory}: was made with another configuration or other services. Start it with those, or name an empty directory`,
    );
  }
  return store;
}

/** From now on the directory is one to start from again. */
export async function startedWell(store: Store, setUp: object): Promise<void> {
  store.put(STARTED, fingerprint(setUp));
  await store.flush();
}

function fingerprint(setUp: object): string {
  return createHash("sha256").update(JSON.stringify(setUp)).digest("hex");
}
