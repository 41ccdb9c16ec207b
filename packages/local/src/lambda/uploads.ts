import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type UnzipFileInfo, unzipSync } from "fflate";
import type { BundleRequest } from "./bundle.ts";

/** What Lambda's Node runtimes bring along: the AWS SDK, here that of this repository. */
const RUNTIME_MODULES = fileURLToPath(new URL("../../../../node_modules", import.meta.url));

/** Source: Lambda DG, "Lambda quotas": a deployment package, unzipped. */
export const MOST_UNZIPPED_BYTES = 250 * 1024 * 1024;

/** The code is larger than Lambda takes, however small its zip file is. */
export class CodeSizeError extends Error {}

/** Uploaded code, as the host takes it. */
export interface Uploaded extends Pick<BundleRequest, "root" | "nodePaths" | "replace"> {
  readonly zip: Uint8Array;
}

/** Code that came over the wire, not from this repository. */
export interface Uploads {
  /** Unpacks a zip file into a folder of its own. @throws CodeSizeError; Error it is none, or holds a path that leaves it */
  unpack(zip: Uint8Array): Uploaded;
  /** Deletes what was unpacked. */
  stop(): void;
}

export function createUploads(): Uploads {
  const folders: string[] = [];
  return {
    unpack: (zip) => {
      let bytes = 0;
      const fits = ({ size, originalSize }: UnzipFileInfo) => {
        bytes += Math.max(size, originalSize);
        // Before anything is unpacked: a few megabytes of zip file can hold what no memory can.
        if (bytes >= MOST_UNZIPPED_BYTES) throw new CodeSizeError();
        return true;
      };
      const files = Object.entries(unzipSync(zip, { filter: fits }));
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
