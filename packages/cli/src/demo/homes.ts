import { fileURLToPath } from "node:url";
import { InitiateAuthCommand } from "@aws-sdk/client-cognito-identity-provider";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { eventBus } from "@carryover/core/aws/bus";
import { strict } from "@carryover/core/events/publish";
import { systemClock } from "@carryover/core/kernel/clock";
import { Region, UserId } from "@carryover/core/kernel/ids";
import { brokenAt } from "@carryover/core/placement/entry";
import { placementStore } from "@carryover/core/placement/placement-store";
import { requestRelocation } from "@carryover/core/placement/relocate";
import { clientsFor } from "@carryover/local/clients";
import { type Stage, startStage } from "@carryover/local/stage";
import { decodeJwt } from "jose";
import { collectEvents } from "./downstream-team.ts";
import { type Addressee, checkMails, LOCALES, type Mails, mailsAt } from "./mails.ts";
import type { Gathering } from "./traces.ts";
import { patiently } from "./visitor.ts";

const PASSWORD = "Old-Password-1!";
const CITIZENS = [
  { country: "DE", language: "de", secondFactor: true },
  { country: "US", language: "en", secondFactor: false },
  { country: "DE", language: "en", secondFactor: false },
  { country: "US", language: "es", secondFactor: true },
] as const;
type Citizen = (typeof CITIZENS)[number];
const WAIT_MS = 60_000;
const POLL_MS = 100;

/** What came of people who have a home region. */
export interface Homes {
  readonly placed: number;
  /** Who moved and kept the user ID. */
  readonly moved: number;
  readonly mails: Mails;
  readonly differences: readonly string[];
}

/** A stage of its own, where people live by country: all sign in, and one of them moves. */
export async function playHomes({
  onLog,
  onEvent,
}: Pick<Gathering, "onLog" | "onEvent">): Promise<Homes> {
  const stage = await startStage({
    configFile: fileURLToPath(new URL("./homes.config.ts", import.meta.url)),
    seed: { sources: { legacy: { users: CITIZENS.map(seedUser) } } },
    visibilitySeconds: 2,
    onLog,
  });
  try {
    const { ready } = stage;
    const team = await collectEvents(clientsFor(ready.endpoint, ready.region), ready, onEvent);
    const homes = await play(stage);
    await team.drain();
    return homes;
  } finally {
    await stage.stop();
  }
}

async function play(stage: Stage): Promise<Homes> {
  const { ready } = stage;
  const { dynamodb } = clientsFor(ready.endpoint, ready.region);
  const ledger = placementStore(
    DynamoDBDocumentClient.from(dynamodb, { marshallOptions: { removeUndefinedValues: true } }),
    ready.tables["placement"] ?? "",
  );
  const look = async () => checkMails(await mailsAt(ready.mailbox), ADDRESSEES);
  const differences: string[] = [];
  const userIds: UserId[] = [];
  for (const [n, { country }] of CITIZENS.entries()) {
    const { userId, region } = await signIn(stage, n, ready.region);
    userIds.push(userId);
    if (region !== (country === "DE" ? "eu-central-1" : "us-east-1"))
      differences.push(`somebody of ${country} lives in ${region}`);
  }
  const isIn = (fact: string) => async (userId: UserId) =>
    (await ledger.recent(userId, 1))[0]?.fact === fact;
  const placed = await countUntil(userIds, isIn("placed"));
  const [, mover] = userIds;
  if (mover === undefined || placed < userIds.length) {
    const mails = await look();
    return { placed, moved: 0, mails, differences: [...differences, "not everybody has a home"] };
  }

  const eu = Region.parse("eu-central-1");
  const { events } = clientsFor(ready.endpoint, ready.region);
  const sink = eventBus(events, ready.busName, systemClock);
  const asker = { cause: { id: "demo", correlationId: "demo" } };
  await requestRelocation(
    {
      ledger,
      publish: strict((outgoing) => sink(outgoing, WAIT_MS)),
      origin: { stage: "local", region: ready.region, clock: systemClock },
      policy: { version: 1, regions: [eu] },
    },
    mover,
    eu,
    asker,
  );
  const after = await signIn(stage, 1, ready.region);
  const moved = await countUntil([mover], isIn("relocated"));
  if (after.userId !== mover || after.region !== eu || moved !== 1)
    differences.push("the one who moved is somebody else now, or did not move");
  for (const userId of userIds) {
    if (brokenAt(await ledger.history(userId)) !== undefined)
      differences.push("a chain of the ledger is broken");
  }
  const isWritten = async () => (await look()).differences.length === 0;
  await countUntil([mover], isWritten);
  // Nor does it make a newcomer of somebody that they move.
  const mails = await look();
  differences.push(...mails.differences);
  return { placed, moved: after.userId === mover ? moved : 0, mails, differences };
}

const ADDRESSEES = CITIZENS.map(
  ({ language, secondFactor }, n): Addressee => ({
    to: loginOf(n),
    language,
    templates: secondFactor ? ["welcome", "re-enrol"] : ["welcome"],
  }),
);

function seedUser({ country, language, secondFactor }: Citizen, n: number) {
  const email = loginOf(n);
  const locale = LOCALES[language];
  return {
    username: email,
    password: PASSWORD,
    smsMfa: secondFactor,
    attributes: {
      email,
      email_verified: "true",
      ...(secondFactor && { phone_number: `+1555010${n}`, phone_number_verified: "true" }),
      ...(locale !== undefined && { locale }),
      "custom:country": country,
    },
  };
}

/** What must be in no log and no event of that stage. The addresses are known by their domain. */
export function secretsOfCitizens(): string[] {
  const phones = CITIZENS.map(seedUser).flatMap(({ attributes }) => attributes.phone_number ?? []);
  return [PASSWORD, ...phones];
}

function loginOf(n: number): string {
  return `citizen.${n}@example.org`;
}

/** As a page signs in: it goes where it is told. */
async function signIn(stage: Stage, n: number, start: string) {
  let region = start;
  for (let hops = 0; hops < 4; hops += 1) {
    const target = stage.ready.targets.find((one) => one.region === region);
    const { cognito } = clientsFor(stage.ready.endpoint, region);
    try {
      const { AuthenticationResult } = await patiently(() =>
        cognito.send(
          new InitiateAuthCommand({
            ClientId: target?.clientId,
            AuthFlow: "USER_PASSWORD_AUTH",
            AuthParameters: { USERNAME: loginOf(n), PASSWORD },
          }),
        ),
      );
      const { user_id } = decodeJwt(AuthenticationResult?.IdToken ?? "");
      return { userId: UserId.parse(user_id), region };
    } catch (error) {
      const [, next] = /WRONG_REGION: sign in at ([a-z0-9-]+)/.exec(String(error)) ?? [];
      if (next === undefined) throw error;
      region = next;
    }
  }
  throw new Error("the demo's page was sent from region to region");
}

/** How many fit, once all do or the time is over. */
async function countUntil<One>(
  all: readonly One[],
  fits: (one: One) => Promise<boolean>,
): Promise<number> {
  for (const endMs = Date.now() + WAIT_MS; ; ) {
    const answers = await Promise.all(all.map(fits));
    const count = answers.filter(Boolean).length;
    if (count === all.length || Date.now() > endMs) return count;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
