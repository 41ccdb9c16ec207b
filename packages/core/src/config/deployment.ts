import * as z from "zod/mini";
import { PoolId, Region, SourceId } from "../kernel/ids.ts";
import { OWN_ATTRIBUTES, STANDARD_ATTRIBUTES, VERIFIED_FLAGS } from "./attributes.ts";
import type { Placement } from "./placement-schema.ts";
import { ForgotPasswordPolicy, MfaPolicy, UnconfirmedPolicy, UserIdStrategy } from "./policies.ts";
import type { ResolvedMigration } from "./schema.ts";

/** A record of text keys. As an object it needs no more of zod than objects do: triggers load this. */
function mapOf<Value extends z.ZodMiniType>(value: Value) {
  return z.catchall(z.object({}), value);
}

/** What the new pool can hold under one name. Lengths in characters. */
const TargetAttribute = z.object({
  type: z.enum(["String", "Number", "DateTime", "Boolean"]),
  minLength: z.optional(z.number()),
  maxLength: z.optional(z.number()),
  minValue: z.optional(z.number()),
  maxValue: z.optional(z.number()),
});
export type TargetAttribute = z.infer<typeof TargetAttribute>;

/**
 * The configuration of one stage in one region as a function sees it: data only, linked to it by the
 * stacks and by the local stage alike. What is code in `carryover.config.ts` is bundled instead.
 */
export const Deployment = z.object({
  stage: z.string(),
  region: Region,
  homeRegion: Region,
  sources: z.array(
    z.object({
      id: SourceId,
      region: Region,
      userPoolId: PoolId,
      clientId: z.string(),
      /** The resource name of the SST secret with the app client's secret. */
      clientSecret: z.optional(z.string()),
      role: z.optional(z.object({ arn: z.string(), externalId: z.string() })),
      caseSensitive: z.boolean(),
    }),
  ),
  target: z.object({
    /** Addresses that are the username itself. */
    usernameAttributes: z.array(z.string()),
    /** Attributes that one can sign in with beside the username. */
    aliasAttributes: z.array(z.string()),
    caseSensitive: z.boolean(),
    requiredAttributes: z.array(z.string()),
    attributes: mapOf(TargetAttribute),
  }),
  userId: UserIdStrategy,
  mfa: MfaPolicy,
  unconfirmed: UnconfirmedPolicy,
  forgotPassword: ForgotPasswordPolicy,
  attributes: z.object({
    /** Absent: all of them. */
    copy: z.optional(z.array(z.string())),
    rename: mapOf(z.string()),
    drop: z.array(z.string()),
    constants: mapOf(z.string()),
  }),
  placement: z.optional(
    z.object({
      /** Numbers as text: zod's for numbers would come along into every trigger (docs/decisions/0004). */
      version: z.string(),
      rules: z.array(
        z.object({ name: z.string(), when: mapOf(z.array(z.string())), region: Region }),
      ),
      default: Region,
      graceDays: z.string(),
      usersPerSecond: z.string(),
      /** Where there is a new pool. */
      regions: z.array(Region),
    }),
  ),
});
export type Deployment = z.infer<typeof Deployment>;
export type DeployedSource = Deployment["sources"][number];
export type DeployedTarget = Deployment["target"];

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
): Deployment["placement"] {
  return {
    version: String(version),
    graceDays: String(graceDays),
    usersPerSecond: String(usersPerSecond),
    rules,
    default: otherwise,
    regions,
  };
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
