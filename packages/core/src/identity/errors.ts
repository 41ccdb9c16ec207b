import * as z from "zod/mini";
import { AppError } from "../kernel/errors.ts";

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
export function parsed<Schema extends z.ZodMiniType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const fields = result.error.issues.map(({ path }) => path.join("."));
  throw new IdentityInputError("the event does not name its ids well", {
    fields: fields.join(", "),
  });
}

/** A source pool did not answer, or not in time: try again. */
export class SourceUnavailableError extends AppError {
  readonly kind = "unavailable";
  readonly code = "identity.source";
}
