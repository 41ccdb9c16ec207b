import { eventually, type TestStage } from "./stage.ts";

/** A mail of onboarding, as its reader gets it. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export async function allMails({ stage }: TestStage): Promise<Mail[]> {
  return (await fetch(stage.ready.mailbox)).json() as Promise<Mail[]>;
}

export async function mailsTo(test: TestStage, address: string): Promise<Mail[]> {
  return (await allMails(test)).filter(({ to, html }) => to === address && html !== undefined);
}

export function firstMailTo(test: TestStage, address: string): Promise<Mail> {
  return eventually(`a mail to ${address}`, async () => (await mailsTo(test, address))[0]);
}
