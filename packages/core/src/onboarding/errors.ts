import { AppError } from "../kernel/errors.ts";
import { parserOf } from "../kernel/parsed.ts";

/** An event or a report of SES says something that cannot be an id. */
export class OnboardingInputError extends AppError {
  readonly kind = "invalid";
  readonly code = "onboarding.input";
}

/** The service has heard nothing of that person. */
export class OnboardingMissingError extends AppError {
  readonly kind = "missing";
  readonly code = "onboarding.missing";
}

/** The table did not answer, or not in time. */
export class OnboardingStoreError extends AppError {
  readonly kind = "unavailable";
  readonly code = "onboarding.store";
}

/** @throws OnboardingInputError naming the fields, never their values */
export const parsed = parserOf(OnboardingInputError, "not well formed");
