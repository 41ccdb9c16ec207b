import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { tableCalls } from "../aws/table-calls.ts";
import { identityEntities } from "./entity-store.ts";
import { IdentityStoreError } from "./errors.ts";
import { linkFrom } from "./records.ts";
import type { Link, NewAccount } from "./schema.ts";

const { orUnavailable } = tableCalls("identity", IdentityStoreError);

/**
 * Walks through the new accounts that are linked, by pages of the whole table, in no order. Needs the right
 * to scan it, which no other function has: an index of every account would cost each sign-in a second write.
 * @throws IdentityStoreError
 */
export function linkWalk(client: DynamoDBDocumentClient, table: string) {
  const { SubLink } = identityEntities(client, table);
  return {
    async page(cursor: string | undefined): Promise<{
      readonly items: readonly Link<NewAccount>[];
      readonly cursor: string | undefined;
    }> {
      const page = await orUnavailable(
        SubLink.scan.go({
          originalErr: true,
          limit: PAGE_SIZE,
          ...(cursor !== undefined && { cursor }),
        }),
      );
      const items = page.data.map(linkFrom).filter((link) => link.side === "new");
      return { items, cursor: page.cursor ?? undefined };
    },
  };
}

/** Items read at a time, of which those of linked accounts are answered. */
const PAGE_SIZE = 120;
