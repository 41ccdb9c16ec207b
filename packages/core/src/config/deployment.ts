import * as z from "zod/mini";
import { type PoolId, Region, type SourceId } from "../kernel/ids.ts";
import { OWN_ATTRIBUTES, STANDARD_ATTRIBUTES, VERIFIED_FLAGS } from "./attributes.ts";
import type { Placement } from "./placement-schema.ts";
import type {
  ForgotPasswordPolicy,
  MfaPolicy,
  UnconfirmedPolicy,
  UserIdStrategy,
} from "./policies.ts";
import type { ResolvedMigration } from "./schema.ts";

/** What the new pool can hold under one name. Lengths in characters. */
export interface TargetAttribute {
  readonly type: "String" | "Number" | "DateTime" | "Boolean";
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly minValue?: number | undefined;
  readonly maxValue?: number | undefined;
}

/**
 * The configuration of one stage in one region as a function sees it: data only, linked to it by the
 * stacks and by the local stage alike. What is code in `carryover.config.ts` is bundled instead.
 */
export interface Deployment {
  readonly stage: string;
  readonly region: Region;
  readonly homeRegion: Region;
  readonly sources: readonly DeployedSource[];
  readonly target: DeployedTarget;
  readonly userId: UserIdStrategy;
  readonly mfa: MfaPolicy;
  readonly unconfirmed: UnconfirmedPolicy;
  readonly forgotPassword: ForgotPasswordPolicy;
  readonly attributes: {
    /** Absent: all of them. */
    readonly copy?: readonly string[];
    readonly rename: Readonly<Record<string, string>>;
    readonly drop: readonly string[];
    readonly constants: Readonly<Record<string, string>>;
  };
  readonly placement?: DeployedPlacement;
}

export interface DeployedSource {
  readonly id: SourceId;
  readonly region: Region;
  readonly userPoolId: PoolId;
  readonly clientId: string;
  /** The resource name of the SST secret with the app client's secret. */
  readonly clientSecret?: string;
  readonly role?: { readonly arn: string; readonly externalId: string } | undefined;
  readonly caseSensitive: boolean;
}

export interface DeployedTarget {
  /** Addresses that are the username itself. */
  readonly usernameAttributes: readonly string[];
  /** Attributes that one can sign in with beside the username. */
  readonly aliasAttributes: readonly string[];
  readonly caseSensitive: boolean;
  readonly requiredAttributes: readonly string[];
  readonly attributes: Readonly<Record<string, TargetAttribute>>;
}

export interface DeployedPlacement
  extends Pick<Placement, "version" | "rules" | "default" | "graceDays" | "usersPerSecond"> {
  /** Where there is a new pool. */
  readonly regions: readonly Region[];
}

export function deploymentOf(
  migration: ResolvedMigration,
  at: { readonly stage: string; readonly region: string },
): Deployment {
  const { signIn, customAttributes } = migration.target;
  const { transform: _, copy, ...attributes } = migration.attributes;
  return {
    stage: at.stage,
    region: z.parse(Region, at.region),
    homeRegion: migration.homeRegion,
    sources: migration.sources.map(({ clientSecret, ...source }) => ({
      ...source,
      ...(clientSecret && { clientSecret: clientSecret.secret }),
    })),
    target: {
      usernameAttributes: "usernameAttributes" in signIn ? signIn.usernameAttributes : [],
      aliasAttributes: "aliasAttributes" in signIn ? signIn.aliasAttributes : [],
      caseSensitive: migration.target.caseSensitive,
      requiredAttributes: migration.target.requiredAttributes,
      attributes: targetAttributes(customAttributes),
    },
    userId: migration.userId,
    mfa: migration.mfa,
    unconfirmed: migration.unconfirmed,
    forgotPassword: migration.forgotPassword,
    attributes: { ...attributes, ...(copy !== "all" && { copy }) },
    ...(migration.placement && { placement: placementOf(migration.placement, migration.regions) }),
  };
}

function placementOf(
  { version, graceDays, usersPerSecond, rules, default: otherwise }: Placement,
  regions: ResolvedMigration["regions"],
): DeployedPlacement {
  return { version, graceDays, usersPerSecond, rules, default: otherwise, regions };
}

/** Limits of standard attributes: DescribeUserPool of a new pool. An attribute holds 2,048 characters at most. */
function targetAttributes(
  custom: ResolvedMigration["target"]["customAttributes"],
): Record<string, TargetAttribute> {
  const attributes: Record<string, TargetAttribute> = {};
  for (const name of STANDARD_ATTRIBUTES) attributes[name] = { type: "String", maxLength: 2048 };
  attributes["birthdate"] = { type: "String", minLength: 10, maxLength: 10 };
  attributes["updated_at"] = { type: "Number", minValue: 0 };
  for (const flag of Object.values(VERIFIED_FLAGS)) attributes[flag] = { type: "Boolean" };
  for (const [name, { mutable: _, maxLength = 2048, ...limits }] of Object.entries(custom)) {
    attributes[`custom:${name}`] = limits.type === "String" ? { ...limits, maxLength } : limits;
  }
  for (const name of Object.values(OWN_ATTRIBUTES)) {
    attributes[name] = { type: "String", maxLength: 2048 };
  }
  return attributes;
}
