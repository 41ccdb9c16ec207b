import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { systemClock } from "@carryover/core/kernel/clock";
import { UserId } from "@carryover/core/kernel/ids";
import { OnboardingMissingError, parsed } from "@carryover/core/onboarding/errors";
import { resumeMail } from "@carryover/core/onboarding/resume-mail";
import { type OnboardingStore, onboardingStore } from "@carryover/core/onboarding/store";
import Table from "cli-table3";
import * as z from "zod/mini";
import { callerArn } from "./caller.ts";

interface AtTable {
  readonly table: string;
  readonly region: string;
}

/** Prints what the onboarding service knows of a person. Ids and dates alone: the address is in the pool. */
export async function status(given: string, at: AtTable): Promise<void> {
  const userId = userIdOf(given);
  const store = storeOf(at);
  const [person, mails] = [await store.find(userId), await store.mailsOf(userId)];
  if (!person && mails.length === 0) {
    throw new OnboardingMissingError(`nobody is known by ${userId} in ${at.table}`, { userId });
  }
  console.log(person?.unreachable ? `cannot be reached: ${person.unreachable}` : "can be reached");
  for (const { at: when, what, by, reason } of person?.reachNotes ?? []) {
    console.log(`  ${[when, what, by, reason].filter((part) => part !== undefined).join("  ")}`);
  }
  if (mails.length === 0) return;
  const rows = new Table({
    head: ["mail", "is", "why"],
    style: { head: [], border: [], compact: true },
  });
  for (const { template, state, reason = "" } of mails) rows.push([template, state, reason]);
  console.log(rows.toString());
}

/** Lets mail go to a person again, and notes who said so. */
export async function resume(
  given: string,
  { reason, ...at }: AtTable & { readonly reason: string },
): Promise<void> {
  const userId = userIdOf(given);
  const by = await callerArn(at.region);
  const deps = { store: storeOf(at), clock: systemClock };
  const { isLifted, dueAgain } = await resumeMail(deps, userId, { by, reason });
  console.log(isLifted ? `${userId} is written to again` : `${userId} can be reached already`);
  if (dueAgain.length > 0) console.log(`due again within a minute: ${dueAgain.join(", ")}`);
}

function userIdOf(given: string): UserId {
  return parsed(z.object({ userId: UserId }), { userId: given }).userId;
}

function storeOf({ table, region }: AtTable): OnboardingStore {
  return onboardingStore(DynamoDBDocumentClient.from(new DynamoDBClient({ region })), table);
}
