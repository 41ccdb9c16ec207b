import * as z from "zod";

export type Language = "en" | "de" | "es";
export type Template = "welcome" | "re-enrol";

/** Whoever is to get mails of onboarding: each of these once, in this language, and no other. */
export interface Addressee {
  readonly to: string;
  readonly language: Language;
  readonly templates: readonly Template[];
}

/** A mail of onboarding as it lies in somebody's mailbox. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
}

/** How many came of each template, and what is wrong with them. */
export interface Mails {
  readonly welcome: number;
  readonly reEnrol: number;
  readonly differences: readonly string[];
}

/** `locale` as people have it. */
export const LOCALES: Record<Language, string | undefined> = {
  en: undefined,
  de: "de-AT",
  es: "es_MX",
};

const SUBJECTS: Record<Template, Record<Language, string>> = {
  welcome: {
    en: "Your Example account has moved",
    de: "Ihr Konto bei Example ist umgezogen",
    es: "Su cuenta de Example se ha trasladado",
  },
  "re-enrol": {
    en: "Please set up two-step sign-in again for Example",
    de: "Bitte richten Sie die zweistufige Anmeldung bei Example neu ein",
    es: "Vuelva a configurar el acceso en dos pasos de Example",
  },
};

// Cognito's own mails, with codes, are plain text.
const Kept = z.object({
  to: z.string(),
  subject: z.string().optional(),
  html: z.string().optional(),
});

/** The mails of onboarding in all mailboxes of a stage. */
export async function mailsAt(mailboxUrl: string): Promise<Mail[]> {
  const response = await fetch(mailboxUrl);
  const kept = z.array(Kept).parse(await response.json());
  return kept.flatMap(({ to, subject = "", html }) =>
    html === undefined ? [] : [{ to, subject }],
  );
}

/** Compares what came with what had to come. */
export function checkMails(mails: readonly Mail[], addressees: readonly Addressee[]): Mails {
  const left = new Map<string, number>();
  for (const mail of mails) left.set(keyOf(mail), (left.get(keyOf(mail)) ?? 0) + 1);
  const differences: string[] = [];
  const counts = { welcome: 0, "re-enrol": 0 };
  for (const { to, language, templates } of addressees) {
    for (const template of templates) {
      const key = keyOf({ to, subject: SUBJECTS[template][language] });
      const came = left.get(key) ?? 0;
      left.delete(key);
      counts[template] += came;
      if (came !== 1)
        differences.push(`mails: ${template} in ${language} came ${came} times to somebody`);
    }
  }
  for (const _ of left.keys()) differences.push("mails: somebody got one that is not for them");
  return { welcome: counts.welcome, reEnrol: counts["re-enrol"], differences };
}

function keyOf({ to, subject }: Mail): string {
  return `${to.toLowerCase()} ${subject}`;
}
