import { setTimeout as sleep } from "node:timers/promises";
import {
  CognitoIdentityProviderClient,
  DeleteUserPoolCommand,
  DeleteUserPoolDomainCommand,
  DescribeUserPoolCommand,
  paginateListUserPools,
  UpdateUserPoolCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import {
  DeleteArchiveCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  EventBridgeClient,
  ListArchivesCommand,
  ListEventBusesCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  RemoveTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { DeleteQueueCommand, paginateListQueues, SQSClient } from "@aws-sdk/client-sqs";
import { PATIENT } from "./aws-clients.ts";
import { ANY_RUN } from "./aws-run.ts";

/** Where the suite makes things. */
const REGIONS = ["us-east-1", "eu-central-1"];
const BUS_EMPTIES_MS = 3000;

type Wanted = (name: string) => boolean;

/** Deletes what of the suite's things in the account is meant. Answers how many pools, buses, rules, archives and queues. */
export async function sweep(isMeant: Wanted): Promise<number> {
  let swept = 0;
  for (const region of REGIONS) {
    swept += await removePools(region, isMeant);
    swept += await removeEvents(region, isMeant);
    swept += await removeQueues(region, isMeant);
  }
  return swept;
}

async function removePools(region: string, isMeant: Wanted): Promise<number> {
  const client = new CognitoIdentityProviderClient({ region, ...PATIENT });
  let removed = 0;
  for await (const { UserPools = [] } of paginateListUserPools({ client }, { MaxResults: 60 })) {
    for (const { Id, Name } of UserPools) {
      if (Id === undefined || Name === undefined || !isMeant(Name)) continue;
      await unlessGone(removePool(client, Id));
      removed += 1;
    }
  }
  client.destroy();
  return removed;
}

/** Also one with a domain, or that is protected. */
async function removePool(client: CognitoIdentityProviderClient, UserPoolId: string) {
  const { UserPool } = await client.send(new DescribeUserPoolCommand({ UserPoolId }));
  for (const Domain of [UserPool?.Domain, UserPool?.CustomDomain]) {
    if (Domain) await client.send(new DeleteUserPoolDomainCommand({ UserPoolId, Domain }));
  }
  if (UserPool?.DeletionProtection === "ACTIVE") {
    const unprotected = { UserPoolId, DeletionProtection: "INACTIVE" } as const;
    await client.send(new UpdateUserPoolCommand(unprotected));
  }
  await client.send(new DeleteUserPoolCommand({ UserPoolId }));
}

/** A bus goes after its archives, which have rules of their own there, and a rule after its targets. */
export async function removeEvents(region: string, isMeant: Wanted): Promise<number> {
  const client = new EventBridgeClient({ region, ...PATIENT });
  let removed = 0;
  for (const ArchiveName of await archives(client)) {
    if (!isMeant(ArchiveName)) continue;
    await unlessGone(client.send(new DeleteArchiveCommand({ ArchiveName })));
    removed += 1;
  }
  // Schedules are rules of the default bus.
  for (const bus of ["default", ...(await buses(client))]) {
    if (bus !== "default" && !isMeant(bus)) continue;
    for (const rule of await rules(client, bus)) {
      if (!isMeant(rule)) continue;
      await unlessGone(removeRule(client, bus, rule));
      removed += 1;
    }
    if (bus === "default") continue;
    await unlessGone(removeBus(client, bus));
    removed += 1;
  }
  client.destroy();
  return removed;
}

/** AWS may still be removing what was on it. */
async function removeBus(client: EventBridgeClient, Name: string, tries = 5): Promise<void> {
  try {
    await client.send(new DeleteEventBusCommand({ Name }));
  } catch (error) {
    if (isGone(error) || tries === 1) throw error;
    await sleep(BUS_EMPTIES_MS);
    await removeBus(client, Name, tries - 1);
  }
}

async function removeRule(client: EventBridgeClient, EventBusName: string, Rule: string) {
  const { Targets = [] } = await client.send(new ListTargetsByRuleCommand({ Rule, EventBusName }));
  const Ids = Targets.map(({ Id = "" }) => Id);
  if (Ids.length > 0) await client.send(new RemoveTargetsCommand({ Rule, EventBusName, Ids }));
  await client.send(new DeleteRuleCommand({ Name: Rule, EventBusName }));
}

export async function removeQueues(region: string, isMeant: Wanted): Promise<number> {
  const client = new SQSClient({ region, ...PATIENT });
  let removed = 0;
  const all = { QueueNamePrefix: ANY_RUN, MaxResults: 1000 };
  for await (const { QueueUrls = [] } of paginateListQueues({ client }, all)) {
    for (const QueueUrl of QueueUrls) {
      if (!isMeant(QueueUrl.split("/").at(-1) ?? "")) continue;
      // A queue that was deleted may be listed for a minute more.
      if (await unlessGone(client.send(new DeleteQueueCommand({ QueueUrl })))) removed += 1;
    }
  }
  client.destroy();
  return removed;
}

/** Answers whether it was there. Two runs may meet at the leftovers of a third. */
async function unlessGone(removal: Promise<unknown>): Promise<boolean> {
  try {
    await removal;
    return true;
  } catch (error) {
    if (!isGone(error)) throw error;
    return false;
  }
}

function isGone(error: unknown): boolean {
  return /^(ResourceNotFoundException|QueueDoesNotExist)$/.test((error as Error).name);
}

function archives(client: EventBridgeClient): Promise<string[]> {
  return allPages(async (NextToken) => {
    const listed = new ListArchivesCommand({ NamePrefix: ANY_RUN, NextToken });
    const { Archives = [], NextToken: next } = await client.send(listed);
    return { names: Archives.map(({ ArchiveName = "" }) => ArchiveName), next };
  });
}

function buses(client: EventBridgeClient): Promise<string[]> {
  return allPages(async (NextToken) => {
    const listed = new ListEventBusesCommand({ NamePrefix: ANY_RUN, NextToken });
    const { EventBuses = [], NextToken: next } = await client.send(listed);
    return { names: EventBuses.map(({ Name = "" }) => Name), next };
  });
}

function rules(client: EventBridgeClient, EventBusName: string): Promise<string[]> {
  return allPages(async (NextToken) => {
    const listed = new ListRulesCommand({ EventBusName, NamePrefix: ANY_RUN, NextToken });
    const { Rules = [], NextToken: next } = await client.send(listed);
    return { names: Rules.map(({ Name = "" }) => Name), next };
  });
}

/** The SDK has no paginators for EventBridge. */
async function allPages(
  page: (token: string | undefined) => Promise<{ names: string[]; next: string | undefined }>,
): Promise<string[]> {
  const all: string[] = [];
  let token: string | undefined;
  do {
    const { names, next } = await page(token);
    all.push(...names);
    token = next;
  } while (token !== undefined);
  return all;
}
