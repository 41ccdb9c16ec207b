import type { WireResponse } from "../../http.ts";
import { AwsError } from "../../service.ts";
import { confirmForgotPassword, forgotPassword } from "../users/password-reset.ts";
import { confirmSignUp, signUp } from "../users/sign-up.ts";
import { field, formPage, hidden, isOwnForm, STALE } from "./forms.ts";
import { goOn, showLogin, showReset } from "./login-pages.ts";
import { offersPasswords, readSignInRequest } from "./requests.ts";
import type { SignInRequest, Visit } from "./state.ts";
import { named, tryPassword } from "./steps.ts";

/** An answer to one of the forms here. */
interface Answered {
  readonly visit: Visit;
  readonly request: SignInRequest;
  readonly form: URLSearchParams;
  readonly username: string;
}

type Show = (
  visit: Visit,
  request: SignInRequest,
  username: string,
  problem?: string,
) => WireResponse;

/** A page that is asked for by its address. */
function shown(show: Show) {
  return async (visit: Visit): Promise<WireResponse> => {
    const read = readSignInRequest(visit);
    if ("refusal" in read) return read.refusal;
    if (!offersPasswords(read.request.client)) return showLogin(visit, read.request);
    return show(visit, read.request, read.request.loginHint ?? "");
  };
}

/** Takes the answer to a page; where the API refuses it, the page is shown again with the reason. */
function submitted(again: Show, run: (answered: Answered) => Promise<WireResponse>) {
  return async (visit: Visit): Promise<WireResponse> => {
    const read = readSignInRequest(visit);
    if ("refusal" in read) return read.refusal;
    const { request } = read;
    const form = new URLSearchParams(visit.request.body.toString());
    if (!isOwnForm(visit, form)) return showLogin(visit, request, STALE, 403);
    if (!offersPasswords(request.client)) return showLogin(visit, request);
    const username = form.get("username") ?? "";
    try {
      return await run({ visit, request, form, username });
    } catch (error) {
      if (error instanceof AwsError) return again(visit, request, username, error.message);
      throw error;
    }
  };
}

const showNewPassword: Show = (visit, request, username, problem) =>
  formPage(visit, request, {
    title: "Choose a password",
    action: "/confirmForgotPassword",
    fields: `${hidden("username", username)}${field("code", "Code")}${field("new_password", "New password")}<button>Continue</button>`,
    problem,
  });

export const resetPage = shown(showReset);

/** `POST /forgotPassword`: sends the code, with the triggers that the API runs for it. */
export const submitReset = submitted(showReset, async ({ visit, request, username }) => {
  await forgotPassword(visit.ctx, named(request.client, username));
  return showNewPassword(visit, request, username);
});

/** `POST /confirmForgotPassword`: sets the password, and signs in with it. */
export const submitNewPassword = submitted(showNewPassword, async (answered) => {
  const { visit, request, form, username } = answered;
  const password = form.get("new_password") ?? "";
  await confirmForgotPassword(visit.ctx, {
    ...named(request.client, username),
    ConfirmationCode: form.get("code") ?? "",
    Password: password,
  });
  return signInWith(answered, password);
});

const ATTRIBUTE = "requiredAttributes.";

const showSignUp: Show = (visit, request, username, problem) => {
  const { pool } = request.client;
  const required = [...pool.schema.values()].filter(
    ({ name, required: is }) => is && name !== "sub" && !pool.usernameAttributes.includes(name),
  );
  const names = new Set(required.map(({ name }) => name));
  // A code has to go somewhere.
  const [address] = pool.settings.AutoVerifiedAttributes ?? [];
  if (address !== undefined && pool.usernameAttributes.length === 0) names.add(address);
  const more = [...names].map((name) => field(`${ATTRIBUTE}${name}`, name));
  return formPage(visit, request, {
    title: "Sign up",
    action: "/signup",
    fields: `${field("username", "Username", username)}${field("password", "Password")}${more.join("")}<button name="signUpButton">Sign up</button>`,
    problem,
  });
};

const showConfirmation: Show = (visit, request, username, problem) =>
  formPage(visit, request, {
    title: "Confirm your account",
    action: "/confirmUser",
    fields: `${hidden("username", username)}${field("code", "Code")}${field("password", "Password")}<button>Confirm</button>`,
    problem,
  });

export const signUpPage = shown(showSignUp);

/** `POST /signup`: makes the account, and asks for the code unless a trigger has confirmed it. */
export const submitSignUp = submitted(showSignUp, async (answered) => {
  const { visit, request, form, username } = answered;
  const password = form.get("password") ?? "";
  const attributes = [...form].filter(([key]) => key.startsWith(ATTRIBUTE));
  const made: { UserConfirmed?: boolean } = await signUp(visit.ctx, {
    ...named(request.client, username),
    Password: password,
    UserAttributes: attributes.map(([key, Value]) => ({
      Name: key.slice(ATTRIBUTE.length),
      Value,
    })),
  });
  if (made.UserConfirmed === true) return signInWith(answered, password);
  return showConfirmation(visit, request, username);
});

/** `POST /confirmUser`: confirms the account, and signs in with the password of it. */
export const submitConfirmation = submitted(showConfirmation, async (answered) => {
  const { visit, request, form, username } = answered;
  await confirmSignUp(visit.ctx, {
    ...named(request.client, username),
    ConfirmationCode: form.get("code") ?? "",
  });
  return signInWith(answered, form.get("password") ?? "");
});

async function signInWith({ visit, request, username }: Answered, password: string) {
  const form = new URLSearchParams({ username, password });
  try {
    const outcome = await tryPassword(visit.ctx, request.client, form);
    return await goOn(visit, request, username, outcome);
  } catch (error) {
    // The account is done; only this sign-in is not.
    if (error instanceof AwsError) return showLogin(visit, request, error.message);
    throw error;
  }
}
