import { AppError } from "../kernel/errors.ts";

/** A pool or the groups table did not answer: try again. */
export class GroupsUnavailableError extends AppError {
  readonly kind = "unavailable";
  readonly code = "groups.unavailable";
}

/** The new user is not there yet, or any more. */
export class GroupsUserMissingError extends AppError {
  readonly kind = "missing";
  readonly code = "groups.user-missing";
}

/** The pools do not say of both accounts that they are the event's user's: nobody gets groups by it. */
export class GroupsUserConflictError extends AppError {
  readonly kind = "conflict";
  readonly code = "groups.user-conflict";
}

/** The event names a pool that is neither a source nor a new pool. */
export class GroupsPoolUnknownError extends AppError {
  readonly kind = "conflict";
  readonly code = "groups.pool-unknown";
}
