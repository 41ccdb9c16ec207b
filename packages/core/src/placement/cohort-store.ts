import { setTimeout as sleep } from "node:timers/promises";
import {
  BatchWriteCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import { tableCalls } from "../aws/table-calls.ts";
import { UserId } from "../kernel/ids.ts";
import { Cohort, Progress } from "./cohort.ts";
import { PlacementUnavailableError } from "./errors.ts";

const { orUnavailable } = tableCalls("placement", PlacementUnavailableError);

/** Every call @throws PlacementUnavailableError when the table does not answer. */
export interface CohortStore {
  /** The users first, then the cohort: it is there once all of it is. Safe to repeat. */
  create(cohort: Cohort, userIds: readonly UserId[]): Promise<void>;
  find(id: string): Promise<Cohort | undefined>;
  /** Cohorts that are not done in every region. */
  open(): Promise<readonly Cohort[]>;
  close(id: string): Promise<void>;
  progressOf(id: string): Promise<readonly Progress[]>;
  setProgress(id: string, progress: Progress): Promise<void>;
  /** A page of a list, and where the next one starts. */
  members(
    id: string,
    from: string | undefined,
    limit: number,
  ): Promise<{ readonly userIds: readonly UserId[]; readonly next: string | undefined }>;
}

/** API reference, BatchWriteItem. */
const MOST_IN_A_BATCH = 25;
/** Doubled each time: what comes back unprocessed was throttled (same page). */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;
const OPEN = "cohorts#open";

export function cohortStore(client: DynamoDBDocumentClient, TableName: string): CohortStore {
  const keyOf = (id: string) => ({ pk: `cohort#${id}`, sk: "cohort" });
  return {
    async create(cohort, userIds) {
      for (let start = 0; start < userIds.length; start += MOST_IN_A_BATCH) {
        let left: UserId[] = userIds.slice(start, start + MOST_IN_A_BATCH);
        for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
          const { UnprocessedItems = {} } = await orUnavailable(
            client.send(
              new BatchWriteCommand({
                RequestItems: {
                  [TableName]: left.map((userId) => ({
                    PutRequest: {
                      Item: { pk: `cohort#${cohort.id}`, sk: `user#${userId}`, userId },
                    },
                  })),
                },
              }),
            ),
          );
          left = (UnprocessedItems[TableName] ?? []).flatMap(({ PutRequest }) =>
            PutRequest?.Item ? [z.parse(UserId, PutRequest.Item["userId"])] : [],
          );
          if (left.length === 0) break;
          await sleep(pauseMs);
        }
      }
      await orUnavailable(
        client.send(new PutCommand({ TableName, Item: { ...keyOf(cohort.id), ...cohort } })),
      );
      await orUnavailable(
        client.send(new PutCommand({ TableName, Item: { pk: OPEN, sk: cohort.id, ...cohort } })),
      );
    },

    async find(id) {
      const { Item } = await orUnavailable(
        client.send(new GetCommand({ TableName, Key: keyOf(id), ConsistentRead: true })),
      );
      return Item && z.parse(Cohort, Item);
    },

    async open() {
      const { Items = [] } = await orUnavailable(
        client.send(
          new QueryCommand({
            TableName,
            ConsistentRead: true,
            KeyConditionExpression: "pk = :pk",
            ExpressionAttributeValues: { ":pk": OPEN },
          }),
        ),
      );
      return Items.map((item) => z.parse(Cohort, item));
    },

    async close(id) {
      await orUnavailable(client.send(new DeleteCommand({ TableName, Key: { pk: OPEN, sk: id } })));
    },

    async progressOf(id) {
      const { Items = [] } = await orUnavailable(
        client.send(
          new QueryCommand({
            TableName,
            ConsistentRead: true,
            KeyConditionExpression: "pk = :pk AND begins_with(sk, :region)",
            ExpressionAttributeValues: { ":pk": `cohort#${id}`, ":region": "region#" },
          }),
        ),
      );
      return Items.map((item) => z.parse(Progress, item));
    },

    async setProgress(id, progress) {
      const Item = { pk: `cohort#${id}`, sk: `region#${progress.region}`, ...progress };
      await orUnavailable(client.send(new PutCommand({ TableName, Item })));
    },

    async members(id, from, limit) {
      const { Items = [] } = await orUnavailable(
        client.send(
          new QueryCommand({
            TableName,
            ConsistentRead: true,
            KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :end",
            // One more than the page: where the next one starts.
            ExpressionAttributeValues: {
              ":pk": `cohort#${id}`,
              ":from": `user#${from ?? ""}`,
              ":end": "user#~",
            },
            Limit: limit + 1,
          }),
        ),
      );
      const userIds = Items.map((item) => z.parse(UserId, item["userId"]));
      return { userIds: userIds.slice(0, limit), next: userIds[limit] };
    },
  };
}
