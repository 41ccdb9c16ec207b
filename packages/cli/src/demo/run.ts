import { fileURLToPath } from "node:url";
import { clientsFor } from "@carryover/local/clients";
import { startStage } from "@carryover/local/stage";
import { MultiBar, Presets } from "cli-progress";
import pc from "picocolors";
import { collectEvents } from "./downstream-team.ts";
import { findDrift } from "./drift.ts";
import { playHomes } from "./homes.ts";
import { startKeyedSystems } from "./keyed-systems.ts";
import { playEveryone } from "./play.ts";
import { population, seedOf } from "./population.ts";
import { printReport, type Report } from "./report.ts";
import { gatherTraces } from "./traces.ts";
import { verify } from "./verify.ts";

/** The command: runs the demo and says by the exit code whether all went as the seed says it must. */
export async function demo(): Promise<void> {
  const report = await runDemo({ print: (text) => console.log(text) });
  if (report.differences.length > 0) process.exitCode = 1;
}

/** Boots a stage, lets everybody sign in, waits for the services, and checks all that was promised. */
export async function runDemo(watcher: {
  readonly print?: (text: string) => void;
  /** Gets each event as a downstream team's queue received it. */
  readonly onEvent?: (event: string) => void;
}): Promise<Report> {
  const traces = gatherTraces();
  const print = (text: string) => {
    traces.onPrint(text);
    watcher.print?.(text);
  };
  const onEvent = (event: string) => {
    traces.onEvent(event);
    watcher.onEvent?.(event);
  };
  const startedAtMs = Date.now();
  const people = population();
  print(pc.bold("Carryover: three old user pools become one, and nobody resets a password."));
  print("Starting the local stage and filling the old pools …");
  const systems = await startKeyedSystems();
  const stage = await startStage({
    configFile: fileURLToPath(new URL("./carryover.config.ts", import.meta.url)),
    seed: { ...seedOf(people), secrets: systems.secrets },
    visibilitySeconds: 6,
    onLog: traces.onLog,
  });
  try {
    const clients = clientsFor(stage.ready.endpoint, stage.ready.region);
    await systems.fill(stage, clients);
    const team = await collectEvents(clients, stage.ready, onEvent);
    print(`${people.length} people visit the new pool at ${stage.ready.endpoint}`);
    const bars = new MultiBar(
      { format: "  {bar} {value}/{total} {what}", hideCursor: true, clearOnComplete: false },
      Presets.shades_classic,
    );
    const bar =
      process.stdout.isTTY && watcher.print
        ? bars.create(people.length, 0, { what: "" })
        : undefined;
    const played = await playEveryone(stage, clients, people, (what) => bar?.increment({ what }));
    bars.stop();
    print("Waiting for the services behind the bus …");
    const verified = await verify(stage, clients, { team, systems }, played);
    print("Looking for drift, and letting people live where their country says …");
    const [drift, homes] = await Promise.all([findDrift(clients, stage), playHomes(traces)]);
    const events = await team.drain();
    const seen = await traces.check(stage.ready.mailbox);
    const report: Report = {
      ...verified,
      homes,
      drift,
      traces: seen,
      events: countBy(events.map((event) => event["detail-type"])),
      differences: [verified, homes, drift, seen].flatMap(({ differences }) => differences),
    };
    printReport(report, { print, seconds: (Date.now() - startedAtMs) / 1000 });
    return report;
  } finally {
    await stage.stop();
    await systems.stop();
  }
}

function countBy(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names.toSorted()) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
