import { z } from "zod";
import { AwsError, type Clock } from "../service.ts";

/** Requests a second that the default quota of a category allows: facts/cognito.md 6. */
const DEFAULT_RPS = {
  UserAuthentication: 120,
  UserCreation: 50,
  UserFederation: 25,
  UserAccountRecovery: 30,
  UserRead: 120,
  UserUpdate: 25,
  UserToken: 120,
  UserResourceRead: 50,
  UserResourceUpdate: 25,
  UserList: 30,
  UserPoolRead: 15,
  UserPoolUpdate: 15,
  UserPoolResourceRead: 20,
  UserPoolResourceUpdate: 15,
  UserPoolClientRead: 15,
  UserPoolClientUpdate: 15,
  ClientAuthentication: 150,
} as const;
export type QuotaCategory = keyof typeof DEFAULT_RPS;

const OPERATIONS_OF: Record<QuotaCategory, readonly string[]> = {
  UserAuthentication: ["InitiateAuth", "AdminInitiateAuth", "GetTokensFromRefreshToken"],
  UserCreation: ["SignUp", "ConfirmSignUp", "AdminCreateUser", "AdminConfirmSignUp"],
  // Answers of providers to the sign-in pages.
  UserFederation: ["/oauth2/idpresponse"],
  UserAccountRecovery: [
    "ForgotPassword",
    "ConfirmForgotPassword",
    "ChangePassword",
    "AdminResetUserPassword",
    "AdminSetUserPassword",
  ],
  UserRead: ["AdminGetUser", "AdminGetUserAuthFactors", "GetUser", "GetUserAuthFactors"],
  UserUpdate: [
    "AdminUpdateUserAttributes",
    "AdminDeleteUser",
    "AdminDisableUser",
    "AdminEnableUser",
    "AdminLinkProviderForUser",
    "AdminDisableProviderForUser",
    "AdminAddUserToGroup",
    "AdminRemoveUserFromGroup",
    "AdminDeleteUserAttributes",
    "AdminUserGlobalSignOut",
    "UpdateUserAttributes",
    "VerifyUserAttribute",
    "DeleteUser",
    "DeleteUserAttributes",
    "GlobalSignOut",
  ],
  UserToken: ["RevokeToken"],
  UserResourceRead: [
    "AdminListGroupsForUser",
    "AdminListDevices",
    "AdminGetDevice",
    "GetDevice",
    "ListDevices",
    "ResendConfirmationCode",
    "GetUserAttributeVerificationCode",
    "AdminListUserAuthEvents",
  ],
  UserResourceUpdate: [
    "AdminSetUserMFAPreference",
    "AdminSetUserSettings",
    "AdminDeleteSoftwareToken",
    "AdminForgetDevice",
    "AdminUpdateDeviceStatus",
    "SetUserMFAPreference",
    "SetUserSettings",
    "AssociateSoftwareToken",
    "VerifySoftwareToken",
    "ConfirmDevice",
    "ForgetDevice",
    "UpdateDeviceStatus",
  ],
  UserList: ["ListUsers", "ListUsersInGroup"],
  UserPoolRead: ["DescribeUserPool", "ListUserPools"],
  UserPoolUpdate: ["CreateUserPool", "UpdateUserPool", "DeleteUserPool"],
  UserPoolResourceRead: [
    "DescribeIdentityProvider",
    "DescribeResourceServer",
    "DescribeRiskConfiguration",
    "DescribeUserImportJob",
    "DescribeUserPoolDomain",
    "GetCSVHeader",
    "GetGroup",
    "GetIdentityProviderByIdentifier",
    "GetLogDeliveryConfiguration",
    "GetSigningCertificate",
    "GetUICustomization",
    "GetUserPoolMfaConfig",
    "ListGroups",
    "ListIdentityProviders",
    "ListResourceServers",
    "ListTagsForResource",
    "ListUserImportJobs",
  ],
  UserPoolResourceUpdate: [
    "AddCustomAttributes",
    "CreateGroup",
    "CreateIdentityProvider",
    "CreateResourceServer",
    "CreateUserImportJob",
    "CreateUserPoolDomain",
    "DeleteGroup",
    "DeleteIdentityProvider",
    "DeleteResourceServer",
    "DeleteUserPoolDomain",
    "SetLogDeliveryConfiguration",
    "SetRiskConfiguration",
    "SetUICustomization",
    "SetUserPoolMfaConfig",
    "StartUserImportJob",
    "StopUserImportJob",
    "TagResource",
    "UntagResource",
    "UpdateGroup",
    "UpdateIdentityProvider",
    "UpdateResourceServer",
    "UpdateUserPoolDomain",
  ],
  UserPoolClientRead: [
    "DescribeUserPoolClient",
    "ListUserPoolClients",
    "ListUserPoolClientSecrets",
  ],
  UserPoolClientUpdate: [
    "AddUserPoolClientSecret",
    "CreateUserPoolClient",
    "DeleteUserPoolClient",
    "DeleteUserPoolClientSecret",
    "UpdateUserPoolClient",
  ],
  // The grant of the token endpoint.
  ClientAuthentication: ["client_credentials"],
};

