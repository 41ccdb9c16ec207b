import * as imports from "./import/jobs.ts";
import type { Operation } from "./input.ts";
import * as secrets from "./pools/client-secrets.ts";
import * as clients from "./pools/clients.ts";
import * as domains from "./pools/domains.ts";
import * as kept from "./pools/kept-settings.ts";
import { getUserPoolMfaConfig, setUserPoolMfaConfig } from "./pools/mfa-config.ts";
import * as pools from "./pools/pools.ts";
import * as resourceServers from "./pools/resource-servers.ts";
import { getSigningCertificate } from "./pools/signing-certificate.ts";
import * as tags from "./pools/tags.ts";
import * as providers from "./providers/identity-providers.ts";
import { adminInitiateAuth, initiateAuth } from "./sign-in/auth.ts";
import * as factors from "./sign-in/auth-factors.ts";
import { adminRespondToAuthChallenge, respondToAuthChallenge } from "./sign-in/challenges.ts";
import * as devices from "./sign-in/devices.ts";
import * as mfa from "./sign-in/mfa.ts";
import * as passkeys from "./sign-in/passkeys.ts";
import { getTokensFromRefreshToken } from "./sign-in/refresh.ts";
import { adminCreateUser } from "./users/create-user.ts";
import * as groups from "./users/groups.ts";
import { adminDisableProviderForUser, adminLinkProviderForUser } from "./users/linked-users.ts";
import { listUsers } from "./users/list-users.ts";
import { confirmForgotPassword, forgotPassword } from "./users/password-reset.ts";
import * as self from "./users/self-service.ts";
import * as signUps from "./users/sign-up.ts";
import * as users from "./users/users.ts";

