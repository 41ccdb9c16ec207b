import { ACCOUNT_ID } from "../service.ts";

/** The stage's name, as `sst deploy --stage` would have it. */
export const STAGE = "local";

/** What a deployed resource would be called. */
export function resourceName(name: string): string {
  return `carryover-${STAGE}-${name}`;
}

/** The bus has the stage's bare name: downstream teams type it. */
export const BUS_NAME = `carryover-${STAGE}`;

export function busArn(region: string): string {
  return `arn:aws:events:${region}:${ACCOUNT_ID}:event-bus/${BUS_NAME}`;
}

/** `MfaSession` as part of a name: `mfa-session`. */
export function kebabCase(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}

/** `merge-sources` as a key in JSON: `mergeSources`. */
export function camelCase(name: string): string {
  return name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
