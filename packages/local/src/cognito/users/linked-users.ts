import * as z from "zod/mini";
import { AwsError } from "../../service.ts";
import { invalidParameter, resourceNotFound, userNotFound } from "../errors.ts";
import { operation } from "../input.ts";
import {
  identitiesOf,
  linkKey,
  makeIdentity,
  SUBJECT,
  setIdentities,
} from "../providers/identities.ts";
import type { IdentityProvider } from "../providers/identity-providers.ts";
import { isSocial } from "../providers/provider-details.ts";
import { type Pool, poolOf, type User } from "../state.ts";
import { findBySub, normalise } from "./user-index.ts";

/** facts/cognito.md 4.5 */
const MOST_LINKS = 5;
/** What the API calls the pool itself among its providers. */
const NATIVE = "Cognito";

const ProviderUser = z.object({
  ProviderName: z.optional(z.string()),
  ProviderAttributeName: z.optional(z.string()),
  ProviderAttributeValue: z.optional(z.string()),
});
type ProviderUser = z.infer<typeof ProviderUser>;

/** An account with a provider, as a link names it. */
interface Account {
  readonly provider: IdentityProvider;
  readonly attribute: string;
  readonly value: string;
}

/** The user to whom an account with a provider was linked. */
export function linkedUser(
  pool: Pool,
  provider: string,
  attribute: string,
  value: string,
): User | undefined {
  const sub = pool.links.get(linkKey(provider, attribute, value));
  return sub === undefined ? undefined : findBySub(pool, sub);
}

function accountOf(pool: Pool, given: ProviderUser, what: string): Account {
  const { ProviderName: name, ProviderAttributeName, ProviderAttributeValue: value } = given;
  if (!name || !value)
    throw invalidParameter(`Invalid ${what}: ProviderName and value are required`);
  const provider = pool.providers.get(name);
  if (provider === undefined) {
    throw resourceNotFound(`Identity provider ${name} does not exist.`);
  }
  const attribute = ProviderAttributeName ?? SUBJECT;
  if (
    attribute !== SUBJECT &&
    (isSocial(provider.type) || !Object.hasOwn(provider.mapping, attribute))
  ) {
    throw invalidParameter(`Invalid ${what}: ProviderAttributeName must be ${SUBJECT}`);
  }
  return { provider, attribute, value };
}

/** The profile that an account has of its own. @throws nothing: there may be none */
function profileOf(pool: Pool, { provider, value }: Account): User | undefined {
  return pool.users.get(normalise(pool, `${provider.name}_${value}`));
}

/** A user of the pool itself by its username, or one whom a provider vouches for by its id there. */
function destinationOf(pool: Pool, given: ProviderUser): User {
  const { ProviderName: name, ProviderAttributeValue: value } = given;
  if (!name || !value) {
    throw invalidParameter("Invalid DestinationUser: ProviderName and value are required");
  }
  const username = name === NATIVE ? value : `${name}_${value}`;
  const user = pool.users.get(normalise(pool, username)) ?? findBySub(pool, username);
  if (user === undefined) throw userNotFound();
  return user;
}

/** Limits and texts: facts/cognito.md 4.5. */
export const adminLinkProviderForUser = operation(
  z.object({ UserPoolId: z.string(), DestinationUser: ProviderUser, SourceUser: ProviderUser }),
  (ctx, input) => {
    const pool = poolOf(ctx, input.UserPoolId);
    if (input.SourceUser.ProviderName === NATIVE) {
      throw invalidParameter(
        "Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, only as a DestinationUser",
      );
    }
    const source = accountOf(pool, input.SourceUser, "SourceUser");
    const user = destinationOf(pool, input.DestinationUser);
    const { provider, attribute, value } = source;
    const holder = linkedUser(pool, provider.name, attribute, value);
    if (holder === user) {
      throw invalidParameter("SourceUser is already linked to DestinationUser");
    }
    if (holder !== undefined || profileOf(pool, source) !== undefined) {
      throw invalidParameter(
        "Merging is not currently supported, provide a SourceUser that has not been signed up in order to link",
      );
    }
    refuseImmutable(pool, user);
    const identities = identitiesOf(user);
    if (identities.filter(({ primary }) => !primary).length >= MOST_LINKS) {
      throw new AwsError(
        "LimitExceededException",
        `A user cannot have more than ${MOST_LINKS} linked identities.`,
      );
    }
    const nowMs = ctx.deps.clock();
    pool.links.set(linkKey(provider.name, attribute, value), user.sub);
    const added = makeIdentity(provider, value, { primary: false, nowMs });
    setIdentities(user, [...identities, added], nowMs);
    return {};
  },
);

function refuseImmutable(pool: Pool, user: User): void {
  for (const name of user.attributes.keys()) {
    if (name.includes("custom:") && pool.schema.get(name)?.mutable === false) {
      throw invalidParameter(`user.${name}: Attribute cannot be updated.\n`);
    }
  }
}

/**
 * Takes a link away, after which the account stands for itself again. A user of the pool itself loses the
 * password; a profile that a provider vouches for can no longer sign in by it. Source: the API model.
 */
export const adminDisableProviderForUser = operation(
  z.object({ UserPoolId: z.string(), User: ProviderUser }),
  (ctx, input) => {
    const pool = poolOf(ctx, input.UserPoolId);
    const nowMs = ctx.deps.clock();
    if (input.User.ProviderName === NATIVE) {
      const user = destinationOf(pool, input.User);
      delete user.password;
      user.modifiedAtMs = nowMs;
      return {};
    }
    const account = accountOf(pool, input.User, "User");
    const { provider, attribute, value } = account;
    const linked = linkedUser(pool, provider.name, attribute, value);
    if (linked !== undefined) {
      pool.links.delete(linkKey(provider.name, attribute, value));
      const rest = identitiesOf(linked).filter(
        ({ providerName, userId }) => providerName !== provider.name || userId !== value,
      );
      setIdentities(linked, rest, nowMs);
      return {};
    }
    const profile = profileOf(pool, account);
    if (profile === undefined) throw userNotFound();
    profile.enabled = false;
    profile.modifiedAtMs = nowMs;
    return {};
  },
);
