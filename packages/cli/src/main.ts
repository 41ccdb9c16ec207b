import { MailLocale, MailTemplate } from "@carryover/core/config/onboarding-schema";
import { Command, CommanderError, Option } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { EXIT_CODES, exitCodeOf, explain } from "./errors.ts";
import { count, driftKinds, port, queueUrl } from "./parameters.ts";

const { version } = packageJson;

const program = new Command("carryover")
  .description("Moves users between Amazon Cognito user pools without losing any.")
  .version(version)
  .showHelpAfterError()
  .configureHelp({ showGlobalOptions: true })
  .exitOverride();

program
  .command("dev")
  .description("run everything on this machine, without an AWS account, until Ctrl-C")
  .option("--port <port>", "the port of every AWS API; 0 takes a free one", port, 4566)
  .option("--host <address>", "the address to listen on; any but the loopback lets others in")
  .option("--config <file>", "what to migrate", "carryover.config.ts")
  .option("--seed <file>", "JSON: users to put into the source pools")
  .option("--data <directory>", "keep everything there; without it nothing outlives the process")
  .option("--ready <file>", "write the stage's addresses there as JSON once it is up")
  .option("--once", "start, write --ready, stop: shows that everything starts")
  .action(lazily(async () => (await import("./dev.ts")).dev));

program
  .command("demo")
  .description(
    "the main job: 224 people of every kind sign in to the new pool that replaces three old ones",
  )
  .action(lazily(async () => (await import("./demo/run.ts")).demo));

const reviews = program
  .command("reviews")
  .description("accounts that wait for a person's decision: whose are they?")
  .requiredOption("--table <name>", "the identity service's table")
  .requiredOption("--region <region>", "its AWS region")
  .option("--closed", "those that were decided, by whom, when and why")
  .action(lazily(async () => (await import("./reviews.ts")).reviews));
reviews
  .command("merge <user-id> <pool-id> <sub>")
  .description("an account with an unproved address is the person's; cannot be taken back")
  .requiredOption("--bus <name>", "the event bus of the home region")
  .requiredOption("--reason <text>", "for those who look later; no address")
  .action(lazily(async () => (await import("./reviews.ts")).merge));
reviews
  .command("dismiss <kind> <user-id> <pool-id> <sub>")
  .description("everything stays as it is")
  .requiredOption("--reason <text>", "for those who look later; no address")
  .action(lazily(async () => (await import("./reviews.ts")).dismiss));

const mail = program.command("mail").description("the mails to people who crossed, or are invited");
mail
  .command("preview")
  .description("see them as people will get them; nothing is sent")
  .option("--config <file>", "whose brand and addresses they bear", "carryover.config.ts")
  .addOption(new Option("--template <name>", "this one alone").choices(MailTemplate.options))
  .addOption(new Option("--locale <language>", "this language alone").choices(MailLocale.options))
  .option("--name <name>", "what to call the reader", "Alex")
  .option("--out <directory>", "where to write them", "mail-preview")
  .option("--serve", "show them in a browser instead")
  .action(lazily(async () => (await import("./mail.ts")).preview));

const ofPerson = (name: string, description: string) =>
  mail
    .command(`${name} <user-id>`)
    .description(description)
    .requiredOption("--table <name>", "the onboarding service's table")
    .requiredOption("--region <region>", "its AWS region");
ofPerson("status", "a person's mails, and whether they can be reached").action(
  lazily(async () => (await import("./mail-status.ts")).status),
);
ofPerson("resume", "write to somebody again who could not be reached")
  .requiredOption("--reason <text>", "for those who look later; no address")
  .action(lazily(async () => (await import("./mail-status.ts")).resume));

const snapshot = program
  .command("snapshot")
  .description("save and load what a local stage keeps in its --data directory");
snapshot
  .command("save <directory>")
  .description("copy the state of a stage that is not running")
  .requiredOption("--data <directory>", "the stage's directory")
  .action(lazily(async () => (await import("./snapshot.ts")).saveSnapshot));
snapshot
  .command("load <directory>")
  .description("put a saved state where `dev --data` goes on from it")
  .requiredOption("--data <directory>", "a new directory")
  .action(lazily(async () => (await import("./snapshot.ts")).loadSnapshot));
