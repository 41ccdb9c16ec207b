import * as z from "zod";

const Messages = z.array(z.object({ to: z.string(), text: z.string() }));

/** The stage's mailbox, as a person with a phone and an inbox sees it. */
export interface Mailbox {
  /** The code in the newest message to an address, or undefined when there is none. */
  findCodeFor(to: string): Promise<string | undefined>;
  /** @throws Error when nothing came */
  codeFor(to: string): Promise<string>;
}

export function mailboxAt(url: string): Mailbox {
  const findCodeFor = async (to: string) => {
    const response = await fetch(`${url}?to=${encodeURIComponent(to)}`);
    const messages = Messages.parse(await response.json());
    return messages.at(-1)?.text.match(/\b\d{6}\b/)?.[0];
  };
  return {
    findCodeFor,
    codeFor: async (to) => {
      const code = await findCodeFor(to);
      if (code === undefined) throw new Error("the stage's mailbox has no code for this person");
      return code;
    },
  };
}
