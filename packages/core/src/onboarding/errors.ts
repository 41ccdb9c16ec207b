import * as z from "zod/mini";
import { AppError } from "../kernel/errors.ts";

/** An event or a report of SES says something that cannot be an id. */
export class OnboardingInputError extends AppError {
  readonly kind = "invalid";
  readonly code = "onboarding.input";
}

/** The table did not answer, or not in time. */
export class OnboardingStoreError extends AppError {
  readonly kind = "unavailable";
  readonly code = "onboarding.store";
}

/** @throws OnboardingInputError naming the fields, never their values */
export function parsed<Schema extends z.ZodMiniType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const fields = result.error.issues.map(({ path }) => path.join(".")).join(", ");
  throw new OnboardingInputError("it does not name its ids well", { fields });
}
