import { randomBytes } from "node:crypto";
import * as z from "zod/mini";
import { ACCOUNT_ID } from "../../service.ts";
import { invalidParameter } from "../errors.ts";
import { operation, parse } from "../input.ts";
import { poolMaps } from "../records.ts";
import { type Ctx, isMine, type Pool, poolOf, randomText, seconds } from "../state.ts";
import { passwordPolicy } from "../users/passwords.ts";
import { describeDomains } from "./domains.ts";
import { checkPool } from "./pool-checks.ts";
import { PoolSchemaAttributes, PoolSettings, recoverySetting } from "./pool-settings.ts";
import { customRule, describeSchema, poolSchema } from "./schema.ts";

const NewPool = z.extend(PoolSettings, {
  PoolName: z.string(),
  Schema: z.optional(PoolSchemaAttributes),
  AliasAttributes: z.optional(z.array(z.enum(["phone_number", "email", "preferred_username"]))),
  UsernameAttributes: z.optional(z.array(z.enum(["phone_number", "email"]))),
  UsernameConfiguration: z.optional(z.object({ CaseSensitive: z.boolean() })),
});

/** Makes a pool in the call's region. @param id instead of a random one */
export function makePool(ctx: Ctx, raw: unknown, id?: string): Pool {
  const input = parse(NewPool, raw);
  const { Schema, AliasAttributes, UsernameAttributes, UsernameConfiguration, ...settings } = input;
  if (AliasAttributes?.length && UsernameAttributes?.length) {
    throw invalidParameter(
      "Only one of the aliasAttributes or usernameAttributes can be set in a User pool.",
    );
  }
  if ((settings.MfaConfiguration ?? "OFF") !== "OFF" && settings.SmsConfiguration === undefined) {
    // facts/cognito.md 7: SetUserPoolMfaConfig is the way for software tokens.
    throw invalidParameter(
      "SMS configuration and Auto verification for phone_number are required when MFA is required/optional",
    );
  }
  checkPool(settings, { region: ctx.region, sendsTexts: false });
  const nowMs = ctx.deps.clock();
  const poolId = id ?? `${ctx.region}_${randomText(9)}`;
  const pool: Pool = {
    id: poolId,
    region: ctx.region,
    account: ctx.account ?? ACCOUNT_ID,
    createdAtMs: nowMs,
    modifiedAtMs: nowMs,
    caseSensitive: UsernameConfiguration?.CaseSensitive ?? true,
    ...(UsernameConfiguration && { caseStated: true }),
    usernameAttributes: UsernameAttributes ?? [],
    aliasAttributes: AliasAttributes ?? [],
    schema: poolSchema(Schema ?? []),
    settings,
    factors: {
      software: false,
      ...(settings.SmsConfiguration !== undefined && { sms: smsFactor(settings) }),
    },
    clients: new Map(),
    ...poolMaps(poolId),
    bySub: new Map(),
    bySeq: [],
    byValue: new Map(),
    groups: new Map(),
    providers: new Map(),
    links: new Map(),
    domains: new Map(),
    resourceServers: new Map(),
    importJobs: new Map(),
    kept: { risks: new Map(), looks: new Map() },
    pretendedResets: new Map(),
    secret: randomBytes(32),
    nextSeq: 0,
  };
  if (ctx.pools.has(pool.id)) throw invalidParameter(`User pool ${pool.id} already exists.`);
  ctx.pools.set(pool.id, pool);
  return pool;
}

function smsFactor(settings: PoolSettings): object {
  return { SmsConfiguration: settings.SmsConfiguration };
}

export function poolArn({ region, account, id }: Pool): string {
  return `arn:aws:cognito-idp:${region}:${account}:userpool/${id}`;
}

/** `UserPoolType` of the API. */
function describePool(pool: Pool): Record<string, unknown> {
  const { settings } = pool;
  const adminOnly = settings.AdminCreateUserConfig?.AllowAdminCreateUserOnly ?? false;
  return {
    ...settings,
    PoolName: undefined,
    Name: settings.PoolName,
    Id: pool.id,
    Arn: poolArn(pool),
    CreationDate: seconds(pool.createdAtMs),
    LastModifiedDate: seconds(pool.modifiedAtMs),
    EstimatedNumberOfUsers: pool.users.size,
    LambdaConfig: settings.LambdaConfig ?? {},
    MfaConfiguration: settings.MfaConfiguration ?? "OFF",
    Policies: {
      SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD"] },
      ...settings.Policies,
      PasswordPolicy: passwordPolicy(settings),
    },
    AdminCreateUserConfig: {
      UnusedAccountValidityDays: 7,
      ...settings.AdminCreateUserConfig,
      AllowAdminCreateUserOnly: adminOnly,
    },
    EmailConfiguration: { EmailSendingAccount: "COGNITO_DEFAULT", ...settings.EmailConfiguration },
    VerificationMessageTemplate: {
      DefaultEmailOption: "CONFIRM_WITH_CODE",
      ...settings.VerificationMessageTemplate,
    },
    ...describeTemplate(settings),
    UserAttributeUpdateSettings: settings.UserAttributeUpdateSettings ?? {
      AttributesRequireVerificationBeforeUpdate: [],
    },
    DeletionProtection: settings.DeletionProtection ?? "INACTIVE",
    AccountRecoverySetting: recoverySetting(settings),
    IssuerConfiguration: { Type: "ORIGINAL" },
    KeyConfiguration: { KeyType: "AWS_OWNED_KEY" },
    UserPoolTier: settings.UserPoolTier ?? "ESSENTIALS",
    UserPoolTags: settings.UserPoolTags ?? {},
    ...describeDomains(pool),
    SchemaAttributes: describeSchema(pool.schema),
    ...(pool.caseStated && { UsernameConfiguration: { CaseSensitive: pool.caseSensitive } }),
    ...(pool.usernameAttributes.length > 0 && { UsernameAttributes: pool.usernameAttributes }),
    ...(pool.aliasAttributes.length > 0 && { AliasAttributes: pool.aliasAttributes }),
  };
}

