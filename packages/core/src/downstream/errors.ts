import { AppError } from "../kernel/errors.ts";

/** The table did not answer, or not in time. */
export class DownstreamStoreError extends AppError {
  readonly kind = "unavailable";
  readonly code = "downstream.store";
}

/** A queue did not take every message. */
export class DownstreamQueueError extends AppError {
  readonly kind = "unavailable";
  readonly code = "downstream.queue";
}

/** Somebody else wrote in between: the message is received again and finds what they wrote. */
export class DownstreamRaceError extends AppError {
  readonly kind = "unavailable";
  readonly code = "downstream.race";
}

/** A message or command that makes no sense. */
export class DownstreamInputError extends AppError {
  readonly kind = "invalid";
  readonly code = "downstream.input";
}

/** There is no such system, user or queue. */
export class DownstreamMissingError extends AppError {
  readonly kind = "missing";
  readonly code = "downstream.missing";
}
