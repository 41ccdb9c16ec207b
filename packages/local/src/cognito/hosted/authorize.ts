import type { WireResponse } from "../../http.ts";
import { redirect } from "../../web.ts";
import { identifiedProvider } from "../providers/identity-providers.ts";
import { backToApp, cookieOf } from "./answers.ts";
import { leaveForProvider } from "./federation.ts";
import { offeredProviders, offersPasswords, readSignInRequest } from "./requests.ts";
import { grant, SESSION_COOKIE } from "./sign-in.ts";
import { type BrowserSession, browserSession, type SignInRequest, type Visit } from "./state.ts";

/** `GET /oauth2/authorize`: straight back for a browser that is signed in, to a provider, or to the page. */
export async function authorize(visit: Visit): Promise<WireResponse> {
  const read = readSignInRequest(visit);
  if ("refusal" in read) return read.refusal;
  const { request } = read;
  const wanted = wantedProvider(visit);
  if (wanted === "unknown") {
    return backToApp(request, {
      error: "invalid_request",
      error_description: "Identity provider does not exist or is not enabled for the client",
    });
  }
  const session = browserSession(visit, cookieOf(visit, SESSION_COOKIE));
  if (session !== undefined && isEnough(session, request, wanted)) {
    return grant(visit, request, session);
  }
  if (request.prompt === "none") return backToApp(request, { error: "login_required" });
  if (wanted !== undefined && wanted !== "COGNITO") {
    return leaveForProvider(visit, request, wanted);
  }
  // With one provider and no passwords there is nothing to choose from.
  const [only, ...more] = offeredProviders(request.client);
  if (only !== undefined && more.length === 0 && !offersPasswords(request.client)) {
    return leaveForProvider(visit, request, only);
  }
  return redirect(`${visit.place.prefix}/login?${request.query}`);
}

function isEnough(
  session: BrowserSession,
  { prompt }: SignInRequest,
  wanted: string | undefined,
): boolean {
  if (prompt === "login" || prompt === "select_account") return false;
  return wanted === undefined || wanted === session.provider;
}

/** The provider that the request names itself or by an identifier; "unknown" for one that is not offered. */
function wantedProvider({ request, pool }: Visit): string | undefined {
  const identifier = request.query.get("idp_identifier");
  const named = request.query.get("identity_provider") || undefined;
  const name = identifier ? (identifiedProvider(pool, identifier)?.name ?? "unknown") : named;
  if (name === undefined) return undefined;
  const client = pool.clients.get(request.query.get("client_id") ?? "");
  if (client === undefined) return "unknown";
  if (name === "COGNITO") return offersPasswords(client) ? name : "unknown";
  return offeredProviders(client).includes(name) ? name : "unknown";
}