/** The template's texts stand in the older settings too. */
function describeTemplate({ VerificationMessageTemplate: template }: PoolSettings): object {
  return {
    ...(template?.SmsMessage !== undefined && { SmsVerificationMessage: template.SmsMessage }),
    ...(template?.EmailMessage !== undefined && {
      EmailVerificationMessage: template.EmailMessage,
    }),
    ...(template?.EmailSubject !== undefined && {
      EmailVerificationSubject: template.EmailSubject,
    }),
  };
}

/** Two things less than DescribeUserPool shows. Source: radkawar/stackd, testdata/aws/cognito/refresh_rotation_workflows.json. */
export const createUserPool = operation(z.looseObject({}), (ctx, input) => {
  const pool = makePool(ctx, input);
  const schema = new Map([...pool.schema].filter(([name]) => name !== "identities"));
  return {
    UserPool: {
      ...describePool(pool),
      UserPoolTags: pool.settings.UserPoolTags,
      SchemaAttributes: describeSchema(schema),
    },
  };
});

const Target = z.object({ UserPoolId: z.string() });

export const describeUserPool = operation(Target, (ctx, input) => ({
  UserPool: describePool(poolOf(ctx, input.UserPoolId)),
}));

/** Replaces every setting: what is left out goes back to its default. facts/cognito.md 7 */
export const updateUserPool = operation(
  z.extend(PoolSettings, { UserPoolId: z.string() }),
  (ctx, { UserPoolId, ...settings }) => {
    const pool = poolOf(ctx, UserPoolId);
    checkPool(settings, { region: pool.region, sendsTexts: pool.factors.sms !== undefined });
    pool.settings = { ...settings, PoolName: settings.PoolName ?? pool.settings.PoolName };
    pool.modifiedAtMs = ctx.deps.clock();
    return {};
  },
);

export const deleteUserPool = operation(Target, (ctx, input) => {
  const pool = poolOf(ctx, input.UserPoolId);
  if (pool.settings.DeletionProtection === "ACTIVE") {
    throw invalidParameter(
      "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.",
    );
  }
  if (pool.domains.size > 0) {
    throw invalidParameter(
      "User pool cannot be deleted. It has a domain configured that should be deleted first.",
    );
  }
  for (const id of pool.clients.keys()) ctx.clients.delete(id);
  ctx.pools.delete(pool.id);
  return {};
});

export const listUserPools = operation(
  z.object({
    MaxResults: z.int(),
    NextToken: z.optional(z.string()),
  }),
  (ctx, input) => {
    const mine = [...ctx.pools.values()].filter(
      (pool) => pool.region === ctx.region && isMine(ctx, pool),
    );
    return paged(mine, input, "UserPools", (pool) => ({
      Id: pool.id,
      Name: pool.settings.PoolName,
      LambdaConfig: pool.settings.LambdaConfig ?? {},
      CreationDate: seconds(pool.createdAtMs),
      LastModifiedDate: seconds(pool.modifiedAtMs),
    }));
  },
);

/** One page of a short list; the token is the position at which the next begins. */
export function paged<T>(
  all: readonly T[],
  input: { MaxResults?: number | undefined; NextToken?: string | undefined },
  key: string,
  describe: (item: T) => object,
): object {
  const start = Number.parseInt(input.NextToken ?? "0", 10);
  if (Number.isNaN(start) || start < 0) throw invalidParameter("Invalid pagination token");
  const end = start + (input.MaxResults ?? 60);
  return {
    [key]: all.slice(start, end).map(describe),
    ...(end < all.length && { NextToken: String(end) }),
  };
}

export const addCustomAttributes = operation(
  z.extend(Target, { CustomAttributes: PoolSchemaAttributes }),
  (ctx, input) => {
    const pool = poolOf(ctx, input.UserPoolId);
    const rules = input.CustomAttributes.map(customRule);
    for (const { name } of rules) {
      if (pool.schema.has(name)) {
        const plain = name.replace(/^dev:/, "");
        throw invalidParameter(`${plain}: Existing attribute already has name ${name}.`);
      }
    }
    for (const rule of rules) pool.schema.set(rule.name, rule);
    pool.modifiedAtMs = ctx.deps.clock();
    return {};
  },
);
