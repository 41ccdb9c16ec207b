import * as z from "zod/mini";
import { AwsError } from "../../service.ts";
import { invalidParameter, resourceNotFound } from "../errors.ts";
import { operation } from "../input.ts";
import { paged } from "../pools/pools.ts";
import { type Ctx, type Pool, poolOf, seconds } from "../state.ts";
import { checkDetails, describedDetails, isSocial, subjectClaim } from "./provider-details.ts";

export const ProviderType = z.enum([
  "SAML",
  "Facebook",
  "Google",
  "LoginWithAmazon",
  "SignInWithApple",
  "OIDC",
]);
export type ProviderType = z.infer<typeof ProviderType>;

/** Somebody else who vouches for users of a pool. A SAML provider is kept, and nobody can sign in by it here. */
export interface IdentityProvider {
  readonly name: string;
  readonly type: ProviderType;
  /** As given. What AWS adds to them is added when they are shown. */
  details: Record<string, string>;
  /** From attributes of the pool to claims of the provider; `username` is the claim that identifies the user, if there. */
  mapping: Record<string, string>;
  identifiers: readonly string[];
  readonly createdAtMs: number;
  modifiedAtMs: number;
}

const Settings = {
  ProviderDetails: z.optional(z.record(z.string(), z.string())),
  AttributeMapping: z.optional(z.record(z.string(), z.string())),
  IdpIdentifiers: z.optional(z.array(z.string())),
};
const Target = z.object({ UserPoolId: z.string(), ProviderName: z.string() });

export const createIdentityProvider = operation(
  z.object({
    ...Settings,
    UserPoolId: z.string(),
    ProviderName: z.string(),
    ProviderType,
    ProviderDetails: z.record(z.string(), z.string()),
  }),
  (ctx, input) => {
    const pool = poolOf(ctx, input.UserPoolId);
    const { ProviderName: name, ProviderType: type } = input;
    if (isSocial(type) ? name !== type : isReserved(name)) {
      throw invalidParameter(`Provider ${name} cannot be of type ${type}.`);
    }
    if (pool.providers.has(name)) {
      throw new AwsError(
        "DuplicateProviderException",
        `${name} already exists for tenant ${pool.id}.`,
      );
    }
    checkDetails(type, input.ProviderDetails);
    checkMapping(pool, input.AttributeMapping);
    const nowMs = ctx.deps.clock();
    const provider: IdentityProvider = {
      name,
      type,
      details: input.ProviderDetails,
      // Every provider says by some claim who the user is; Cognito adds it to a new one's mapping where it is missing.
      mapping:
        type === "SAML"
          ? (input.AttributeMapping ?? {})
          : { username: subjectClaim(type), ...input.AttributeMapping },
      identifiers: input.IdpIdentifiers ?? [],
      createdAtMs: nowMs,
      modifiedAtMs: nowMs,
    };
    pool.providers.set(name, provider);
    return { IdentityProvider: answeredProvider(pool, provider, input) };
  },
);

/** The social providers and the pool itself have their names for themselves. */
function isReserved(name: string): boolean {
  return name === "COGNITO" || (ProviderType.safeParse(name).success && isSocial(name));
}

function checkMapping(pool: Pool, mapping: Record<string, string> | undefined): void {
  for (const name of Object.keys(mapping ?? {})) {
    if (name !== "username" && !pool.schema.has(name)) {
      throw invalidParameter(`Attribute mapping has the attribute ${name}, which the pool lacks`);
    }
  }
}

/** `IdentityProviderType` of the API. */
function describeProvider(pool: Pool, provider: IdentityProvider) {
  return {
    UserPoolId: pool.id,
    ProviderName: provider.name,
    ProviderType: provider.type,
    ProviderDetails: describedDetails(provider.type, provider.details),
    AttributeMapping: provider.mapping,
    IdpIdentifiers: provider.identifiers,
    LastModifiedDate: seconds(provider.modifiedAtMs),
    CreationDate: seconds(provider.createdAtMs),
  };
}

/** What is answered to those who wrote it: identifiers only if they gave some. Measured by floci's tests against AWS. */
function answeredProvider(
  pool: Pool,
  provider: IdentityProvider,
  input: { IdpIdentifiers?: readonly string[] | undefined },
): object {
  const { IdpIdentifiers, ...shown } = describeProvider(pool, provider);
  return input.IdpIdentifiers === undefined ? shown : { ...shown, IdpIdentifiers };
}

/** @throws AwsError ResourceNotFoundException, whose text differs between the operations (floci's tests against AWS) */
function target(ctx: Ctx, input: z.infer<typeof Target>, where: (poolId: string) => string) {
  const pool = poolOf(ctx, input.UserPoolId);
  const provider = pool.providers.get(input.ProviderName);
  if (provider === undefined) {
    throw resourceNotFound(
      `Identity provider ${input.ProviderName} ${where(pool.id)} does not exist.`,
    );
  }
  return { pool, provider };
}

export const describeIdentityProvider = operation(Target, (ctx, input) => {
  const { pool, provider } = target(ctx, input, (id) => `for tenantId ${id}`);
  return { IdentityProvider: describeProvider(pool, provider) };
});

/** Replaces what is given, and leaves the rest. */
export const updateIdentityProvider = operation(z.extend(Target, Settings), (ctx, input) => {
  const { pool, provider } = target(ctx, input, (id) => `in User Pool ${id}`);
  const details = input.ProviderDetails ?? provider.details;
  checkDetails(provider.type, details);
  checkMapping(pool, input.AttributeMapping);
  provider.details = details;
  provider.mapping = input.AttributeMapping ?? provider.mapping;
  provider.identifiers = input.IdpIdentifiers ?? provider.identifiers;
  provider.modifiedAtMs = ctx.deps.clock();
  return { IdentityProvider: answeredProvider(pool, provider, input) };
});

export const deleteIdentityProvider = operation(Target, (ctx, input) => {
  const { pool, provider } = target(ctx, input, (id) => `in User Pool ${id}`);
  pool.providers.delete(provider.name);
  return {};
});

export const listIdentityProviders = operation(
  z.object({
    UserPoolId: z.string(),
    MaxResults: z.optional(z.int()),
    NextToken: z.optional(z.string()),
  }),
  (ctx, input) => {
    const pool = poolOf(ctx, input.UserPoolId);
    const page = { NextToken: input.NextToken, MaxResults: input.MaxResults || undefined };
    return paged([...pool.providers.values()], page, "Providers", (provider) => ({
      ProviderName: provider.name,
      ProviderType: provider.type,
      LastModifiedDate: seconds(provider.modifiedAtMs),
      CreationDate: seconds(provider.createdAtMs),
    }));
  },
);

/** The provider that an identifier, often a domain of addresses, stands for. */
export function identifiedProvider(pool: Pool, identifier: string): IdentityProvider | undefined {
  return [...pool.providers.values()].find(({ identifiers }) => identifiers.includes(identifier));
}

export const getIdentityProviderByIdentifier = operation(
  z.object({ UserPoolId: z.string(), IdpIdentifier: z.string() }),
  (ctx, input) => {
    const pool = poolOf(ctx, input.UserPoolId);
    const provider = identifiedProvider(pool, input.IdpIdentifier);
    if (provider === undefined) {
      throw resourceNotFound(`Identity provider ${input.IdpIdentifier} does not exist.`);
    }
    return { IdentityProvider: describeProvider(pool, provider) };
  },
);
