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

/** There is no such review. */
export class ReviewMissingError extends AppError {
  readonly kind = "missing";
  readonly code = "identity.review-missing";
}

/** It is decided otherwise already, or the account is somebody's by now. */
export class ReviewConflictError extends AppError {
  readonly kind = "conflict";
  readonly code = "identity.review-conflict";
}

/** @throws IdentityInputError naming the fields, never their values */
export const parsed = parserOf(IdentityInputError, "the ids are not well formed");

/** A source pool did not answer, or not in time: try again. */
export class SourceUnavailableError extends AppError {
  readonly kind = "unavailable";
  readonly code = "identity.source";
}
