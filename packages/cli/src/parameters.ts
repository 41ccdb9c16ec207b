import { DRIFT_KINDS, DriftKind } from "@carryover/core/reconcile/schema";
import { InvalidArgumentError } from "commander";

/** `20` as an option takes it. */
export function count(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 0) return number;
  throw new InvalidArgumentError("must be a number, 0 or more.");
}

/** A queue as SQS names it to those who send. */
export function queueUrl(value: string): string {
  if (URL.canParse(value)) return value;
  throw new InvalidArgumentError("must be the URL of a queue: https://sqs.….amazonaws.com/….");
}

/** A TCP port; 0 is any free one. */
export function port(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 0 && number <= 65_535) return number;
  throw new InvalidArgumentError("must be a number from 0 to 65535.");
}

/** `unmapped,groups-missing` as an option takes it. */
export function driftKinds(value: string): DriftKind[] {
  return value.split(",").map((name) => {
    const kind = DriftKind.safeParse(name.trim());
    if (kind.success) return kind.data;
    throw new InvalidArgumentError(`${name} is none of ${DRIFT_KINDS.join(", ")}.`);
  });
}
