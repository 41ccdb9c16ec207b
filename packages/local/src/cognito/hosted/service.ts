import type { WireRequest, WireResponse } from "../../http.ts";
import { html, page } from "../../web.ts";
import { poolWithDomain } from "../pools/domains.ts";
import type { Ctx } from "../state.ts";
import {
  resetPage,
  signUpPage,
  submitConfirmation,
  submitNewPassword,
  submitReset,
  submitSignUp,
} from "./accounts.ts";
import { authorize } from "./authorize.ts";
import { tooMany } from "./counted.ts";
import { arriveFromProvider } from "./federation.ts";
import { loginPage, submitLogin } from "./login.ts";
import { logout } from "./logout.ts";
import { hostedPlace } from "./place.ts";
import type { HostedState, Visit } from "./state.ts";
import { revoke, token } from "./token.ts";
import { userInfo } from "./user-info.ts";

/** Every address of a pool's domain, by method and path. */
const ADDRESSES: Record<string, ((visit: Visit) => Promise<WireResponse>) | undefined> = {
  "GET /oauth2/authorize": authorize,
  "GET /login": loginPage,
  "POST /login": submitLogin,
  "GET /forgotPassword": resetPage,
  "POST /forgotPassword": submitReset,
  "POST /confirmForgotPassword": submitNewPassword,
  "GET /signup": signUpPage,
  "POST /signup": submitSignUp,
  "POST /confirmUser": submitConfirmation,
  "GET /logout": logout,
  "POST /oauth2/token": token,
  "POST /oauth2/revoke": revoke,
  "GET /oauth2/userInfo": userInfo,
  "POST /oauth2/userInfo": userInfo,
  "GET /oauth2/idpresponse": arriveFromProvider,
  "GET /error": errorPage,
};

async function errorPage({ request }: Visit): Promise<WireResponse> {
  const error = request.query.get("error") ?? "unknown";
  const body = `<p role="alert">An error was encountered with the requested page: ${html(error)}</p>`;
  return page("Error", body, { status: 400 });
}

/** How a request to the sign-in pages of a pool is answered; undefined for a request that is not for one. */
export type Hosted = (request: WireRequest) => (() => Promise<WireResponse>) | undefined;

export function createHosted(context: (region: string) => Ctx, hosted: HostedState): Hosted {
  return (request) => {
    const place = hostedPlace(request);
    if (place === undefined) return undefined;
    const pool = poolWithDomain(context(""), place.domain);
    const address = ADDRESSES[`${request.method} ${place.path}`];
    if (pool === undefined || address === undefined) return async () => nothingHere();
    const visit = { ctx: context(pool.region), pool, place, request, hosted };
    return async () => tooMany(visit) ?? address(visit);
  };
}

function nothingHere(): WireResponse {
  return page("Not found", "<p>There is no such page.</p>", { status: 404 });
}
