import type { WireResponse } from "../../http.ts";
import { AwsError } from "../../service.ts";
import { isOwnForm, STALE } from "./forms.ts";
import { goOn, showLogin, showReset } from "./login-pages.ts";
import { offersPasswords, readSignInRequest } from "./requests.ts";
import type { Visit } from "./state.ts";
import { answerChallenge, tryPassword } from "./steps.ts";

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
  if (!isOwnForm(visit, form)) return showLogin(visit, request, STALE, 403);
  if (!offersPasswords(request.client)) return showLogin(visit, request);
  const name = form.get("username") ?? "";
  try {
    const outcome = form.has("challenge")
      ? await answerChallenge(visit.ctx, request.client, form)
      : await tryPassword(visit.ctx, request.client, form);
    return await goOn(visit, request, name, outcome);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    // Who has to choose a password first is led there: facts/cognito.md 5.
    if (error.type === "PasswordResetRequiredException") return showReset(visit, request, name);
    return showLogin(visit, request, error.message);
  }
}
