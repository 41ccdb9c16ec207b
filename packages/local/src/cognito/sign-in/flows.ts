import { AwsError } from "../../service.ts";
import { invalidParameter } from "../errors.ts";
import { type AuthFlowName, rotation } from "../pools/client-settings.ts";
import type { Client } from "../state.ts";

export type AuthFlow =
  | "USER_SRP_AUTH"
  | "USER_PASSWORD_AUTH"
  | "CUSTOM_AUTH"
  | "USER_AUTH"
  | "REFRESH_TOKEN_AUTH"
  | "REFRESH_TOKEN"
  | "ADMIN_USER_PASSWORD_AUTH"
  | "ADMIN_NO_SRP_AUTH";

const ALLOWED_BY: Record<AuthFlow, readonly AuthFlowName[]> = {
  USER_PASSWORD_AUTH: ["ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"],
  ADMIN_USER_PASSWORD_AUTH: ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"],
  ADMIN_NO_SRP_AUTH: ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"],
  USER_SRP_AUTH: ["ALLOW_USER_SRP_AUTH"],
  CUSTOM_AUTH: ["ALLOW_CUSTOM_AUTH", "CUSTOM_AUTH_FLOW_ONLY"],
  USER_AUTH: ["ALLOW_USER_AUTH"],
  REFRESH_TOKEN: ["ALLOW_REFRESH_TOKEN_AUTH"],
  REFRESH_TOKEN_AUTH: ["ALLOW_REFRESH_TOKEN_AUTH"],
};
const DEFAULT_FLOWS: readonly AuthFlowName[] = [
  "ALLOW_REFRESH_TOKEN_AUTH",
  "ALLOW_USER_SRP_AUTH",
  "ALLOW_CUSTOM_AUTH",
];

/** Whether an app client may use a flow, by its `ExplicitAuthFlows`. */
export function allowsFlow(client: Client, flow: AuthFlow): boolean {
  // Rotated tokens are renewed by GetTokensFromRefreshToken only: facts/cognito.md 3.2.
  if (flow.startsWith("REFRESH_TOKEN") && rotation(client.settings) !== undefined) return false;
  const listed = client.settings.ExplicitAuthFlows ?? [];
  const flows = listed.length === 0 ? DEFAULT_FLOWS : listed;
  if (ALLOWED_BY[flow].some((name) => flows.includes(name))) return true;
  // Clients configured in the old way have SRP, custom and refresh in any case, unless they are for custom flows.
  if (flows.some((name) => name.startsWith("ALLOW_"))) return false;
  if (flow === "USER_SRP_AUTH") return !flows.includes("CUSTOM_AUTH_FLOW_ONLY");
  return flow === "CUSTOM_AUTH" || flow.startsWith("REFRESH_TOKEN");
}

/**
 * @throws AwsError InvalidParameterException, in the words of the flow: facts/cognito.md 1.1;
 * UnsupportedOperationException for a refresh where tokens rotate: radkawar/stackd, refresh_rotation_workflows.json
 */
export function requireFlow(client: Client, flow: AuthFlow, admin: boolean): void {
  if (allowsFlow(client, flow)) return;
  if (flow.startsWith("REFRESH_TOKEN") && rotation(client.settings) !== undefined) {
    throw new AwsError(
      "UnsupportedOperationException",
      "This API does not support refresh token rotation",
    );
  }
  if (admin || flow.startsWith("REFRESH_TOKEN")) {
    throw invalidParameter("Auth flow not enabled for this client");
  }
  throw invalidParameter(
    flow.startsWith("USER_PASSWORD")
      ? `${flow} flow not enabled for this client`
      : `${flow} is not enabled for the client.`,
  );
}
