import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { on, queueHandler } from "@carryover/events/handler";
import { UserIdMapped } from "@carryover/events/user-id-mapped";
import { UserSignedUp } from "@carryover/events/user-signed-up";
import { customersIn } from "./customers.ts";

const customers = customersIn(
  process.env["CUSTOMERS_TABLE"] ?? "",
  DynamoDBDocumentClient.from(new DynamoDBClient()),
);

/** Two kinds of customers: those who came over, known by an old sub and a new one, and those who are new. */
export const handler = queueHandler(
  on(UserIdMapped, ({ metadata, data: { userId, old, new: account } }) =>
    customers.hear({ eventId: metadata.id, userId, subs: [old.sub, account.sub] }),
  ),
  on(UserSignedUp, ({ metadata, data: { userId, sub } }) =>
    customers.hear({ eventId: metadata.id, userId, subs: [sub] }),
  ),
);
