import type { WireResponse } from "../../http.ts";
import { html } from "../../web.ts";
import { addressOf, field, formPage, hidden, link } from "./forms.ts";
import { offeredProviders, offersPasswords } from "./requests.ts";
import { signedIn } from "./sign-in.ts";
import type { SignInRequest, Visit } from "./state.ts";
import { ANSWER_FIELD, type Challenge, type Outcome, offerSecret } from "./steps.ts";

/** What follows a right password, or a right answer. */
export async function goOn(
  visit: Visit,
  request: SignInRequest,
  name: string,
  outcome: Outcome,
): Promise<WireResponse> {
  if ("signedIn" in outcome) return signedIn(visit, request, outcome.signedIn);
  return showChallenge(visit, request, outcome.challenge, name);
}

export function showLogin(
  visit: Visit,
  request: SignInRequest,
  problem?: string,
  status = 200,
): WireResponse {
  const { client, loginHint } = request;
  const providers = offeredProviders(client).map((name) => {
    const query = new URLSearchParams(request.query);
    query.set("identity_provider", name);
    return link(`${visit.place.prefix}/oauth2/authorize?${query}`, `Continue with ${name}`);
  });
  const own = offersPasswords(client);
  const mayJoin = client.pool.settings.AdminCreateUserConfig?.AllowAdminCreateUserOnly !== true;
  const after = [
    ...providers,
    ...(own ? [link(addressOf(visit, request, "/forgotPassword"), "Forgot your password?")] : []),
    ...(own && mayJoin ? [link(addressOf(visit, request, "/signup"), "Sign up")] : []),
  ];
  const fields = own
    ? `${field("username", "Username", loginHint)}${field("password", "Password")}
<button name="signInSubmitButton">Sign in</button>`
    : "";
  return formPage(visit, request, {
    title: "Sign in",
    action: "/login",
    fields,
    after: after.join(""),
    problem,
    status,
  });
}

async function showChallenge(
  visit: Visit,
  request: SignInRequest,
  challenge: Challenge,
  username: string,
): Promise<WireResponse> {
  const { ChallengeName: name, Session: session, ChallengeParameters: parameters } = challenge;
  if (name === "MFA_SETUP" && parameters.MFAS_CAN_SETUP?.includes("SOFTWARE_TOKEN_MFA")) {
    return showSetup(visit, request, session, username);
  }
  if (ANSWER_FIELD[name] === undefined) {
    // An address for codes is nothing that this page asks for.
    return showLogin(
      visit,
      request,
      "A second factor has to be set up before you can sign in here.",
    );
  }
  const isPassword = name === "NEW_PASSWORD_REQUIRED";
  const more: string[] = isPassword ? JSON.parse(parameters.requiredAttributes ?? "[]") : [];
  const label = isPassword ? "New password" : name === "SELECT_MFA_TYPE" ? "Factor" : "Code";
  const fields = `${hidden("challenge", name)}${hidden("session", session)}${hidden("username", username)}
<label>${label}<input name="answer"${isPassword ? ' type="password"' : ""} required></label>
${more.map((wanted) => field(wanted, wanted)).join("")}
<button>Continue</button>`;
  return formPage(visit, request, { title: label, action: "/login", fields });
}

/** A new secret for an authenticator app, whose first code proves that the app has it. */
async function showSetup(
  visit: Visit,
  request: SignInRequest,
  session: string,
  username: string,
): Promise<WireResponse> {
  const { secret, next } = await offerSecret(visit.ctx, session);
  const { PoolName: issuer = visit.pool.id } = visit.pool.settings;
  const query = new URLSearchParams({ secret, issuer });
  const fields = `${hidden("challenge", "MFA_SETUP")}${hidden("session", next)}${hidden("username", username)}
<p>Add this key to your authenticator app: <code>${html(secret)}</code></p>
${link(`otpauth://totp/${encodeURIComponent(username)}?${query}`, "Open the app")}
<label>Code<input name="answer" required></label>
<button>Continue</button>`;
  return formPage(visit, request, {
    title: "Set up an authenticator app",
    action: "/login",
    fields,
  });
}

/** Asks for whom a code shall be sent. */
export function showReset(
  visit: Visit,
  request: SignInRequest,
  username: string,
  problem?: string,
): WireResponse {
  return formPage(visit, request, {
    title: "Reset your password",
    action: "/forgotPassword",
    fields: `${field("username", "Username", username)}<button name="reset_my_password">Send a code</button>`,
    problem,
  });
}
