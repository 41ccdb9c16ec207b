import { AppError } from "../../kernel/errors.ts";

/** A table did not do what it was asked to. */
export class TableError extends AppError {
  readonly kind = "unavailable";
  readonly code = "downstream.table";
  /** Whether the same again can go well. */
  readonly retryable: boolean;
  /** A short code. */
  readonly reason: string;

  constructor(reason: string, retryable: boolean, options?: ErrorOptions) {
    super(`the table did not do it: ${reason}`, { reason }, options);
    this.reason = reason;
    this.retryable = retryable;
  }
}
