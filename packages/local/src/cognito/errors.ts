import { AwsError } from "../service.ts";
import type { Factor } from "./state.ts";

// Texts are those of the live service: facts/cognito.md 3.4, matched by many deployed clients.

export function notAuthorized(message = "Incorrect username or password."): AwsError {
  return new AwsError("NotAuthorizedException", message);
}

export function invalidParameter(message: string): AwsError {
  return new AwsError("InvalidParameterException", message);
}

export function userNotFound(message = "User does not exist."): AwsError {
  return new AwsError("UserNotFoundException", message);
}

export function resourceNotFound(message: string): AwsError {
  return new AwsError("ResourceNotFoundException", message);
}

export function usernameExists(message = "User already exists"): AwsError {
  return new AwsError("UsernameExistsException", message);
}

export function aliasExists(attribute: string): AwsError {
  const what = attribute === "phone_number" ? "phone number" : attribute;
  return new AwsError("AliasExistsException", `An account with the ${what} already exists.`);
}

export function codeMismatch(): AwsError {
  return new AwsError(
    "CodeMismatchException",
    "Invalid verification code provided, please try again.",
  );
}

/** A wrong code of a second factor: texts that many apps have met (amplify-js issues 3066, 11069). */
export function wrongFactorCode(factor: Factor): AwsError {
  return new AwsError(
    "CodeMismatchException",
    factor === "SOFTWARE_TOKEN_MFA"
      ? "Invalid code received for user"
      : "Invalid code or auth state for the user.",
  );
}

export function softwareTokenMissing(message: string): AwsError {
  return new AwsError("SoftwareTokenMFANotFoundException", message);
}

export function expiredCode(): AwsError {
  return new AwsError(
    "ExpiredCodeException",
    "Invalid code provided, please request a code again.",
  );
}

export function limitExceeded(): AwsError {
  return new AwsError(
    "LimitExceededException",
    "Attempt limit exceeded, please try after some time.",
  );
}

export function userNotConfirmed(): AwsError {
  return new AwsError("UserNotConfirmedException", "User is not confirmed.");
}

export function passwordResetRequired(): AwsError {
  return new AwsError("PasswordResetRequiredException", "Password reset required for the user");
}
