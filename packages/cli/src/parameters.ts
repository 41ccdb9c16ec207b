import { DRIFT_KINDS, DriftKind } from "@carryover/core/reconcile/schema";
import { InvalidArgumentError } from "commander";

/** `20` as an option takes it. */
export function count(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 0) return number;
  throw new InvalidArgumentError("must be a number.");
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
