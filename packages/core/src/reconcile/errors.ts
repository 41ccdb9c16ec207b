import { AppError } from "../kernel/errors.ts";

/** A pool or a table did not answer: the page is tried again. */
export class ReconcileUnavailableError extends AppError {
  readonly kind = "unavailable";
  readonly code = "reconcile.unavailable";
}

/** There is no such run. */
export class RunMissingError extends AppError {
  readonly kind = "missing";
  readonly code = "reconcile.run-missing";
}

/** Where a walk had stopped is not known any more: it has to start anew. */
export class CursorExpiredError extends AppError {
  readonly kind = "conflict";
  readonly code = "reconcile.cursor-expired";
}
