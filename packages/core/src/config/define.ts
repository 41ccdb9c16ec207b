import type { AttributeTransform, MigrationInput } from "./schema.ts";

/** What `carryover.config.ts` exports: stated, and checked by whoever uses it (`resolveMigration`). */
export interface Migration {
  readonly input: MigrationInput;
}

/**
 * States what to migrate. The compiler checks the form here; `resolveMigration` checks everything else
 * before a stage, local or deployed, makes anything. Not here, because the file is bundled into a trigger
 * for its `attributes.transform`, and the schema would come along (docs/decisions/0004).
 */
export function defineMigration(input: MigrationInput): Migration {
  return { input };
}

/** The fields of one stage: its override replaces top-level fields as a whole. Nothing is checked or filled in. */
export function inStage(
  { stages = {}, ...base }: MigrationInput,
  stage: string,
): Omit<MigrationInput, "stages"> {
  return { ...base, ...(Object.hasOwn(stages, stage) && stages[stage]) };
}

/** The stage's own code, the one thing of the file that cannot be linked to a function as data. */
export function transformOf({ input }: Migration, stage: string): AttributeTransform | undefined {
  return inStage(input, stage).attributes?.transform;
}
