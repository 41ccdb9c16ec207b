import * as z from "zod/mini";
import { AppError } from "../kernel/errors.ts";

/** A request or an event that is not well formed. */
export class PlacementInputError extends AppError {
  readonly kind = "invalid";
  readonly code = "placement.input";
}

/** Nobody is known by that user ID, or there is no such cohort. */
export class NotPlacedError extends AppError {
  readonly kind = "missing";
  readonly code = "placement.not-placed";
}

/** The table or a pool did not answer, or not in time. */
export class PlacementUnavailableError extends AppError {
  readonly kind = "unavailable";
  readonly code = "placement.unavailable";
}

/** @throws PlacementInputError naming the fields, never their values */
export function parsed<Schema extends z.ZodMiniType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const fields = result.error.issues.map(
    ({ path, message }) => `${path.join(".") || "body"}: ${message}`,
  );
  throw new PlacementInputError("the input is not well formed", { fields: fields.join("; ") });
}
