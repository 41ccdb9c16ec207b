import { writeFile } from "node:fs/promises";
import type { EvaluationInput } from "./evaluation.ts";
import { evaluateStacks } from "./program.ts";

// The child process of evaluate.ts: what to evaluate, and the file for the answer.
const [, , input = "", answer = ""] = process.argv;
// Pulumi keeps a stack trace of each promise, and source-map-support maps every one of them: half of the time.
Reflect.deleteProperty(Error, "prepareStackTrace");
const evaluation = await evaluateStacks(JSON.parse(input) as EvaluationInput);
await writeFile(answer, JSON.stringify(evaluation));
process.exit(0);
