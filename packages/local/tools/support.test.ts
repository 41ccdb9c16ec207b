import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { OPERATIONS } from "../src/cognito/operations.ts";
import { supportOf, supportPage } from "./support.ts";

const PAGE = new URL("../../../docs/local-stage-support.md", import.meta.url);

it("docs/local-stage-support.md says what is played; `npm run docs` writes it", async () => {
  const support = await supportOf();
  const cognito = support.find(({ name }) => name === "Cognito user pools");
  // By another way than asking, or a page of nothing could be right.
  expect(cognito?.played).toEqual([...OPERATIONS.keys()].sort());
  expect(supportPage(support)).toBe(readFileSync(PAGE, "utf8"));
}, 60_000);