program
  .command("reconcile")
  .description("finds where services and pools disagree, by kind, and says again what was lost")
  .requiredOption("--table <name>", "the job's table")
  .requiredOption("--queue <url>", "the job's queue", queueUrl)
  .requiredOption("--region <region>", "their AWS region")
  .option("--repair", "publish what is missing, under the ids of the first time")
  .option("--kinds <kinds>", "look for these alone, separated by commas", driftKinds)
  .option("--resume <run>", "go on with a run that has stopped, or watch one again")
  .option("--list <number>", "how many user IDs of each kind to print", count, 20)
  .action(lazily(async () => (await import("./reconcile.ts")).reconcile));

const downstream = program
  .command("downstream")
  .description("systems keyed on old subs: how far each is, and what to do about it");
const atTable = (name: string, description: string) =>
  downstream
    .command(name)
    .description(description)
    .requiredOption("--table <name>", "the downstream service's table")
    .requiredOption("--region <region>", "its AWS region");
const atQueue = (order: "backfill" | "verify" | "retry" | "dry-run", description: string) =>
  downstream
    .command(`${order} <system>`)
    .description(description)
    .requiredOption("--queue <url>", "the queue of downstream-control", queueUrl)
    .requiredOption("--region <region>", "its AWS region")
    .action(lazily(async () => (await import("./downstream.ts")).giving(order)));

atTable("status [system]", "users by state; of one system also who failed and why").action(
  lazily(async () => (await import("./downstream.ts")).status),
);
atTable("pause <system>", "start no more work; what is pending waits")
  .option("--reason <text>", "for those who look later", "paused by an operator")
  .action(lazily(async () => (await import("./downstream.ts")).pause));
atTable("resume <system>", "go on with what waits, within a minute").action(
  lazily(async () => (await import("./downstream.ts")).resume),
);
atQueue("backfill", "give a system everybody who crossed before it was there");
atQueue("verify", "count what still carries a wrong ID, for every user who is done");
atQueue("retry", "start everybody anew who failed");
atQueue("dry-run", "find out what would change for everybody; changes nothing");
downstream
  .command("acknowledge <system> <user-id>")
  .description("say for a system that it is done with a user")
  .requiredOption("--bus <name>", "the event bus of the home region")
  .requiredOption("--region <region>", "its AWS region")
  .action(lazily(async () => (await import("./downstream.ts")).acknowledge));

const placement = program.command("placement").description("where people live: docs/placement.md");

placement
  .command("export")
  .description("the whole ledger, for an auditor; exit code 5 when it is not as it was written")
  .requiredOption("--table <name>", "the placement table")
  .requiredOption("--region <region>", "its AWS region")
  .addOption(
    new Option("--format <format>", "one line an entry").choices(["csv", "json"]).default("csv"),
  )
  .action(lazily(async () => (await import("./placement/export.ts")).exportLedger));

const relocate = program
  .command("relocate")
  .description("move a user to another region at the next sign-in")
  .argument("<user-id>")
  .requiredOption("--table <name>", "the placement table")
  .requiredOption("--region <region>", "its AWS region, the home region")
  .option("--bus <name>", "the event bus there, for one user")
  .addOption(new Option("--to <region>", "the new home").conflicts("cancel"))
  .option("--cancel", "the user stays")
  .action(lazily(async () => (await import("./placement/relocate.ts")).relocate));
relocate
  .command("cohort [cohort-id]")
  .description("look at many users, and move those who are to live elsewhere; or watch it again")
  .option("--users <file>", "move these: a user ID on each line")
  .option("--policy", "everybody, by the policy as it stands")
  .option("--rule <name>", "those whom this rule of the policy gives a home")
  .option("--config <file>", "where the rule is", "carryover.config.ts")
  .action(lazily(async () => (await import("./placement/cohort.ts")).cohort));

/** Loads what a command needs when it runs: the stage and every SDK client take seconds that `--help` need not. */
function lazily<Given extends unknown[]>(
  load: () => Promise<(...given: Given) => Promise<void>>,
): (...given: Given) => Promise<void> {
  return async (...given) => (await load())(...given);
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // It has said what is wrong itself. Help and the version end well.
    process.exit(error.exitCode === 0 ? 0 : EXIT_CODES.invalid);
  }
  console.error(explain(error));
  process.exitCode = exitCodeOf(error);
}
