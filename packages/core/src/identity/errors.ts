import { AppError } from "../kernel/errors.ts";
import { parserOf } from "../kernel/parsed.ts";

/** An event says something that cannot be an id. */
export class IdentityInputError extends AppError {
  readonly kind = "invalid";
  readonly code = "identity.input";
}

/** The table did not answer, or not in time. */
export class IdentityStoreError extends AppError {
  readonly kind = "unavailable";
  readonly code = "identity.store";
}

/** @throws IdentityInputError naming the fields, never their values */
export const parsed = parserOf(IdentityInputError, "the event does not name its ids well");

/** A source pool did not answer, or not in time: try again. */
export class SourceUnavailableError extends AppError {
  readonly kind = "unavailable";
  readonly code = "identity.source";
}
