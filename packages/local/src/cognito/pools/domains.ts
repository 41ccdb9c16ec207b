import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { ACCOUNT_ID, AwsError } from "../../service.ts";
import { invalidParameter } from "../errors.ts";
import { operation } from "../input.ts";
import { type Ctx, type Pool, poolOf } from "../state.ts";

/** The name under which a pool's sign-in pages are found: a prefix, or with a certificate a whole domain. */
export interface PoolDomain {
  readonly name: string;
  custom?: { CertificateArn: string };
  managedLoginVersion: number;
}

const Settings = {
  Domain: z.string(),
  UserPoolId: z.string(),
  ManagedLoginVersion: z.optional(z.int()),
  CustomDomainConfig: z.optional(z.looseObject({ CertificateArn: z.string() })),
};

const PREFIX = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const WHOLE = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/;
const RESERVED = ["aws", "amazon", "cognito"];

export const createUserPoolDomain = operation(z.object(Settings), (ctx, input) => {
  const pool = poolOf(ctx, input.UserPoolId);
  const { Domain: name, CustomDomainConfig: custom } = input;
  if (custom !== undefined && name.split(".").length < 3) {
    // cdk-preflight, pf-cognito-custom-domain-fqdn. Here nobody looks for the parent's record.
    throw invalidParameter(
      "Custom domain is not a valid subdomain: Was not able to resolve a DNS A record for the parent domain or domain parent is a top-level domain.",
    );
  }
  checkCertificate(custom);
  if (!(custom === undefined ? PREFIX : WHOLE).test(name)) {
    throw invalidParameter(
      "The domain name contains an invalid character. Domain names can only contain lower-case letters, numbers, and hyphens. Please enter a different name that follows this format: ^[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?$",
    );
  }
  const reserved = RESERVED.find((word) => name.split("-").includes(word));
  if (custom === undefined && reserved !== undefined) {
    throw invalidParameter(`Domain cannot contain reserved word: ${reserved}`);
  }
  if (input.ManagedLoginVersion === 2 && pool.settings.UserPoolTier === "LITE") {
    // cdk-preflight, pf-cognito-managed-login-version-tier
    throw new AwsError(
      "FeatureUnavailableInTierException",
      "The following feature is not available for the LITE pricing tier configured: Managed Login Version 2",
    );
  }
  if (poolWithDomain(ctx, name) !== undefined) {
    throw invalidParameter("Domain already associated with another user pool.");
  }
  // One of each kind: a prefix and a whole domain go together.
  const kinds = [...pool.domains.values()].map((domain) => domain.custom !== undefined);
  if (kinds.includes(custom !== undefined)) {
    throw invalidParameter("User pool already has a domain configured.");
  }
  pool.domains.set(name, {
    name,
    managedLoginVersion: input.ManagedLoginVersion ?? 1,
    ...(custom !== undefined && { custom }),
  });
  return answer(input);
});

/** CloudFront stands before a whole domain, and takes certificates of one Region only. Text: cdk-preflight, pf-cognito-*. */
function checkCertificate(custom: PoolDomain["custom"]): void {
  if (custom === undefined || custom.CertificateArn.split(":")[3] === "us-east-1") return;
  throw invalidParameter(
    "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain.",
  );
}

function answer(input: {
  Domain: string;
  CustomDomainConfig?: unknown;
  ManagedLoginVersion?: number | undefined;
}) {
  const { Domain: name, CustomDomainConfig: custom, ManagedLoginVersion } = input;
  return {
    ...(custom !== undefined && { CloudFrontDomain: distribution(name) }),
    ...(ManagedLoginVersion !== undefined && { ManagedLoginVersion }),
  };
}

/** Where a whole domain's CNAME record has to point to: the same each time. */
function distribution(name: string): string {
  return `d${createHash("sha256").update(name).digest("hex").slice(0, 13)}.cloudfront.net`;
}

/** A prefix is taken once a region; a whole domain once anywhere. */
export function poolWithDomain(
  ctx: Pick<Ctx, "pools">,
  name: string,
  region?: string,
): Pool | undefined {
  const found = [...ctx.pools.values()].find(
    (pool) => pool.domains.has(name) && (region === undefined || pool.region === region),
  );
  // By its key, so that what a request changes in it is kept.
  return found && ctx.pools.get(found.id);
}

export const describeUserPoolDomain = operation(z.object({ Domain: z.string() }), (ctx, input) => {
  const pool = poolWithDomain(ctx, input.Domain, ctx.region);
  const domain = pool?.domains.get(input.Domain);
  // A name that nobody has is not an error at AWS either.
  if (pool === undefined || domain === undefined) return { DomainDescription: {} };
  return {
    DomainDescription: {
      UserPoolId: pool.id,
      AWSAccountId: ACCOUNT_ID,
      Domain: domain.name,
      CloudFrontDistribution: distribution(domain.name),
      Version: "1",
      Status: "ACTIVE",
      CustomDomainConfig: domain.custom ?? {},
      ManagedLoginVersion: domain.managedLoginVersion,
    },
  };
});

function domainIn(pool: Pool, name: string): PoolDomain {
  const domain = pool.domains.get(name);
  if (domain === undefined) throw invalidParameter("No such domain or user pool exists.");
  return domain;
}

export const updateUserPoolDomain = operation(z.object(Settings), (ctx, input) => {
  const domain = domainIn(poolOf(ctx, input.UserPoolId), input.Domain);
  checkCertificate(input.CustomDomainConfig);
  if (input.CustomDomainConfig !== undefined) domain.custom = input.CustomDomainConfig;
  domain.managedLoginVersion = input.ManagedLoginVersion ?? domain.managedLoginVersion;
  return answer({ ...input, CustomDomainConfig: domain.custom });
});

export const deleteUserPoolDomain = operation(
  z.object({ Domain: z.string(), UserPoolId: z.string() }),
  (ctx, input) => {
    const pool = poolOf(ctx, input.UserPoolId);
    pool.domains.delete(domainIn(pool, input.Domain).name);
    return {};
  },
);

/** The `Domain` and `CustomDomain` of `UserPoolType`. */
export function describeDomains(pool: Pool): object {
  const domains = [...pool.domains.values()];
  const prefix = domains.find(({ custom }) => custom === undefined);
  const whole = domains.find(({ custom }) => custom !== undefined);
  return {
    ...(prefix !== undefined && { Domain: prefix.name }),
    ...(whole !== undefined && { CustomDomain: whole.name }),
  };
}
