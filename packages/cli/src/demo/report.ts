import Table from "cli-table3";
import pc from "picocolors";
import type { Drift } from "./drift.ts";
import type { Homes } from "./homes.ts";
import type { Traces } from "./traces.ts";

/** What came of one kind of people. */
export interface Result {
  readonly kind: string;
  readonly people: number;
  readonly crossed: number;
  readonly method: string;
  /** What those who stayed were told. */
  readonly answers: readonly string[];
}

/** What is known once everybody has been and the services have done their work. */
export interface Verified {
  readonly results: readonly Result[];
  readonly newcomers: number;
  readonly squatters: number;
  /** How many tokens carried the right `user_id`. */
  readonly tokens: number;
  readonly crossed: number;
  /** Pairs of an old and a new sub that were announced. */
  readonly mapped: number;
  /** Memberships of groups that people have kept. */
  readonly groups: number;
  /** Accounts that wait for an operator's decision. */
  readonly reviews: number;
  /** People whom two systems know by their new sub alone. */
  readonly moved: number;
  /** Whatever is not as the seed says it must be. Empty when all went well. */
  readonly differences: readonly string[];
}

export interface Report extends Verified {
  /** People who live where their country says, in a stage of their own. */
  readonly homes: Homes;
  readonly drift: Drift;
  readonly traces: Traces;
  /** By detail-type. */
  readonly events: ReadonlyMap<string, number>;
}

export function printReport(
  report: Report,
  { print, seconds }: { print: (text: string) => void; seconds: number },
): void {
  const table = new Table({
    head: ["who", "people", "crossed", "how, or what they were told"],
    colAligns: ["left", "right", "right", "left"],
    style: { head: [], border: [], compact: true },
  });
  for (const { kind, people, crossed, method, answers } of report.results) {
    table.push([kind, people, crossed, answers.join("; ") || method]);
  }
  print(table.toString());
  const people = report.results.reduce((sum, result) => sum + result.people, 0);
  const events = [...report.events].map(([name, count]) => `${count} ${name}`).join(", ");
  const answers = new Set(report.results.flatMap((result) => result.answers));
  print(`crossed     ${report.crossed} of ${people}; everybody else: ${[...answers].join(", ")}`);
  print(`tokens      ${report.tokens} ID and access tokens checked, each with the right user_id`);
  print(`identity    ${report.mapped} old subs lead to their person; so does every new sub`);
  print(
    `systems     ${report.moved} people moved in a DynamoDB table, and told to a webhook; none under an old sub`,
  );
  print(
    `groups      ${report.groups} memberships of groups carried, with no sign-in waiting for it`,
  );
  print(`to decide   ${report.reviews} accounts share an address that one side never verified`);
  print(`new people  ${report.newcomers} signed up; ${report.squatters} squatters were refused`);
  const { placed, moved, mails } = report.homes;
  print(
    `homes       ${placed} users placed by their country, ${moved} relocated with the user ID kept`,
  );
  const { welcome, reEnrol } = mails;
  print(
    `mails       ${welcome} of them welcomed once, each in their language; ${reEnrol} asked to set up a second factor that could not cross`,
  );
  print(`events      ${events}`);
  const { traces } = report;
  print(
    `traces      ${traces.differences.length || "no"} passwords, tokens, codes or addresses in ${traces.lines} log lines and ${traces.events} events`,
  );
  const { seen, differences } = report.drift;
  print(
    `reconcile   looked at ${seen} users and links: ${differences.join(", ") || "no drift of any kind"}`,
  );
  if (report.differences.length === 0) {
    print(pc.green(`\nAs it must be, in ${seconds.toFixed(1)} s.`));
    return;
  }
  print(pc.red(`\n${report.differences.length} differences from what must happen:`));
  for (const [what, count] of counted(report.differences)) print(`  ${count} × ${what}`);
}

function counted(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}
