import { describe, expect, it } from "vitest";
import { population } from "../src/demo/population.ts";
import { runDemo } from "../src/demo/run.ts";
import { NEW_PASSWORD } from "../src/demo/visitor.ts";

interface Traces {
  readonly logs: string[];
  readonly events: string[];
  readonly printed: string[];
  /** Every code that somebody was sent. */
  readonly codes: string[];
}

describe("the demo", () => {
  it("ends as the seed says it must, and leaves no secret and no address in a log or an event", async () => {
    const traces: Traces = { logs: [], events: [], printed: [], codes: [] };

    const report = await runDemo({
      onLog: (line) => traces.logs.push(line),
      onEvent: (event) => traces.events.push(event),
      print: (text) => traces.printed.push(text),
      beforeStop: async ({ ready }) => {
        const messages = (await (await fetch(ready.mailbox)).json()) as { text: string }[];
        traces.codes.push(...messages.flatMap(({ text }) => text.match(/\b\d{6}\b/g) ?? []));
      },
    });

    expect(report.differences).toEqual([]);
    // Nothing can be found in traces that are not there.
    expect(traces.logs.length).toBeGreaterThan(report.crossed);
    expect(traces.events.length).toBeGreaterThan(report.crossed);
    expect(traces.codes.length).toBeGreaterThan(10);
    expect(leaksIn([...traces.logs, ...traces.events, ...traces.printed], traces.codes)).toEqual(
      [],
    );
  });

  it("would find a leak if there were one", () => {
    const [person] = population();
    const leaks = [
      "a code: 123456",
      `hello ${person?.login}`,
      `tried ${person?.password}`,
      "eyJhbGciOi.eyJzdWIi",
    ];

    for (const leak of leaks) expect(leaksIn([leak], ["123456"])).toEqual([leak]);
    expect(leaksIn(["1234567 is no code"], ["123456"])).toEqual([]);
  });
});

/** The texts that hold a password, a token, a code, a secret, an address or a phone number. */
function leaksIn(texts: readonly string[], codes: readonly string[]): string[] {
  const people = population();
  const secrets = new Set(
    people.flatMap(({ password, totpSecret, phone }) =>
      [password, totpSecret, phone].filter((value) => value !== undefined),
    ),
  );
  secrets.add(NEW_PASSWORD);
  const aCode = new RegExp(`\\b(${codes.join("|")})\\b`);
  const aToken = /\beyJ[\w-]+\.[\w-]+/;
  const anAddress = /@example\.(com|net)/i;
  return texts.filter(
    (text) =>
      aToken.test(text) ||
      anAddress.test(text) ||
      aCode.test(text) ||
      [...secrets].some((secret) => text.includes(secret)),
  );
}
