import type { WireResponse } from "../../http.ts";
import { AwsError } from "../../service.ts";
import { json } from "../../web.ts";
import { readAccessToken } from "../tokens/access-tokens.ts";
import { scopedAttributes } from "../tokens/tokens.ts";
import { readableAttributes } from "../users/attributes.ts";
import type { Visit } from "./state.ts";

/** `GET /oauth2/userInfo`: every value is a string, flags as well. Source: DG23/userinfo-endpoint. */
export async function userInfo(visit: Visit): Promise<WireResponse> {
  const [, bearer] = /^Bearer\s+(\S+)$/i.exec(visit.request.headers.authorization ?? "") ?? [];
  if (bearer === undefined) {
    return refusal(400, "invalid_request", "Bad OAuth2 request at UserInfo Endpoint");
  }
  try {
    const found = await readAccessToken(visit.ctx, bearer, "openid");
    const { user, client, scopes } = found;
    if (found.pool !== visit.pool) throw new AwsError("NotAuthorizedException", "");
    return json({
      ...Object.fromEntries(scopedAttributes(readableAttributes(client, user), scopes)),
      username: user.username,
    });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return refusal(
      401,
      "invalid_token",
      error.message.endsWith("required scopes")
        ? "Access token does not contain openid scope"
        : "Access token is expired, disabled, or deleted, or the user has globally signed out.",
    );
  }
}

function refusal(status: number, error: string, description: string): WireResponse {
  const answer = json({ error, error_description: description }, status);
  return {
    ...answer,
    headers: {
      ...answer.headers,
      "www-authenticate": `Bearer error="${error}", error_description="${description}"`,
    },
  };
}
