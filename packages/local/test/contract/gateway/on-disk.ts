import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { openStore, type Store } from "../../../src/data/store.ts";
import { type Services, startServices } from "../../../src/services.ts";

const REGION = "us-east-1";

/** Services for all tests of a file that keep what they are given on the disk, so that they can be started again on it. */
export function servicesOnDisk() {
  let directory: string;
  let services: Services;
  const unsaved = new Set<string>();
  const start = async () => {
    const store = observed(await openStore(directory), unsaved);
    services = await startServices({
      port: 0,
      homeRegion: REGION,
      data: { store, tables: (region) => join(directory, "tables", region) },
    });
  };
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "carryover-on-disk-"));
    await start();
  });
  afterAll(async () => {
    await services.stop();
    await rm(directory, { recursive: true });
  });
  return {
    clock: { advance: (ms: number) => services.clock.advance(ms) },
    endpoint: () => services.endpoint,
    /** Keys of what a stage that is killed now would lose. */
    unsaved: () => [...unsaved],
    /** What a client takes; its port changes with each restart. */
    config: (region = REGION, accessKeyId = "local") => ({
      endpoint: services.endpoint,
      region,
      credentials: { accessKeyId, secretAccessKey: "x" },
      maxAttempts: 1,
    }),
    restarted: async () => {
      await services.stop();
      await start();
    },
  };
}

function observed(store: Store, unsaved: Set<string>): Store {
  return {
    ...store,
    put: (key, value) => {
      unsaved.add(key);
      store.put(key, value);
    },
    remove: (key) => {
      unsaved.add(key);
      store.remove(key);
    },
    flush: async () => {
      const saved = [...unsaved];
      await store.flush();
      for (const key of saved) unsaved.delete(key);
    },
  };
}
