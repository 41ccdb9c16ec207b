import { randomUUID } from "node:crypto";
import type { AwsEvent } from "../eventbridge/event.ts";
import { AwsError, type Clock, type Deliver } from "../service.ts";
import { addressProblem, bare, domainOf, simulated, suppressible, tooLong } from "./addresses.ts";
import { type Content, contentOf, RenderingError } from "./content.ts";
import { Inputs, parse } from "./input.ts";
import { spend } from "./quota.ts";
import { type Happening, reportOf, type Taken } from "./reports.ts";
import type { ConfigurationSet, SesRegion } from "./state.ts";

export interface SendDeps {
  readonly clock: Clock;
  readonly deliver: Deliver;
  /** Puts an event onto the region's default bus. */
  readonly announce: (region: string, event: AwsEvent) => void;
}

/** SES guide, "Service quotas". */
const MOST_RECIPIENTS = 50;

/** @throws AwsError as SendEmail does (API reference of SES v2) */
export async function sendEmail(
  ses: SesRegion,
  input: unknown,
  deps: SendDeps,
): Promise<{ MessageId: string }> {
  const asked = parse(Inputs.SendEmail, input);
  const { ToAddresses = [], CcAddresses = [], BccAddresses = [] } = asked.Destination ?? {};
  const named = [...ToAddresses, ...CcAddresses, ...BccAddresses];
  // An address that is none is told before all else.
  checkSyntax([asked.FromEmailAddress, ...named, ...(asked.ReplyToAddresses ?? [])]);
  const set = configurationSet(ses, asked.ConfigurationSetName);
  if (!ses.sendingEnabled || set?.sendingEnabled === false) {
    throw new AwsError("SendingPausedException", "Email sending is disabled.");
  }
  if (asked.Content.Template && asked.FromEmailAddress === undefined) {
    throw new AwsError("BadRequestException", "Source cannot be empty");
  }
  const messageId = randomUUID();
  const atEpochMs = deps.clock();
  let content: Content;
  let failure: string | undefined;
  try {
    content = await contentOf(ses, asked);
  } catch (error) {
    if (!(error instanceof RenderingError)) throw error;
    // A MessageId all the same: that a mail was taken does not say that it is sent.
    content = { subject: "", text: "" };
    failure = error.message;
  }
  const to = named.length > 0 ? named : (content.to ?? []);
  const from = asked.FromEmailAddress ?? content.from ?? "";
  if (asked.Content.Raw && from === "") {
    throw new AwsError("BadRequestException", "Missing required header 'From'.");
  }
  checkAddresses(ses, from, to);
  spend(ses, to.length, atEpochMs);

  const tags = Object.fromEntries(asked.EmailTags.map(({ Name, Value }) => [Name, Value]));
  const taken = { messageId, from, to, subject: content.subject, tags, atEpochMs };
  // Each recipient has a copy, and a fate, of their own.
  const happenings =
    failure === undefined
      ? to.flatMap((address) => fateOf(ses, set, address, content, deps))
      : [{ type: "RENDERING_FAILURE" as const, reason: failure }];
  if (set) setImmediate(() => reportAll(ses, { ...taken, set }, happenings, deps));
  return { MessageId: messageId };
}

function configurationSet(ses: SesRegion, name: string | undefined): ConfigurationSet | undefined {
  if (name === undefined) return undefined;
  const found = ses.configurationSets.get(name);
  if (found) return found;
  throw new AwsError("NotFoundException", `Configuration set <${name}> does not exist.`, 404);
}

function checkAddresses(ses: SesRegion, from: string, to: readonly string[]): void {
  if (to.length === 0) throw new AwsError("BadRequestException", "Missing destination.");
  if (to.length > MOST_RECIPIENTS) {
    throw new AwsError("BadRequestException", `Recipient count exceeds ${MOST_RECIPIENTS}.`);
  }
  checkSyntax([from, ...to]);
  const long = [from, ...to].map(tooLong).find((problem) => problem !== undefined);
  if (long !== undefined) throw new AwsError("BadRequestException", long);
  const identity = bare(from).toLowerCase();
  if (ses.identities.has(identity) || ses.identities.has(domainOf(from))) return;
  throw new AwsError(
    "MessageRejected",
    `Email address is not verified. The following identities failed the check in region ${ses.region.toUpperCase()}: ${bare(from)}`,
  );
}

function checkSyntax(addresses: readonly (string | undefined)[]): void {
  for (const address of addresses) {
    const problem = address === undefined ? undefined : addressProblem(address);
    if (problem !== undefined) throw new AwsError("BadRequestException", problem);
  }
}

/** Delivers a copy where it goes, and says what SES will report of it. */
function fateOf(
  ses: SesRegion,
  set: ConfigurationSet | undefined,
  address: string,
  { subject, text, html }: Content,
  { deliver }: SendDeps,
): Happening[] {
  const suppressed = ses.suppressed.get(suppressible(bare(address)));
  const reasons = set?.suppressedReasons ?? ses.suppressedReasons;
  if (suppressed && reasons.includes(suppressed.reason)) {
    // Counted as sent, and not delivered (SES guide, "Using the Amazon SES account-level suppression list").
    return [{ type: "SEND" }, { type: "BOUNCE", subType: "OnAccountSuppressionList" }];
  }
  const kind = simulated(address);
  if (kind === "bounce") return [{ type: "SEND" }, { type: "BOUNCE", subType: "General" }];
  if (kind === "suppressionlist")
    return [{ type: "SEND" }, { type: "BOUNCE", subType: "Suppressed" }];
  deliver({
    channel: "email",
    to: bare(address),
    subject,
    text,
    ...(html !== undefined && { html }),
  });
  return [
    { type: "SEND" },
    { type: "DELIVERY" },
    ...(kind === "complaint" ? [{ type: "COMPLAINT" as const }] : []),
  ];
}

function reportAll(
  { region }: SesRegion,
  taken: Taken,
  happenings: readonly Happening[],
  { announce }: SendDeps,
): void {
  for (const happening of happenings) {
    const wanted = [...taken.set.destinations.values()].some(
      ({ Enabled, EventBridgeDestination, MatchingEventTypes }) =>
        Enabled && EventBridgeDestination && MatchingEventTypes.includes(happening.type),
    );
    if (wanted) announce(region, reportOf(taken, happening, region));
  }
}
