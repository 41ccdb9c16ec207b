import { AppError } from "@carryover/core/kernel/errors";

/** A file or an option that the stage was given cannot be used. The message says which, and where in it. */
export class StageInputError extends AppError {
  readonly kind = "invalid";
  readonly code = "local.input";
}

/** Another stage keeps its state in the same directory. */
export class DataInUseError extends AppError {
  readonly kind = "conflict";
  readonly code = "local.data-in-use";

  constructor(directory: string, options?: ErrorOptions) {
    super(
      `--data ${directory}: another stage uses it; stop that one, or name another directory`,
      {},
      options,
    );
  }
}

/** Something else listens on the port. */
export class PortTakenError extends AppError {
  readonly kind = "conflict";
  readonly code = "local.port-taken";

  constructor(port: number, options?: ErrorOptions) {
    super(`port ${port} is taken: choose another with --port, or 0 for any`, { port }, options);
  }
}
