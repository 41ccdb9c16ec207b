import { createHash } from "node:crypto";
import type { WireResponse } from "./http.ts";

/** Sends the browser on. */
export function redirect(location: string, cookie?: string): WireResponse {
  return {
    status: 302,
    headers: {
      // A header takes ASCII only; a callback URL may have any letter.
      location: location.replace(/[^\x21-\x7e]+/gu, encodeURIComponent),
      "cache-control": "no-store",
      ...(cookie !== undefined && { "set-cookie": cookie }),
    },
  };
}

export function json(body: object, status = 200): WireResponse {
  return {
    status,
    headers: {
      "content-type": "application/json;charset=UTF-8",
      "cache-control": "no-store",
      pragma: "no-cache",
    },
    body: JSON.stringify(body),
  };
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:22rem;margin:4rem auto;padding:0 1rem}
input{display:block;width:100%;box-sizing:border-box;padding:.5rem;margin:.25rem 0 1rem;font:inherit}
.button,button{display:block;width:100%;box-sizing:border-box;padding:.5rem;margin:.5rem 0;font:inherit;
text-align:center;border:1px solid #767676;border-radius:4px;background:#f2f2f2;color:#111;text-decoration:none}
[role=alert]{color:#a00}`;
const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");

/**
 * A page without scripts. @param formTargets where its forms may lead beside this origin: a browser checks
 * where the answer to a form redirects to as well
 */
export function page(
  title: string,
  body: string,
  options: { status?: number; cookie?: string; formTargets?: readonly string[] } = {},
): WireResponse {
  const targets = ["'self'", ...(options.formTargets ?? [])].join(" ");
  return {
    status: options.status ?? 200,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action ${targets}; base-uri 'none'; frame-ancestors 'none'`,
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      // Not "no-referrer": with that a browser says no origin when it posts a form.
      "referrer-policy": "same-origin",
      "cache-control": "no-store",
      ...(options.cookie !== undefined && { "set-cookie": options.cookie }),
    },
    body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${html(title)}</title><style>${STYLE}</style></head><body><h1>${html(title)}</h1>${body}</body></html>`,
  };
}

const ENTITIES: Record<string, string> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  '"': "&quot;",
  "'": "&#39;",
};

export function html(text: string): string {
  return text.replace(/[<>&"']/g, (one) => ENTITIES[one] ?? one);
}
