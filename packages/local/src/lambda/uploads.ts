import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { unzipSync } from "fflate";

/** Code that came over the wire, not from this repository. */
export interface Uploads {
  /** Unpacks a zip file into a folder of its own. @throws Error it is none, or holds a path that leaves it */
  unpack(zip: Uint8Array): string;
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
      return folder;
    },
    stop: () => {
      for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
    },
  };
}
