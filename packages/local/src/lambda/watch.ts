import { watch } from "chokidar";
import type { LambdaHost, Reloaded } from "./host.ts";

/** Editors write a file in several steps, and a checkout writes many. */
const SETTLE_MS = 50;

/**
 * Reloads handlers whenever a file that they are made of changes. Answers a function that ends it.
 * A file that becomes part of a handler by a change is watched from then on.
 */
export async function watchHandlers(
  host: Pick<LambdaHost, "sources" | "reload">,
  onReload: (reloaded: Reloaded) => void,
): Promise<() => Promise<void>> {
  const watcher = watch([...(await host.sources())], { ignoreInitial: true });
  let changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let reloading: Promise<void> = Promise.resolve();

  const reload = async () => {
    const files = changed;
    changed = new Set();
    const reloaded = await host.reload(files);
    watcher.add([...(await host.sources())]);
    if (reloaded.functions.length > 0 || reloaded.problems.length > 0) onReload(reloaded);
  };
  watcher.on("all", (_kind, file) => {
    changed.add(file);
    clearTimeout(timer);
    timer = setTimeout(() => {
      reloading = reloading.then(reload);
    }, SETTLE_MS);
  });
  await new Promise<void>((resolve) => {
    watcher.once("ready", resolve);
  });
  return async () => {
    clearTimeout(timer);
    await watcher.close();
    await reloading;
  };
}
