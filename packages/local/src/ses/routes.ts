import { type RestRoute, type RestRoutes, restRoute } from "../rest-routes.ts";

/** Method and path of each operation that is played. Source: API model of sesv2, `http` traits. */
const ROUTES: RestRoutes = {
  SendEmail: ["POST", "outbound-emails"],
  GetAccount: ["GET", "account"],
  PutAccountSendingAttributes: ["PUT", "account/sending"],
  PutAccountSuppressionAttributes: ["PUT", "account/suppression"],
  CreateConfigurationSet: ["POST", "configuration-sets"],
  GetConfigurationSet: ["GET", "configuration-sets/*"],
  DeleteConfigurationSet: ["DELETE", "configuration-sets/*"],
  ListConfigurationSets: ["POST", "list-configuration-sets"],
  CreateConfigurationSetEventDestination: ["POST", "configuration-sets/*/event-destinations"],
  GetConfigurationSetEventDestinations: ["GET", "configuration-sets/*/event-destinations"],
  UpdateConfigurationSetEventDestination: ["PUT", "configuration-sets/*/event-destinations/*"],
  DeleteConfigurationSetEventDestination: ["DELETE", "configuration-sets/*/event-destinations/*"],
  CreateEmailIdentity: ["POST", "identities"],
  GetEmailIdentity: ["GET", "identities/*"],
  DeleteEmailIdentity: ["DELETE", "identities/*"],
  ListEmailIdentities: ["POST", "list-identities"],
  CreateEmailTemplate: ["POST", "templates"],
  GetEmailTemplate: ["GET", "templates/*"],
  UpdateEmailTemplate: ["PUT", "templates/*"],
  DeleteEmailTemplate: ["DELETE", "templates/*"],
  ListEmailTemplates: ["GET", "templates"],
  TestRenderEmailTemplate: ["POST", "templates/*/render"],
  PutSuppressedDestination: ["PUT", "suppression/addresses"],
  GetSuppressedDestination: ["GET", "suppression/addresses/*"],
  DeleteSuppressedDestination: ["DELETE", "suppression/addresses/*"],
  ListSuppressedDestinations: ["GET", "suppression/addresses"],
};

/** As earlier clients ask for them, the AWS CLI among them. Source: API model of sesv2 in botocore 1.43.11. */
const EARLIER: RestRoutes = {
  ListConfigurationSets: ["GET", "configuration-sets"],
  ListEmailIdentities: ["GET", "identities"],
};

export const SES_PREFIX = "/v2/email/";

/** Which operation a request is, or undefined for one that is not played. */
export function routeOf(method: string, path: string): RestRoute | undefined {
  const rest = path.slice(SES_PREFIX.length);
  return restRoute(ROUTES, method, rest) ?? restRoute(EARLIER, method, rest);
}
