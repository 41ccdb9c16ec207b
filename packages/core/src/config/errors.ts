import { AppError } from "../kernel/errors.ts";

/** One thing that is wrong with the configuration. */
export interface ConfigProblem {
  /** Where, as one would write it in code: `sources[0].userPoolId`. */
  readonly field: string;
  readonly problem: string;
}

/** The configuration cannot be used. Its message lists every field at fault. */
export class ConfigError extends AppError {
  readonly kind = "invalid";
  readonly code = "config.invalid";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[], file: string) {
    const lines = problems.map(({ field, problem }) => `  ${field}: ${problem}`);
    super(`${file} is not valid:\n${lines.join("\n")}\nEvery field: docs/configuration.md`, {
      problems: problems.length,
    });
    this.problems = problems;
  }
}
