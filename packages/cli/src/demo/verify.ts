import { AdminGetUserCommand } from "@aws-sdk/client-cognito-identity-provider";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type IdentityStore, identityStore } from "@carryover/core/identity/store";
import { PoolId, Sub, UserId } from "@carryover/core/kernel/ids";
import { UserIdMapped } from "@carryover/events/user-id-mapped";
import { UserMigrated } from "@carryover/events/user-migrated";
import { type Clients, clientsFor } from "@carryover/local/clients";
import type { ReadyFile, Stage } from "@carryover/local/stage";
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from "jose";
import * as z from "zod";
import type { DownstreamTeam, ReceivedEvent } from "./downstream-team.ts";
import { groupsCarried } from "./groups.ts";
import { type KeyedSystems, misplaced } from "./keyed-systems.ts";
import type { Everyone, Played } from "./play.ts";
import { kinds } from "./population.ts";
import type { Result, Verified } from "./report.ts";

const SERVICES_MS = 120_000;
const POLL_MS = 150;

/** Checks what came of everybody against what the seed says must come of them. */
export async function verify(
  stage: Stage,
  clients: Clients,
  others: { readonly team: DownstreamTeam; readonly systems: KeyedSystems },
  everyone: Everyone,
): Promise<Verified> {
  const readToken = tokenReader(stage);
  const differences: string[] = [];
  const differ = (played: Played, what: string) =>
    differences.push(`${played.person.kind}: ${what}`);

  const crossed: Crossing[] = [];
  let tokens = 0;
  for (const played of everyone.people) {
    const { outcome, person } = played;
    const expected = kinds[person.kind].expected;
    if (outcome.crossed !== expected.crosses) {
      differ(
        played,
        outcome.crossed ? "crossed, but must not" : `did not cross (${outcome.answer})`,
      );
    }
    if (!outcome.crossed) {
      if (outcome.answer !== genericAnswer(played))
        differ(played, `was told more than others: ${outcome.answer}`);
      continue;
    }
    const id = await readToken(outcome.idToken);
    const access = await readToken(outcome.accessToken);
    const accounts = await oldAccounts(stage, played);
    const userId = accounts[0]?.sub ?? "";
    for (const token of [id, access]) {
      if (token["user_id"] === userId) tokens += 1;
      else differ(played, "a token lacks the right user_id");
    }
    const now = { poolId: homePool(stage).userPoolId, sub: String(id.sub) };
    crossed.push({ played, userId, accounts: [...accounts, now] });
  }
  const newcomers: Known[] = [];
  for (const newcomer of everyone.newcomers) {
    for (const token of newcomer.crossed ? [newcomer.idToken, newcomer.accessToken] : []) {
      const { user_id, sub } = await readToken(token);
      if (UserId.safeParse(user_id).success) tokens += 1;
      else differences.push("a newcomer's token lacks user_id");
      const account = { poolId: homePool(stage).userPoolId, sub: String(sub) };
      newcomers.push({ userId: String(user_id), accounts: [account] });
    }
    if (!newcomer.crossed) differences.push(`a newcomer was told: ${newcomer.answer}`);
  }
  for (const answer of everyone.squatters) {
    if (!answer.includes("ACCOUNT_EXISTS")) differences.push(`a squatter was told: ${answer}`);
  }
  if (!everyone.forgery.startsWith("NotAuthorizedException")) {
    differences.push(`somebody who changed custom:user_id was told: ${everyone.forgery}`);
  }

  const store = identityStore(
    DynamoDBDocumentClient.from(clients.dynamodb),
    stage.ready.tables["identity"] ?? "",
  );
  const expectedPairs = new Set(crossed.flatMap(pairsOf));
  const oneSided = kinds["in two old pools, verified in one only"].people;
  const moves = crossed.map(({ accounts }) => ({
    olds: accounts.slice(0, -1).map(({ sub }) => sub),
    now: accounts.at(-1)?.sub ?? "",
  }));
  const state = await settled(
    async () => ({
      ...(await observe(store, others.team, [...crossed, ...newcomers])),
      misplaced: misplaced(await others.systems.look(clients), moves),
    }),
    (look) =>
      look.mapped.length >= expectedPairs.size &&
      look.reviews >= oneSided &&
      look.unresolved.length === 0 &&
      look.misplaced.length === 0,
  );
  differences.push(...state.misplaced);
  if (state.unresolved.length > 0) {
    differences.push(`${state.unresolved.length} people: a sub does not lead to the user ID`);
  }
  const missing = [...expectedPairs].filter((pair) => !state.mapped.includes(pair));
  const surplus = state.mapped.filter((pair) => !expectedPairs.has(pair));
  if (missing.length > 0) differences.push(`UserIdMapped: ${missing.length} were never said`);
  if (surplus.length > 0) differences.push(`UserIdMapped: ${surplus.length} say what is not so`);
  if (state.reviews !== oneSided) {
    differences.push(`for an operator to look at: ${state.reviews} instead of ${oneSided}`);
  }
  for (const problem of methodProblems(state.events, crossed)) differences.push(problem);

  const holders = crossed.map(({ played: { person }, accounts }) => {
    const groups = person.accounts.slice(0, person.joined).flatMap(({ user }) => user.groups ?? []);
    return { ...(accounts.at(-1) ?? { poolId: "", sub: "" }), groups };
  });
  const groups = await settled(
    () => groupsCarried(clients, holders),
    ({ wrong }) => wrong === 0,
  );
  if (groups.wrong > 0) differences.push(`${groups.wrong} people do not have the groups they had`);

  return {
    results: resultsOf(everyone.people),
    newcomers: everyone.newcomers.length,
    squatters: everyone.squatters.length,
    tokens,
    crossed: crossed.length,
    mapped: state.mapped.length,
    groups: groups.carried,
    reviews: state.reviews,
    moved: moves.length,
    differences,
  };
}

