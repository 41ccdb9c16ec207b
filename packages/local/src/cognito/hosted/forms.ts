import { timingSafeEqual } from "node:crypto";
import type { WireResponse } from "../../http.ts";
import { html, page } from "../../web.ts";
import { randomToken } from "../state.ts";
import { cookie, cookieOf, formTarget } from "./answers.ts";
import type { SignInRequest, Visit } from "./state.ts";

const CSRF_COOKIE = "XSRF-TOKEN";
const CSRF_SECONDS = 3600;
export const STALE = "The page had been open for too long. Please try again.";

/** A form is ours if it came from our page: by its origin, and by what only our page and its cookie know. */
export function isOwnForm(visit: Visit, form: URLSearchParams): boolean {
  const { origin } = visit.request.headers;
  if (origin !== undefined && origin !== new URL(visit.place.base).origin) return false;
  const shown = Buffer.from(form.get("_csrf") ?? "");
  const kept = Buffer.from(cookieOf(visit, CSRF_COOKIE) ?? "");
  return kept.length > 0 && shown.length === kept.length && timingSafeEqual(shown, kept);
}

export function hidden(name: string, value: string): string {
  return `<input type="hidden" name="${name}" value="${html(value)}">`;
}

/** What a page asks for, and where the answer goes. */
export interface Form {
  readonly title: string;
  /** The path of the domain that takes the answer. */
  readonly action: string;
  /** HTML; empty for a page with nothing to fill in. */
  readonly fields: string;
  /** More HTML below the form. */
  readonly after?: string;
  readonly problem?: string | undefined;
  readonly status?: number;
}

/** A page with a form, which goes on with the sign-in that was asked for. */
export function formPage(visit: Visit, request: SignInRequest, form: Form): WireResponse {
  const token = randomToken(24);
  const alert = form.problem === undefined ? "" : `<p role="alert">${html(form.problem)}</p>`;
  const body = form.fields
    ? `<form method="post" action="${html(addressOf(visit, request, form.action))}">${hidden("_csrf", token)}${form.fields}</form>`
    : "";
  return page(form.title, `${alert}${body}${form.after ?? ""}`, {
    status: form.status ?? 200,
    cookie: cookie(visit, CSRF_COOKIE, token, CSRF_SECONDS),
    formTargets: [formTarget(request.redirectUri)],
  });
}

/** A path of this domain with what the app asked for. */
export function addressOf({ place }: Visit, { query }: SignInRequest, path: string): string {
  return `${place.prefix}${path}?${query}`;
}

export function link(href: string, words: string): string {
  return `<a class="button" href="${html(href)}">${html(words)}</a>`;
}

/** A field with its label; a password where it is called so. */
export function field(name: string, label: string, value = ""): string {
  const type = name === "password" || name === "new_password" ? ' type="password"' : "";
  return `<label>${html(label)}<input name="${html(name)}"${type} value="${html(value)}" required></label>`;
}
