import * as z from "zod";
import { secretsOfCitizens } from "./homes.ts";
import { population } from "./population.ts";
import { NEW_PASSWORD } from "./visitor.ts";

const Messages = z.array(z.object({ text: z.string() }));

/** What the stages left behind, for everybody to read who may read logs and events. */
export interface Traces {
  readonly lines: number;
  readonly events: number;
  readonly differences: readonly string[];
}

export type Gathering = ReturnType<typeof gatherTraces>;

/**
 * Gathers what is logged, published and printed, and looks in it for what must never be there: a password, a code,
 * a token, a secret of a second factor, an address or a phone number of anybody.
 */
export function gatherTraces() {
  const lines: string[] = [];
  const events: string[] = [];
  const printed: string[] = [];
  return {
    onLog: (line: string) => lines.push(line),
    onEvent: (event: string) => events.push(event),
    onPrint: (text: string) => printed.push(text),
    /** @param mailbox of the stage where people were sent codes */
    async check(mailbox: string): Promise<Traces> {
      const messages = Messages.parse(await (await fetch(mailbox)).json());
      const codes = messages.flatMap(({ text }) => text.match(/\b\d{6}\b/g) ?? []);
      const differences: string[] = [];
      // Nothing can be found in traces that are not there.
      if (lines.length === 0 || events.length === 0 || codes.length === 0)
        differences.push("traces: no logs, no events or no codes to look at");
      for (const [where, texts] of Object.entries({ lines, events, printed })) {
        for (const _ of leaksIn(texts, codes))
          differences.push(`traces: something in ${where} is nobody's business`);
      }
      return { lines: lines.length, events: events.length, differences };
    },
  };
}

/** The texts that hold a password, a token, a code, a secret, an address or a phone number. */
export function leaksIn(texts: readonly string[], codes: readonly string[]): string[] {
  const secrets = new Set([
    NEW_PASSWORD,
    ...secretsOfCitizens(),
    ...population().flatMap(({ password, totpSecret, phone }) =>
      [password, totpSecret, phone].filter((value) => value !== undefined),
    ),
  ]);
  const patterns = [/\beyJ[\w-]+\.[\w-]+/, /@example\.(com|net|org)/i];
  if (codes.length > 0) patterns.push(new RegExp(`\\b(${codes.join("|")})\\b`));
  return texts.filter(
    (text) =>
      patterns.some((pattern) => pattern.test(text)) ||
      [...secrets].some((secret) => text.includes(secret)),
  );
}
