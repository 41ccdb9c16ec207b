import type { MailLocale, MailTemplate } from "../../config/onboarding-schema.ts";

/** The words of one mail. Plain text: React escapes them. */
export interface Copy {
  readonly subject: string;
  /** What an inbox shows beside the subject. */
  readonly preview: string;
  readonly greeting: string;
  readonly paragraphs: readonly string[];
  readonly button: string;
  /** Below the button: for whom the mail comes as a surprise. */
  readonly support: string;
  readonly supportLink: string;
  readonly signature: string;
}

export interface CopyInput {
  readonly brand: string;
  /** What to call the person, if it is known. */
  readonly name?: string | undefined;
}

type Write = (input: CopyInput) => Copy;

const hello = (word: string, name: string | undefined) => (name ? `${word} ${name},` : `${word},`);

const english = {
  frame: ({ brand, name }: CopyInput) => ({
    greeting: hello("Hello", name),
    support: "You did not expect this mail? Then please tell us:",
    supportLink: "Get help",
    signature: `The ${brand} team`,
  }),
  welcome: (brand: string) => ({
    subject: `Your ${brand} account has moved`,
    preview: "Nothing to do: everything is where it was.",
    paragraphs: [
      `We have moved your ${brand} account to a new sign-in system. You have just signed in there for the first time, and everything went well.`,
      "You sign in as you always did, and nothing in your account has changed. There is nothing for you to do.",
    ],
    button: `Open ${brand}`,
  }),
  "re-enrol": (brand: string) => ({
    subject: `Please set up two-step sign-in again for ${brand}`,
    preview: "Your second step could not be moved with your account.",
    paragraphs: [
      `Your ${brand} account has moved to a new sign-in system. Your second step, such as an authenticator app, could not be moved with it, for reasons of security.`,
      "For now your password alone protects your account. Please sign in and set up the second step again in your account's security settings. It takes two minutes.",
    ],
    button: "Sign in and set it up",
  }),
  invitation: (brand: string) => ({
    subject: `Your ${brand} account is ready in its new place`,
    preview: "Sign in with this address to take it over.",
    paragraphs: [
      `We are moving to a new sign-in system, and your ${brand} account is ready there. Everything in it is as you left it.`,
      "Sign in with the address that this mail was sent to. If you are asked for a password that you do not have, choose “Forgot password”: we send a code to this address, and you choose a new one.",
    ],
    button: "Sign in",
  }),
};

const german = {
  frame: ({ brand, name }: CopyInput) => ({
    greeting: hello("Guten Tag", name),
    support: "Sie haben diese E-Mail nicht erwartet? Dann sagen Sie uns bitte Bescheid:",
    supportLink: "Hilfe",
    signature: `Ihr Team von ${brand}`,
  }),
  welcome: (brand: string) => ({
    subject: `Ihr Konto bei ${brand} ist umgezogen`,
    preview: "Sie müssen nichts tun: Alles ist, wo es war.",
    paragraphs: [
      `Wir haben Ihr Konto bei ${brand} auf ein neues Anmeldesystem umgestellt. Sie haben sich dort gerade zum ersten Mal angemeldet, und alles hat geklappt.`,
      "Sie melden sich an wie bisher, und in Ihrem Konto ist alles unverändert. Sie müssen nichts weiter tun.",
    ],
    button: `${brand} öffnen`,
  }),
  "re-enrol": (brand: string) => ({
    subject: `Bitte richten Sie die zweistufige Anmeldung bei ${brand} neu ein`,
    preview: "Ihr zweiter Faktor ließ sich nicht mit dem Konto übernehmen.",
    paragraphs: [
      `Ihr Konto bei ${brand} ist auf ein neues Anmeldesystem umgezogen. Ihr zweiter Faktor, zum Beispiel eine Authenticator-App, ließ sich aus Sicherheitsgründen nicht übernehmen.`,
      "Bis auf Weiteres schützt allein Ihr Passwort das Konto. Bitte melden Sie sich an und richten Sie den zweiten Faktor in den Sicherheitseinstellungen neu ein. Das dauert zwei Minuten.",
    ],
    button: "Anmelden und einrichten",
  }),
  invitation: (brand: string) => ({
    subject: `Ihr Konto bei ${brand} steht am neuen Ort bereit`,
    preview: "Melden Sie sich mit dieser Adresse an, um es zu übernehmen.",
    paragraphs: [
      `Wir stellen auf ein neues Anmeldesystem um, und Ihr Konto bei ${brand} steht dort schon bereit. Alles darin ist so, wie Sie es verlassen haben.`,
      "Melden Sie sich mit der Adresse an, an die diese E-Mail ging. Werden Sie nach einem Passwort gefragt, das Sie nicht haben, wählen Sie „Passwort vergessen“: Wir schicken einen Code an diese Adresse, und Sie wählen ein neues.",
    ],
    button: "Anmelden",
  }),
};

const spanish = {
  frame: ({ brand, name }: CopyInput) => ({
    greeting: name ? `Hola, ${name}:` : "Hola:",
    support: "¿No esperaba este correo? Avísenos, por favor:",
    supportLink: "Ayuda",
    signature: `El equipo de ${brand}`,
  }),
  welcome: (brand: string) => ({
    subject: `Su cuenta de ${brand} se ha trasladado`,
    preview: "No tiene que hacer nada: todo sigue en su sitio.",
    paragraphs: [
      `Hemos trasladado su cuenta de ${brand} a un nuevo sistema de acceso. Acaba de entrar en él por primera vez y todo ha ido bien.`,
      "Usted inicia sesión como siempre, y en su cuenta no ha cambiado nada. No tiene que hacer nada más.",
    ],
    button: `Abrir ${brand}`,
  }),
  "re-enrol": (brand: string) => ({
    subject: `Vuelva a configurar el acceso en dos pasos de ${brand}`,
    preview: "Su segundo factor no se pudo trasladar con la cuenta.",
    paragraphs: [
      `Su cuenta de ${brand} se ha trasladado a un nuevo sistema de acceso. Por seguridad, su segundo factor, por ejemplo una aplicación de autenticación, no se pudo trasladar con ella.`,
      "Por ahora, solo su contraseña protege la cuenta. Inicie sesión y vuelva a configurar el segundo factor en los ajustes de seguridad. Son dos minutos.",
    ],
    button: "Iniciar sesión y configurarlo",
  }),
  invitation: (brand: string) => ({
    subject: `Su cuenta de ${brand} está lista en su nuevo lugar`,
    preview: "Inicie sesión con esta dirección para empezar a usarla.",
    paragraphs: [
      `Estamos cambiando a un nuevo sistema de acceso, y su cuenta de ${brand} ya está lista en él. Todo está tal como lo dejó.`,
      "Inicie sesión con la dirección a la que llegó este correo. Si se le pide una contraseña que no tiene, elija «He olvidado mi contraseña»: le enviaremos un código a esta dirección y podrá elegir una nueva.",
    ],
    button: "Iniciar sesión",
  }),
};

const LANGUAGES: Record<MailLocale, typeof english> = {
  en: english,
  de: german,
  es: spanish,
};

export const copyOf = (locale: MailLocale, template: MailTemplate): Write => {
  const language = LANGUAGES[locale];
  return (input) => ({ ...language.frame(input), ...language[template](input.brand) });
};
