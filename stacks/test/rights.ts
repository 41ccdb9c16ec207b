import type { Evaluation } from "./evaluation.ts";
import { all, json, one } from "./stage.ts";

export interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: object;
}

/** Everything that the role of a function may do, from all of its policies. */
export function rightsOf(evaluation: Evaluation, functionName: string): Statement[] {
  const role = one(evaluation, "role", `${functionName}Role`).inputs["name"];
  return all(evaluation, "rolePolicy")
    .filter(({ inputs }) => inputs["role"] === role)
    .flatMap((policy) => (json(policy, "policy") as { Statement: Statement[] }).Statement);
}

/** Which resources a function may use an action on. */
export function resourcesFor(statements: readonly Statement[], action: string): string[] {
  return statements
    .filter(({ Action }) => [Action].flat().includes(action))
    .flatMap(({ Resource }) => Resource);
}

export function actionsOf(statements: readonly Statement[]): string[] {
  return statements.flatMap(({ Action }) => Action);
}
