import { timingSafeEqual } from "node:crypto";
import type { WireResponse } from "../../http.ts";
import { AwsError } from "../../service.ts";
import { html, page } from "../../web.ts";
import { signInByPassword } from "../auth.ts";
import { respondToAuthChallenge } from "../challenges.ts";
import { secretHash } from "../secret-hash.ts";
import { type Client, type Ctx, randomToken, type User } from "../state.ts";
import { cookie, cookieOf, formTarget } from "./answers.ts";
import { offeredProviders, offersPasswords, readSignInRequest } from "./requests.ts";
import { signedIn } from "./sign-in.ts";
import type { SignInRequest, Visit } from "./state.ts";

const CSRF_COOKIE = "XSRF-TOKEN";
const CSRF_SECONDS = 3600;

/** `GET /login`: user name and password, and a way to each provider. */
export async function loginPage(visit: Visit): Promise<WireResponse> {
  const read = readSignInRequest(visit);
  return "refusal" in read ? read.refusal : showLogin(visit, read.request);
}

/** `POST /login`: a password, or the answer to what was asked for after it. */
export async function submitLogin(visit: Visit): Promise<WireResponse> {
  const read = readSignInRequest(visit);
  if ("refusal" in read) return read.refusal;
  const { request } = read;
  const form = new URLSearchParams(visit.request.body.toString());
  if (!isOwnForm(visit, form)) {
    return showLogin(visit, request, "The page had been open for too long. Please try again.", 403);
  }
  if (!offersPasswords(request.client)) return showLogin(visit, request);
  try {
    const outcome = form.has("challenge")
      ? await answerChallenge(visit.ctx, request.client, form)
      : await tryPassword(visit.ctx, request.client, form);
    if ("signedIn" in outcome) return await signedIn(visit, request, outcome.signedIn);
    return showChallenge(visit, request, outcome.challenge, form.get("username") ?? "");
  } catch (error) {
    if (error instanceof AwsError) return showLogin(visit, request, error.message);
    throw error;
  }
}

/** A form is ours if it came from our page: by its origin, and by what only our page and its cookie know. */
function isOwnForm(visit: Visit, form: URLSearchParams): boolean {
  const { origin } = visit.request.headers;
  if (origin !== undefined && origin !== new URL(visit.place.base).origin) return false;
  const shown = Buffer.from(form.get("_csrf") ?? "");
  const kept = Buffer.from(cookieOf(visit, CSRF_COOKIE) ?? "");
  return kept.length > 0 && shown.length === kept.length && timingSafeEqual(shown, kept);
}

interface Challenge {
  readonly ChallengeName: string;
  readonly Session: string;
  readonly ChallengeParameters: Record<string, string>;
}
type Outcome = { readonly signedIn: User } | { readonly challenge: Challenge };

/** Runs a step of the API's own sign-in, which ends here with the user instead of with tokens. */
async function step(ctx: Ctx, run: (ctx: Ctx) => Promise<object> | object): Promise<Outcome> {
  let user: User | undefined;
  const result = await run({
    ...ctx,
    onSignedIn: (who) => {
      user = who;
    },
  });
  if (user !== undefined) return { signedIn: user };
  return { challenge: result as Challenge };
}

function tryPassword(ctx: Ctx, client: Client, form: URLSearchParams): Promise<Outcome> {
  const name = form.get("username") ?? "";
  const parameters = {
    USERNAME: name,
    PASSWORD: form.get("password") ?? "",
    ...withSecret(client, name),
  };
  return step(ctx, (hosted) =>
    signInByPassword(hosted, { client, parameters, metadata: undefined }),
  );
}

/** Which field of the answer what was typed goes into. */
const ANSWER_FIELD: Record<string, string> = {
  NEW_PASSWORD_REQUIRED: "NEW_PASSWORD",
  SOFTWARE_TOKEN_MFA: "SOFTWARE_TOKEN_MFA_CODE",
  SMS_MFA: "SMS_MFA_CODE",
  EMAIL_OTP: "EMAIL_OTP_CODE",
  SELECT_MFA_TYPE: "ANSWER",
};

function answerChallenge(ctx: Ctx, client: Client, form: URLSearchParams): Promise<Outcome> {
  const name = form.get("username") ?? "";
  const challenge = form.get("challenge") ?? "";
  const attributes = [...form].filter(([key]) => key.startsWith("userAttributes."));
  return step(ctx, (hosted) =>
    respondToAuthChallenge(hosted, {
      ChallengeName: challenge,
      ClientId: client.id,
      Session: form.get("session"),
      ChallengeResponses: {
        USERNAME: name,
        [ANSWER_FIELD[challenge] ?? "ANSWER"]: form.get("answer") ?? "",
        ...Object.fromEntries(attributes),
        ...withSecret(client, name),
      },
    }),
  );
}

function withSecret(client: Client, name: string): { SECRET_HASH?: string } {
  return client.secret === undefined ? {} : { SECRET_HASH: secretHash(client, name) };
}

function showLogin(
  visit: Visit,
  request: SignInRequest,
  problem?: string,
  status = 200,
): WireResponse {
  const { client } = request;
  const ways = offeredProviders(client).map((name) => {
    const query = new URLSearchParams(request.query);
    query.set("identity_provider", name);
    const href = `${visit.place.prefix}/oauth2/authorize?${query}`;
    return `<a class="button" href="${html(href)}">Continue with ${html(name)}</a>`;
  });
  const fields = offersPasswords(client)
    ? `<label>Username<input name="username" autocomplete="username" value="${html(request.loginHint ?? "")}" required autofocus></label>
<label>Password<input name="password" type="password" autocomplete="current-password" required></label>
<button name="signInSubmitButton">Sign in</button>`
    : "";
  return form(visit, request, { title: "Sign in", fields, after: ways.join(""), problem, status });
}

function showChallenge(
  visit: Visit,
  request: SignInRequest,
  challenge: Challenge,
  username: string,
): WireResponse {
  const { ChallengeName: name, Session: session, ChallengeParameters: parameters } = challenge;
  if (ANSWER_FIELD[name] === undefined) {
    // A factor that is not set up yet has to be set up by the app.
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
<label>${label}<input name="answer"${isPassword ? ' type="password"' : ""} required autofocus></label>
${more.map((field) => `<label>${html(field)}<input name="${html(field)}" required></label>`).join("")}
<button>Continue</button>`;
  return form(visit, request, { title: label, fields });
}

function hidden(name: string, value: string): string {
  return `<input type="hidden" name="${name}" value="${html(value)}">`;
}

function form(
  visit: Visit,
  request: SignInRequest,
  content: {
    title: string;
    fields: string;
    after?: string;
    problem?: string | undefined;
    status?: number;
  },
): WireResponse {
  const token = randomToken(24);
  const action = `${visit.place.prefix}/login?${request.query}`;
  const alert = content.problem === undefined ? "" : `<p role="alert">${html(content.problem)}</p>`;
  const body = content.fields
    ? `<form method="post" action="${html(action)}">${hidden("_csrf", token)}${content.fields}</form>`
    : "";
  return page(content.title, `${alert}${body}${content.after ?? ""}`, {
    status: content.status ?? 200,
    cookie: cookie(visit, CSRF_COOKIE, token, CSRF_SECONDS),
    formTargets: [formTarget(request.redirectUri)],
  });
}
