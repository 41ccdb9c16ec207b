import { writeFileSync } from "node:fs";
import { supportOf, supportPage } from "./support.ts";

/** `npm run docs`: writes what the local stage plays. */
writeFileSync(
  new URL("../../../docs/local-stage-support.md", import.meta.url),
  supportPage(await supportOf()),
);