/** What everybody is told who is not let in, whatever the reason: Cognito's own words, or no mail at all. */
function genericAnswer({ person }: Played): string {
  return person.journey === "forgot-password"
    ? "no mail"
    : "NotAuthorizedException: Incorrect username or password.";
}

/** A person, and every account that has to lead there: the old ones, then the new one. */
interface Known {
  readonly userId: string;
  readonly accounts: readonly { readonly poolId: string; readonly sub: string }[];
}

interface Crossing extends Known {
  readonly played: Played;
}

const Side = z.object({ poolId: z.string(), sub: z.string() });
const Mapped = z.object({ userId: z.string(), old: Side, new: Side });

function pairText({ userId, old, new: now }: z.infer<typeof Mapped>): string {
  return [userId, old.poolId, old.sub, now.poolId, now.sub].join(" ");
}

/** What UserIdMapped has to say of somebody: one for each old account. */
function pairsOf({ accounts, userId }: Crossing): string[] {
  const now = accounts.at(-1);
  return now ? accounts.slice(0, -1).map((old) => pairText({ userId, old, new: now })) : [];
}

function homePool({ ready }: Stage): ReadyFile["targets"][number] {
  const home = ready.targets.find(({ region }) => region === ready.region);
  if (home) return home;
  throw new Error("the demo's stage has no pool in its home region");
}

function tokenReader(stage: Stage): (token: string) => Promise<JWTPayload> {
  const { issuer } = homePool(stage);
  const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`));
  return async (token) => (await jwtVerify(token, keys, { issuer })).payload;
}

/** The old accounts that have to lead to the person, the one that was crossed with first. */
function oldAccounts(stage: Stage, { person }: Played) {
  return Promise.all(
    person.accounts.slice(0, person.joined).map(async ({ source, username }) => {
      const pool = stage.sources.get(source);
      if (!pool) throw new Error(`the demo's stage has no source ${source}`);
      const { UserAttributes = [] } = await clientsFor(
        stage.ready.endpoint,
        pool.region,
        pool.account,
      ).cognito.send(new AdminGetUserCommand({ UserPoolId: pool.userPoolId, Username: username }));
      const sub = UserAttributes.find(({ Name }) => Name === "sub")?.Value ?? "";
      return { poolId: pool.userPoolId, sub };
    }),
  );
}

async function observe(store: IdentityStore, team: DownstreamTeam, people: readonly Known[]) {
  const unresolved: Known[] = [];
  for (const person of people) {
    const { accounts, userId } = person;
    const found = await Promise.all(
      accounts.map((account) =>
        store.resolveSub(PoolId.parse(account.poolId), Sub.parse(account.sub)),
      ),
    );
    if (found.some((link) => link?.userId !== userId)) unresolved.push(person);
  }
  const { reviews } = await store.listReviews("unverified-contact");
  const events = await team.drain();
  const mapped = events
    .filter((event) => event["detail-type"] === UserIdMapped.name)
    .map((event) => pairText(Mapped.parse(event.detail.data)));
  return { unresolved, reviews: reviews.length, events, mapped };
}

/** Looks until the services have done their work, for a bounded time. */
async function settled<State>(
  look: () => Promise<State>,
  done: (state: State) => boolean,
): Promise<State> {
  const endMs = Date.now() + SERVICES_MS;
  for (;;) {
    const state = await look();
    if (done(state) || Date.now() > endMs) return state;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

const Crossed = z.object({ userId: z.string(), method: z.string(), mfa: z.string() });

/** Whether the events say of each person how they crossed. */
function methodProblems(events: readonly ReceivedEvent[], crossed: readonly Crossing[]): string[] {
  const said = new Map(
    events
      .filter((event) => event["detail-type"] === UserMigrated.name)
      .map((event) => Crossed.parse(event.detail.data))
      .map(({ userId, ...how }) => [userId, `${how.method}, second factor ${how.mfa}`]),
  );
  return crossed.flatMap(({ played, userId }) => {
    const { expected } = kinds[played.person.kind];
    const must = expected.crosses ? `${expected.method}, second factor ${expected.mfa}` : "nothing";
    const is = said.get(userId) ?? "nothing";
    return is === must ? [] : [`${played.person.kind}: UserMigrated says ${is}, must say ${must}`];
  });
}

function resultsOf(people: readonly Played[]): Result[] {
  return Object.entries(kinds).map(([kind, { expected }]) => {
    const group = people.filter(({ person }) => person.kind === kind);
    const stayed = group.flatMap(({ outcome }) => (outcome.crossed ? [] : [outcome.answer]));
    return {
      kind,
      people: group.length,
      crossed: group.length - stayed.length,
      method: expected.crosses ? expected.method : "",
      answers: [...new Set(stayed)],
    };
  });
}
