import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";

/** What this team knows of a customer. */
export interface Customer {
  readonly userId: string;
  /** Every sub that the customer has or had. */
  readonly subs: ReadonlySet<string>;
  /** How often an event changed something here. */
  readonly changes: number;
}

/** Something that an event says of a customer. */
export interface News {
  /** `metadata.id`: the same when the same thing is said again. */
  readonly eventId: string;
  readonly userId: string;
  readonly subs: readonly string[];
}

/** Keeps the customers by their user ID, which stays the same wherever they sign in. */
export function customersIn(table: string, dynamodb: DynamoDBDocumentClient) {
  return {
    /**
     * Adds what an event says, once: news and event are remembered in one write, so that nothing
     * is lost or counted twice when the function dies in between, or the event comes again.
     */
    hear: async ({ eventId, userId, subs }: News): Promise<void> => {
      try {
        await dynamodb.send(
          new UpdateCommand({
            TableName: table,
            Key: { userId },
            UpdateExpression: "ADD subs :subs, heard :heard, changes :one",
            ConditionExpression: "attribute_not_exists(heard) OR NOT contains(heard, :eventId)",
            ExpressionAttributeValues: {
              ":subs": new Set(subs),
              ":heard": new Set([eventId]),
              ":eventId": eventId,
              ":one": 1,
            },
          }),
        );
      } catch (error) {
        // It was heard before.
        if (error instanceof ConditionalCheckFailedException) return;
        throw error;
      }
    },
  };
}