/** Every operation of the API that the stand-in knows, by the name in `X-Amz-Target`. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    CreateUserPool: pools.createUserPool,
    DescribeUserPool: pools.describeUserPool,
    UpdateUserPool: pools.updateUserPool,
    DeleteUserPool: pools.deleteUserPool,
    ListUserPools: pools.listUserPools,
    AddCustomAttributes: pools.addCustomAttributes,
    TagResource: tags.tagResource,
    UntagResource: tags.untagResource,
    ListTagsForResource: tags.listTagsForResource,
    SetUserPoolMfaConfig: setUserPoolMfaConfig,
    GetUserPoolMfaConfig: getUserPoolMfaConfig,
    SetLogDeliveryConfiguration: kept.setLogDeliveryConfiguration,
    GetLogDeliveryConfiguration: kept.getLogDeliveryConfiguration,
    SetRiskConfiguration: kept.setRiskConfiguration,
    DescribeRiskConfiguration: kept.describeRiskConfiguration,
    SetUICustomization: kept.setUiCustomization,
    GetUICustomization: kept.getUiCustomization,
    GetSigningCertificate: getSigningCertificate,

    CreateUserPoolClient: clients.createUserPoolClient,
    DescribeUserPoolClient: clients.describeUserPoolClient,
    UpdateUserPoolClient: clients.updateUserPoolClient,
    DeleteUserPoolClient: clients.deleteUserPoolClient,
    ListUserPoolClients: clients.listUserPoolClients,
    AddUserPoolClientSecret: secrets.addUserPoolClientSecret,
    ListUserPoolClientSecrets: secrets.listUserPoolClientSecrets,
    DeleteUserPoolClientSecret: secrets.deleteUserPoolClientSecret,

    CreateIdentityProvider: providers.createIdentityProvider,
    DescribeIdentityProvider: providers.describeIdentityProvider,
    UpdateIdentityProvider: providers.updateIdentityProvider,
    DeleteIdentityProvider: providers.deleteIdentityProvider,
    ListIdentityProviders: providers.listIdentityProviders,
    GetIdentityProviderByIdentifier: providers.getIdentityProviderByIdentifier,

    AdminLinkProviderForUser: adminLinkProviderForUser,
    AdminDisableProviderForUser: adminDisableProviderForUser,

    CreateUserPoolDomain: domains.createUserPoolDomain,
    DescribeUserPoolDomain: domains.describeUserPoolDomain,
    UpdateUserPoolDomain: domains.updateUserPoolDomain,
    DeleteUserPoolDomain: domains.deleteUserPoolDomain,

    CreateResourceServer: resourceServers.createResourceServer,
    DescribeResourceServer: resourceServers.describeResourceServer,
    UpdateResourceServer: resourceServers.updateResourceServer,
    DeleteResourceServer: resourceServers.deleteResourceServer,
    ListResourceServers: resourceServers.listResourceServers,

    GetCSVHeader: imports.getCsvHeader,
    CreateUserImportJob: imports.createUserImportJob,
    DescribeUserImportJob: imports.describeUserImportJob,
    StartUserImportJob: imports.startUserImportJob,
    StopUserImportJob: imports.stopUserImportJob,
    ListUserImportJobs: imports.listUserImportJobs,

    AdminCreateUser: adminCreateUser,
    AdminGetUser: users.adminGetUser,
    AdminDeleteUser: users.adminDeleteUser,
    AdminEnableUser: users.adminEnableUser,
    AdminDisableUser: users.adminDisableUser,
    AdminUserGlobalSignOut: users.adminUserGlobalSignOut,
    AdminUpdateUserAttributes: users.adminUpdateUserAttributes,
    AdminDeleteUserAttributes: users.adminDeleteUserAttributes,
    AdminSetUserPassword: users.adminSetUserPassword,
    AdminResetUserPassword: users.adminResetUserPassword,
    AdminConfirmSignUp: signUps.adminConfirmSignUp,
    AdminSetUserMFAPreference: mfa.adminSetUserMfaPreference,
    AdminSetUserSettings: mfa.adminSetUserSettings,
    AdminDeleteSoftwareToken: mfa.adminDeleteSoftwareToken,
    AdminGetUserAuthFactors: factors.adminGetUserAuthFactors,
    ListUsers: listUsers,

    CreateGroup: groups.createGroup,
    GetGroup: groups.getGroup,
    UpdateGroup: groups.updateGroup,
    DeleteGroup: groups.deleteGroup,
    ListGroups: groups.listGroups,
    ListUsersInGroup: groups.listUsersInGroup,
    AdminAddUserToGroup: groups.adminAddUserToGroup,
    AdminRemoveUserFromGroup: groups.adminRemoveUserFromGroup,
    AdminListGroupsForUser: groups.adminListGroupsForUser,

    SignUp: signUps.signUp,
    ConfirmSignUp: signUps.confirmSignUp,
    ResendConfirmationCode: signUps.resendConfirmationCode,
    ForgotPassword: forgotPassword,
    ConfirmForgotPassword: confirmForgotPassword,

    InitiateAuth: initiateAuth,
    GetTokensFromRefreshToken: getTokensFromRefreshToken,
    AdminInitiateAuth: adminInitiateAuth,
    RespondToAuthChallenge: respondToAuthChallenge,
    AdminRespondToAuthChallenge: adminRespondToAuthChallenge,

    AssociateSoftwareToken: mfa.associateSoftwareToken,
    VerifySoftwareToken: mfa.verifySoftwareToken,
    SetUserMFAPreference: mfa.setUserMfaPreference,
    SetUserSettings: mfa.setUserSettings,
    GetUser: self.getUser,
    GetUserAuthFactors: factors.getUserAuthFactors,
    UpdateUserAttributes: self.updateUserAttributes,
    DeleteUserAttributes: self.deleteUserAttributes,
    GetUserAttributeVerificationCode: self.getUserAttributeVerificationCode,
    VerifyUserAttribute: self.verifyUserAttribute,
    ChangePassword: self.changePassword,
    GlobalSignOut: self.globalSignOut,
    DeleteUser: self.deleteUser,
    RevokeToken: self.revokeToken,

    StartWebAuthnRegistration: passkeys.startWebAuthnRegistration,
    CompleteWebAuthnRegistration: passkeys.completeWebAuthnRegistration,
    ListWebAuthnCredentials: passkeys.listWebAuthnCredentials,
    DeleteWebAuthnCredential: passkeys.deleteWebAuthnCredential,

    ConfirmDevice: devices.confirmDevice,
    GetDevice: devices.getDevice,
    ListDevices: devices.listDevices,
    UpdateDeviceStatus: devices.updateDeviceStatus,
    ForgetDevice: devices.forgetDevice,
    AdminGetDevice: devices.adminGetDevice,
    AdminListDevices: devices.adminListDevices,
    AdminUpdateDeviceStatus: devices.adminUpdateDeviceStatus,
    AdminForgetDevice: devices.adminForgetDevice,
  }),
);

/** The operations that Cognito answers without AWS credentials: facts/cognito.md 3.1. */
export const UNSIGNED: ReadonlySet<string> = new Set([
  "SignUp",
  "ConfirmSignUp",
  "ResendConfirmationCode",
  "ForgotPassword",
  "ConfirmForgotPassword",
  "InitiateAuth",
  "RespondToAuthChallenge",
  "RevokeToken",
  "ConfirmDevice",
  "GetDevice",
  "ListDevices",
  "UpdateDeviceStatus",
  "ForgetDevice",
  "GetTokensFromRefreshToken",
  "AssociateSoftwareToken",
  "VerifySoftwareToken",
  "SetUserMFAPreference",
  "SetUserSettings",
  "StartWebAuthnRegistration",
  "CompleteWebAuthnRegistration",
  "ListWebAuthnCredentials",
  "DeleteWebAuthnCredential",
  "GetUser",
  "GetUserAuthFactors",
  "UpdateUserAttributes",
  "DeleteUserAttributes",
  "GetUserAttributeVerificationCode",
  "VerifyUserAttribute",
  "ChangePassword",
  "GlobalSignOut",
  "DeleteUser",
]);