const CATEGORY_OF: ReadonlyMap<string, QuotaCategory> = new Map(
  (Object.keys(OPERATIONS_OF) as QuotaCategory[]).flatMap((category) =>
    OPERATIONS_OF[category].map((operation) => [operation, category] as const),
  ),
);

/** Answers to challenges have an allowance of their own; what exceeds it counts as sign-ins. */
const RESPONSES = ["RespondToAuthChallenge", "AdminRespondToAuthChallenge"];
const RESPONSES_FACTOR = 3;
/** What one operation may do to one pool, beside its category. */
const PER_POOL_RPS = 5;
const PER_POOL: readonly QuotaCategory[] = [
  "UserPoolResourceRead",
  "UserPoolResourceUpdate",
  "UserPoolClientRead",
  "UserPoolClientUpdate",
];
const PER_USER_RPS = 10;
const USER_READS: readonly QuotaCategory[] = ["UserAuthentication", "UserRead", "UserResourceRead"];
const USER_WRITES: readonly QuotaCategory[] = [
  "UserAccountRecovery",
  "UserUpdate",
  "UserResourceUpdate",
];

const Rps = z.number().gt(0).max(1_000_000).optional();

/** Rates that differ from AWS's defaults, in requests a second. */
export const QuotaRates = z.strictObject({
  perUser: Rps,
  perPool: Rps,
  ...(Object.fromEntries(Object.keys(DEFAULT_RPS).map((name) => [name, Rps])) as Record<
    QuotaCategory,
    typeof Rps
  >),
});
export type QuotaRates = z.infer<typeof QuotaRates>;

/** A call as quotas count it. */
interface QuotaCall {
  readonly region: string;
  readonly account: string;
  readonly operation: string;
  readonly poolId: string | undefined;
  /** As the call names the user: a username, an alias or a `sub`. */
  readonly user: string | undefined;
}

/** How many requests a second Cognito takes. Off until it is switched on. */
export interface Quotas {
  /** Counts a call. @throws AwsError TooManyRequestsException where it is one too many */
  take(call: QuotaCall): void;
  switchOn(rates: QuotaRates): void;
  switchOff(): void;
  describe(): { readonly on: boolean; readonly rates: object; readonly refused: object };
}

/** A bucket that holds a second's worth and fills all the time. */
interface Bucket {
  tokens: number;
  atMs: number;
}

const MOST_BUCKETS = 10_000;

