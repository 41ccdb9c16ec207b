/** Method and path of each operation that is played. Source: API model of sesv2, `http` traits. */
const ROUTES = {
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
} as const;

export const SES_PREFIX = "/v2/email/";

export interface SesRoute {
  readonly operation: string;
  /** What the path names, decoded. */
  readonly names: readonly string[];
}

/** Which operation a request is, or undefined for one that is not played. */
export function routeOf(method: string, path: string): SesRoute | undefined {
  const parts = path.slice(SES_PREFIX.length).replace(/\/$/, "").split("/");
  for (const [operation, [verb, pattern]] of Object.entries(ROUTES)) {
    const wanted = pattern.split("/");
    if (verb !== method || wanted.length !== parts.length) continue;
    if (!wanted.every((part, index) => part === "*" || part === parts[index])) continue;
    const named = parts.filter((_, index) => wanted[index] === "*");
    return { operation, names: named.map(decoded) };
  }
  return undefined;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // Not an encoding: then it is the name of nothing.
    return part;
  }
}
