import { randomBytes } from "node:crypto";

/** What one run of the suite knows of the account that it runs in; vitest hands it to the workers. */
export interface ContractRun {
  /** The names of all that the run makes begin with it, and no others: `carryover-contract-tj5k0g-1a2b3c-`. */
  readonly prefix: string;
  /** Twelve digits, as STS says. */
  readonly account: string;
  /** How long a rule, a target or a queue may take to be everywhere in AWS; a stage in its place takes no time. */
  readonly settleMs: number;
}

declare module "vitest" {
  interface ProvidedContext {
    contractRun: ContractRun;
  }
}

const DAY_MS = 86_400_000;
const NAME = /^carryover-contract-([0-9a-z]{6,7})-[0-9a-f]{6}-/;

/** The time is in the name because AWS shows it of few things: of a rule it does not. */
export function newPrefix(nowMs: number): string {
  return `carryover-contract-${Math.floor(nowMs / 1000).toString(36)}-${sixDigits()}-`;
}

/** Apart from all other tests of the run, whichever process they are in. */
export function prefixOfTest({ prefix }: ContractRun): string {
  return `${prefix}${sixDigits()}-`;
}

/** Whether something is of a run that began over a day ago: it was killed, because none takes as long. */
export function isLeftover(name: string, nowMs: number): boolean {
  const [, began] = NAME.exec(name) ?? [];
  return began !== undefined && nowMs - Number.parseInt(began, 36) * 1000 > DAY_MS;
}

/** Of the names that a listing may be narrowed to. */
export const ANY_RUN = "carryover-contract-";

function sixDigits(): string {
  return randomBytes(3).toString("hex");
}
