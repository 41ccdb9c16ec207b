import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { unzipSync } from "fflate";
import type { BundleRequest } from "./bundle.ts";

/** What Lambda's Node runtimes bring along: the AWS SDK, here that of this repository. */
const RUNTIME_MODULES = fileURLToPath(new URL("../../../../node_modules", import.meta.url));

/** Uploaded code, as the host takes it. */
export interface Uploaded extends Pick<BundleRequest, "root" | "nodePaths" | "replace"> {
  readonly zip: Uint8Array;
}

/** Code that came over the wire, not from this repository. */
export interface Uploads {
  /** Unpacks a zip file into a folder of its own. @throws Error it is none, or holds a path that leaves it */
  unpack(zip: Uint8Array): Uploaded;
  /** Deletes what was unpacked. */
  stop(): void;
}

export function createUploads(): Uploads {
  const folders: string[] = [];
  return {
    unpack: (zip) => {
      const files = Object.entries(unzipSync(zip));
      const folder = mkdtempSync(join(tmpdir(), "carryover-upload-"));
      folders.push(folder);
      for (const [name, content] of files) {
        const path = join(folder, name);
        if (relative(folder, path).startsWith("..")) throw new Error("a path leaves the zip file");
        if (name.endsWith("/")) continue;
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, content);
      }
      return { zip, root: folder, nodePaths: [RUNTIME_MODULES], replace: {} };
    },
    stop: () => {
      for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
    },
  };
}
