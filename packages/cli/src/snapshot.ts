import { cp, readdir } from "node:fs/promises";
import { formatOf } from "@carryover/local/data/format";
import { openStore } from "@carryover/local/data/store";
import { StageInputError } from "@carryover/local/errors";

/** Copies the state of a stage that is not running. @throws StageInputError, DataInUseError */
export async function saveSnapshot(to: string, { data }: { readonly data: string }): Promise<void> {
  if ((await formatOf(data)) === undefined) {
    throw new StageInputError(`--data ${data}: there is nothing to save`);
  }
  await copyAtRest(data, to);
  console.log(`Saved. \`carryover snapshot load ${to} --data DIRECTORY\` starts from it.`);
}

/** Puts a saved state where a stage can go on from it. @throws StageInputError, DataInUseError */
export async function loadSnapshot(
  from: string,
  { data }: { readonly data: string },
): Promise<void> {
  if ((await formatOf(from)) === undefined) {
    throw new StageInputError(`${from}: there is no snapshot`);
  }
  await copyAtRest(from, data);
  console.log(`Loaded. \`carryover dev --data ${data}\` goes on from it.`);
}

/** Never over what is there, and never under the hands of a stage that writes. */
async function copyAtRest(from: string, to: string): Promise<void> {
  if (!(await isEmpty(to))) throw new StageInputError(`${to}: is not empty; name a new directory`);
  // Whoever has the store open is running.
  const store = await openStore(from);
  await store.close();
  await cp(from, to, { recursive: true });
}

async function isEmpty(directory: string): Promise<boolean> {
  try {
    return (await readdir(directory)).length === 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return true;
    throw new StageInputError(`${directory}: cannot be read`, {}, { cause: error });
  }
}
