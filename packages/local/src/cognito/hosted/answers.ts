import type { WireResponse } from "../../http.ts";
import { json, redirect } from "../../web.ts";
import type { SignInRequest, Visit } from "./state.ts";

/** An error as RFC 6749, section 5.2, puts it. */
export function oauthError(error: string, description?: string, status = 400): WireResponse {
  return json(
    { error, ...(description !== undefined && { error_description: description }) },
    status,
  );
}

/** Back to the app: in the query, or in the fragment where the app asked for tokens. */
export function backToApp(
  {
    redirectUri,
    responseType,
    state,
  }: Pick<SignInRequest, "redirectUri" | "responseType" | "state">,
  answer: Record<string, string>,
  cookie?: string,
): WireResponse {
  const parameters = new URLSearchParams({
    ...answer,
    ...(state !== undefined && { state }),
  });
  const mark = responseType === "token" ? "#" : redirectUri.includes("?") ? "&" : "?";
  return redirect(`${redirectUri}${mark}${parameters}`, cookie);
}

/** A page of the domain's own, for what must not be told to an address that nobody registered. */
export function toErrorPage({ place }: Visit, error: string, clientId?: string): WireResponse {
  const parameters = new URLSearchParams({ error, ...(clientId && { client_id: clientId }) });
  return redirect(`${place.prefix}/error?${parameters}`);
}

/** The origin of a callback URL as a content security policy names it; an app's own scheme by itself. */
export function formTarget(url: string): string {
  const { origin, protocol } = new URL(url);
  return origin === "null" ? protocol : origin;
}

export function cookieOf({ request }: Visit, name: string): string | undefined {
  for (const part of (request.headers.cookie ?? "").split(";")) {
    const [key, ...value] = part.trim().split("=");
    if (key === name) return value.join("=");
  }
  return undefined;
}

/** A cookie of this domain alone, which scripts cannot read. @param seconds 0 takes it away */
export function cookie({ place, request }: Visit, name: string, value: string, seconds: number) {
  const secure = request.secure === true ? "; Secure" : "";
  return `${name}=${value}; Path=${place.prefix}/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
}
