import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ListUsersCommand } from "@aws-sdk/client-cognito-identity-provider";
import { CreateTableCommand, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { type Clients, clientsFor } from "@carryover/local/clients";
import type { Stage } from "@carryover/local/stage";
import { Webhook } from "standardwebhooks";
import * as z from "zod";

/** Two systems of other teams that know people by the sub of their old pool. */
export interface KeyedSystems {
  /** Values of the secrets that the demo's configuration names. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Gives both something for everybody in the old pools. */
  fill(stage: Stage, clients: Clients): Promise<void>;
  /** What they hold now, looked at in the systems themselves. */
  look(clients: Clients): Promise<Held>;
  stop(): Promise<void>;
}

export interface Held {
  /** By sub: the orders in the table `profiles`. */
  readonly profiles: ReadonlyMap<string, number>;
  /** Subs that get the newsletter. */
  readonly readers: ReadonlySet<string>;
}

const TABLE = "profiles";
const Message = z.object({
  type: z.literal("user.rekey"),
  data: z.object({ from: z.string(), to: z.string() }),
});

export async function startKeyedSystems(): Promise<KeyedSystems> {
  const secret = `whsec_${randomBytes(24).toString("base64")}`;
  const readers = new Set<string>();
  const newsletter = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    try {
      const verified = new Webhook(secret).verify(body, request.headers as Record<string, string>);
      const { from, to } = Message.parse(verified).data;
      // A message may come twice: then there is nothing left to do.
      const changed = readers.delete(from) ? 1 : 0;
      if (changed) readers.add(to);
      response.end(JSON.stringify({ changed }));
    } catch {
      response.writeHead(400).end();
    }
  });
  await new Promise<void>((resolve) => newsletter.listen(0, "127.0.0.1", resolve));
  const { port } = newsletter.address() as AddressInfo;
  return {
    secrets: { NewsletterUrl: `http://127.0.0.1:${port}/carryover`, NewsletterSecret: secret },
    async fill(stage, { dynamodb }) {
      await createProfiles(dynamodb);
      const items = DynamoDBDocumentClient.from(dynamodb);
      for (const sub of await oldSubs(stage)) {
        readers.add(sub);
        const Item = { pk: `USER#${sub}`, sk: "profile", orders: 1 };
        await items.send(new PutCommand({ TableName: TABLE, Item }));
      }
    },
    async look({ dynamodb }) {
      const profiles = new Map<string, number>();
      let from: Record<string, unknown> | undefined;
      do {
        const page = await DynamoDBDocumentClient.from(dynamodb).send(
          new ScanCommand({ TableName: TABLE, ExclusiveStartKey: from }),
        );
        for (const { pk, orders } of page.Items ?? []) {
          profiles.set(String(pk).replace("USER#", ""), Number(orders));
        }
        from = page.LastEvaluatedKey;
      } while (from !== undefined);
      return { profiles, readers: new Set(readers) };
    },
    async stop() {
      newsletter.closeAllConnections();
      await new Promise((resolve) => newsletter.close(resolve));
    },
  };
}

/**
 * What is not as it must be: whoever crossed is known by the new sub and by none of the old ones, with the
 * orders of all old accounts; whoever stayed is known as before.
 */
export function misplaced(
  { profiles, readers }: Held,
  crossings: readonly { readonly olds: readonly string[]; readonly now: string }[],
): string[] {
  const problems: string[] = [];
  for (const { olds, now } of crossings) {
    if (olds.some((old) => profiles.has(old))) problems.push("profiles: still under an old sub");
    if (profiles.get(now) !== olds.length) problems.push("profiles: orders are missing");
    if (olds.some((old) => readers.has(old))) problems.push("newsletter: still under an old sub");
    if (!readers.has(now)) problems.push("newsletter: a reader is missing");
  }
  return problems;
}

async function createProfiles(dynamodb: Clients["dynamodb"]): Promise<void> {
  const keys = [
    ["pk", "HASH"],
    ["sk", "RANGE"],
  ] as const;
  await dynamodb.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: keys.map(([AttributeName]) => ({ AttributeName, AttributeType: "S" })),
      KeySchema: keys.map(([AttributeName, KeyType]) => ({ AttributeName, KeyType })),
    }),
  );
  await waitUntilTableExists(
    { client: dynamodb, maxWaitTime: 10, minDelay: 1 },
    { TableName: TABLE },
  );
}

/** Everybody in the old pools, as their owner lists them. */
async function oldSubs({ ready, sources }: Stage): Promise<string[]> {
  const subs: string[] = [];
  for (const { region, userPoolId, account } of sources.values()) {
    const { cognito } = clientsFor(ready.endpoint, region, account);
    let token: string | undefined;
    do {
      const page = await cognito.send(
        new ListUsersCommand({ UserPoolId: userPoolId, ...(token && { PaginationToken: token }) }),
      );
      for (const { Attributes = [] } of page.Users ?? []) {
        subs.push(Attributes.find(({ Name }) => Name === "sub")?.Value ?? "");
      }
      token = page.PaginationToken;
    } while (token !== undefined);
  }
  return subs;
}
