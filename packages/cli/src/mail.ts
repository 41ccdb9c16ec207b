import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { MailLocale, MailTemplate } from "@carryover/core/config/onboarding-schema";
import { resolveMigration } from "@carryover/core/config/resolve";
import { onboardingSettings } from "@carryover/core/onboarding/settings";
import { type RenderSettings, renderMail } from "@carryover/core/onboarding/templates/render";
import { loadMigration } from "@carryover/local/stage";

export interface PreviewOptions {
  readonly config: string;
  readonly template?: MailTemplate;
  readonly locale?: MailLocale;
  readonly name: string;
  readonly out: string;
  readonly serve?: boolean;
}

/** For a configuration that says nothing of mails yet. */
const EXAMPLE: RenderSettings = {
  brand: {
    name: "Example",
    color: "#1a56db",
    buttonTextColor: "#ffffff",
    supportUrl: "https://example.com/help",
  },
  signInUrl: "https://example.com/sign-in",
  defaultLocale: "en",
};

interface Page {
  readonly file: string;
  readonly body: string;
}

/** Shows the mails as people will get them: as files, or in a browser. Nothing is sent. */
export async function preview(options: PreviewOptions): Promise<void> {
  const migration = resolveMigration(
    await loadMigration(resolve(options.config)),
    "preview",
    options.config,
  );
  const { mail } = onboardingSettings(migration);
  if (!mail) console.log(`${options.config} has no section onboarding: this is an example.`);
  const pages = await rendered(mail ?? EXAMPLE, options);
  if (options.serve) return serve(pages);
  await mkdir(options.out, { recursive: true });
  for (const { file, body } of pages) await writeFile(join(options.out, file), body);
  console.log(`${pages.length} files in ${options.out}: open ${join(options.out, "index.html")}`);
}

async function rendered(
  settings: RenderSettings,
  { template, locale, name }: PreviewOptions,
): Promise<readonly Page[]> {
  const pages: Page[] = [];
  const subjects: { readonly stem: string; readonly subject: string }[] = [];
  for (const one of template ? [template] : MailTemplate.options) {
    for (const language of locale ? [locale] : MailLocale.options) {
      const stem = `${one}.${language}`;
      const mail = await renderMail(settings, one, { locale: language, name });
      pages.push({ file: `${stem}.html`, body: mail.html });
      pages.push({ file: `${stem}.txt`, body: `${mail.subject}\n\n${mail.text}\n` });
      subjects.push({ stem, subject: mail.subject });
    }
  }
  const items = subjects.map(
    ({ stem, subject }) =>
      `<li>${escaped(subject)}: <a href="${stem}.html">HTML</a>, <a href="${stem}.txt">text</a></li>`,
  );
  const index = `<!doctype html><meta charset="utf-8"><title>Mails</title><ul>${items.join("")}</ul>`;
  return [{ file: "index.html", body: index }, ...pages];
}

/** On this computer only, until Ctrl-C. */
async function serve(pages: readonly Page[]): Promise<void> {
  const byPath = new Map(pages.map(({ file, body }) => [`/${file}`, body]));
  const server = createServer((request, response) => {
    const path = request.url === "/" ? "/index.html" : (request.url ?? "");
    const body = byPath.get(path);
    const type = path.endsWith(".txt") ? "text/plain" : "text/html";
    response.writeHead(body === undefined ? 404 : 200, {
      "content-type": `${type}; charset=utf-8`,
    });
    response.end(body ?? "There is no such mail.");
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  console.log(`http://127.0.0.1:${port} shows the mails, until Ctrl-C.`);
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`);
}
