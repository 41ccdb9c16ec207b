import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { beforeAll, describe, inject, vi } from "vitest";
import { evaluate } from "./evaluate.ts";
import type { Evaluation } from "./evaluation.ts";
import { type StageName, stages } from "./stages.ts";

const evaluations = inject("evaluations");
const reason = "missing" in evaluations ? ` (left out: ${evaluations.missing})` : "";
const known = new Map<StageName, Evaluation>();

/** Tests of what the stacks declare for these stages. Left out where SST's platform is not to be had. */
export function describeStacks(name: string, needs: readonly StageName[], tests: () => void): void {
  describe.skipIf(reason !== "")(`${name}${reason}`, () => {
    beforeAll(async () => {
      // One after the other: each is a process that keeps a core busy.
      for (const stage of needs) if (!known.has(stage)) known.set(stage, await evaluated(stage));
    });
    tests();
  });
}

/** What the stacks declare for a stage that the tests need. */
export function of(stage: StageName): Evaluation {
  const evaluation = known.get(stage);
  if (evaluation) return evaluation;
  throw new Error(`${stage} is not among the stages that these tests need`);
}

type Answer = Evaluation | { readonly error: string };

/** Each stage is evaluated once, by the file that comes first. The others wait. */
async function evaluated(stage: StageName): Promise<Evaluation> {
  if ("missing" in evaluations) throw new Error(evaluations.missing);
  const file = path.join(evaluations.folder, `${stage.replaceAll(" ", "-")}.json`);
  if (await isFirst(file)) {
    const answer: Answer = await evaluate(stages[stage]).catch((error: unknown) => ({
      error: String(error),
    }));
    await writeFile(`${file}.half`, JSON.stringify(answer));
    await rename(`${file}.half`, file);
  }
  await vi.waitUntil(() => existsSync(file), { timeout: 240_000, interval: 100 });
  const answer = JSON.parse(readFileSync(file, "utf8")) as Answer;
  if ("error" in answer) throw new Error(answer.error);
  return answer;
}

/** Making a folder works for one process alone. */
function isFirst(file: string): Promise<boolean> {
  return mkdir(`${file}.taken`).then(
    () => true,
    () => false,
  );
}