export function createQuotas(clock: Clock): Quotas {
  let rates: QuotaRates | undefined;
  let refused = new Map<string, number>();
  const buckets = new Map<string, Bucket>();

  const takeFrom = (key: string, rps: number): boolean => {
    const nowMs = clock();
    const size = Math.max(rps, 1);
    const bucket = buckets.get(key) ?? { tokens: size, atMs: nowMs };
    const gained = (Math.max(nowMs - bucket.atMs, 0) / 1000) * rps;
    bucket.tokens = Math.min(size, bucket.tokens + gained);
    bucket.atMs = nowMs;
    // The oldest go first: whoever has not called for so long has a full bucket.
    buckets.delete(key);
    buckets.set(key, bucket);
    if (buckets.size > MOST_BUCKETS) buckets.delete(buckets.keys().next().value ?? "");
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  };

  const refuse = (quota: string): never => {
    refused.set(quota, (refused.get(quota) ?? 0) + 1);
    throw new AwsError("TooManyRequestsException", "Rate exceeded");
  };

  return {
    take(call) {
      if (rates === undefined) return;
      const { region, account, operation, poolId, user } = call;
      const rateOf = (category: QuotaCategory) => rates?.[category] ?? DEFAULT_RPS[category];
      const shared = (name: string) => `${account}/${region}/${name}`;
      const responds = RESPONSES.includes(operation);
      const ownRps = RESPONSES_FACTOR * rateOf("UserAuthentication");
      if (responds && takeFrom(shared("responses"), ownRps)) return;
      const category = responds ? "UserAuthentication" : CATEGORY_OF.get(operation);
      if (category === undefined) return;
      if (!takeFrom(shared(category), rateOf(category))) refuse(category);
      if (poolId !== undefined && PER_POOL.includes(category)) {
        const key = `pool/${poolId}/${operation}`;
        if (!takeFrom(key, rates.perPool ?? PER_POOL_RPS)) refuse("perPool");
      }
      const kind = USER_READS.includes(category)
        ? "read"
        : USER_WRITES.includes(category) && "write";
      if (user !== undefined && kind !== false) {
        const key = `user/${poolId}/${kind}/${user.toLowerCase()}`;
        if (!takeFrom(key, rates.perUser ?? PER_USER_RPS)) refuse("perUser");
      }
    },
    switchOn(given) {
      rates = given;
      refused = new Map();
      buckets.clear();
    },
    switchOff() {
      rates = undefined;
    },
    describe: () => ({
      on: rates !== undefined,
      rates: { ...DEFAULT_RPS, perPool: PER_POOL_RPS, perUser: PER_USER_RPS, ...rates },
      refused: Object.fromEntries(refused),
    }),
  };
}

const Named = z.looseObject({
  UserPoolId: z.string().optional(),
  ClientId: z.string().optional(),
  Username: z.string().optional(),
  AccessToken: z.string().optional(),
  AuthParameters: z.looseObject({ USERNAME: z.string().optional() }).optional(),
});

/** What a call's body says about its pool and user; nothing where it is malformed, which the call itself refuses. */
export function quotaNames(
  raw: unknown,
  poolOfClient: (clientId: string) => string | undefined,
): Pick<QuotaCall, "poolId" | "user"> {
  const parsed = Named.safeParse(raw);
  if (!parsed.success) return { poolId: undefined, user: undefined };
  const { UserPoolId, ClientId, Username, AccessToken, AuthParameters } = parsed.data;
  const token = AccessToken === undefined ? {} : claimsOf(AccessToken);
  const poolId = UserPoolId ?? (ClientId === undefined ? undefined : poolOfClient(ClientId));
  return {
    poolId: poolId ?? token.iss?.split("/").at(-1),
    user: Username ?? AuthParameters?.USERNAME ?? token.username,
  };
}

const Claims = z.looseObject({ iss: z.string().optional(), username: z.string().optional() });

/** Unverified: it is only to be counted, by whom it says it is. */
function claimsOf(token: string): z.infer<typeof Claims> {
  try {
    const text = Buffer.from(token.split(".")[1] ?? "", "base64url").toString();
    const claims = Claims.safeParse(JSON.parse(text));
    return claims.success ? claims.data : {};
  } catch {
    // Not a token: the call itself will say so.
    return {};
  }
}
