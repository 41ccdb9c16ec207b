import type { WireResponse } from "../../http.ts";
import { redirect } from "../../web.ts";
import { cookie, cookieOf, toErrorPage } from "./answers.ts";
import { SESSION_COOKIE } from "./sign-in.ts";
import { closeBrowserSession, type Visit } from "./state.ts";

/** `GET /logout`: forgets the browser, and sends it to the app or to the sign-in page. Source: DG23/logout-endpoint. */
export async function logout(visit: Visit): Promise<WireResponse> {
  const { query } = visit.request;
  const client = visit.pool.clients.get(query.get("client_id") ?? "");
  if (client === undefined) return toErrorPage(visit, "invalid_client");
  const logoutUri = query.get("logout_uri");
  const again = query.get("redirect_uri");
  if (logoutUri ? !client.settings.LogoutURLs?.includes(logoutUri) : !again) {
    return toErrorPage(visit, "invalid_request", client.id);
  }
  closeBrowserSession(visit, cookieOf(visit, SESSION_COOKIE));
  // Whether the address to come back to is the app's is checked there.
  return redirect(
    logoutUri || `${visit.place.prefix}/login?${query}`,
    cookie(visit, SESSION_COOKIE, "", 0),
  );
}
