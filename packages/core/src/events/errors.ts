import { AppError } from "../kernel/errors.ts";

/** Neither the bus nor, where there is one, the fallback queue took every event. */
export class PublishError extends AppError {
  readonly kind = "unavailable";
  readonly code = "events.unpublished";
}
