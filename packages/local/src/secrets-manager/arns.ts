import { randomInt } from "node:crypto";
import type { Place } from "../json-service.ts";
import { AwsError } from "../service.ts";

const NAME = /^[\w/+=.@!-]{1,512}$/;

export function arnOf({ account, region }: Place, name: string): string {
  return `arn:aws:secretsmanager:${region}:${account}:secret:${name}-${suffix()}`;
}

/** The six characters at the end of a secret's ARN. */
function suffix(): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  return Array.from({ length: 6 }, () => letters[randomInt(letters.length)]).join("");
}

/** Source: LocalStack's services/secretsmanager/provider.py, and what users of ECS report. @throws AwsError */
export function nameable(name: string): void {
  if (NAME.test(name)) return;
  throw new AwsError(
    "ValidationException",
    "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
  );
}
