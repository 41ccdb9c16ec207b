/**
 * Requests a second that an account has in a region for each category, all of its pools and callers together.
 * Source: Cognito guide, "Quotas in Amazon Cognito", 2026-11. Some can be raised; none is ever lower.
 */
export const QUOTAS = {
  UserCreation: 50,
  UserAccountRecovery: 30,
  UserRead: 120,
  UserUpdate: 25,
  UserResourceRead: 50,
  UserList: 30,
  /** The categories below allow more in sum, and 5 for each operation and pool. */
  UserPoolRead: 5,
  UserPoolResourceRead: 5,
  UserPoolResourceUpdate: 5,
  UserPoolClientRead: 5,
} as const;
export type QuotaCategory = keyof typeof QUOTAS;

/** The operations of bulk work, by the category that they use up. */
const CATEGORIES: Readonly<Record<string, QuotaCategory>> = {
  AdminCreateUser: "UserCreation",
  AdminConfirmSignUp: "UserCreation",
  AdminSetUserPassword: "UserAccountRecovery",
  AdminResetUserPassword: "UserAccountRecovery",
  AdminGetUser: "UserRead",
  AdminAddUserToGroup: "UserUpdate",
  AdminRemoveUserFromGroup: "UserUpdate",
  AdminUpdateUserAttributes: "UserUpdate",
  AdminDeleteUser: "UserUpdate",
  AdminDisableUser: "UserUpdate",
  AdminEnableUser: "UserUpdate",
  AdminLinkProviderForUser: "UserUpdate",
  AdminUserGlobalSignOut: "UserUpdate",
  AdminListGroupsForUser: "UserResourceRead",
  ListUsers: "UserList",
  ListUsersInGroup: "UserList",
  DescribeUserPool: "UserPoolRead",
  GetGroup: "UserPoolResourceRead",
  ListGroups: "UserPoolResourceRead",
  DescribeUserImportJob: "UserPoolResourceRead",
  CreateGroup: "UserPoolResourceUpdate",
  CreateUserImportJob: "UserPoolResourceUpdate",
  StartUserImportJob: "UserPoolResourceUpdate",
  DescribeUserPoolClient: "UserPoolClientRead",
};

/** @throws Error for an operation that nobody has put into a category: it would run without a pace */
export function categoryOf(operation: string): QuotaCategory {
  const category = Object.hasOwn(CATEGORIES, operation) ? CATEGORIES[operation] : undefined;
  if (category) return category;
  throw new Error(`${operation} has no quota category yet: see core/aws/quotas.ts`);
}
