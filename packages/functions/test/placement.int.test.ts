import { InitiateAuthCommand } from "@aws-sdk/client-cognito-identity-provider";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { UserId } from "@carryover/core/kernel/ids";
import { brokenAt } from "@carryover/core/placement/entry";
import { placementStore } from "@carryover/core/placement/placement-store";
import { clientsFor } from "@carryover/local/clients";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { givenASubscriber } from "./steps/downstream.ts";
import {
  aUser,
  configFile,
  eventually,
  givenAStage,
  PASSWORD,
  type TestStage,
} from "./steps/stage.ts";

const given = givenAStage({
  configFile: configFile("two-regions"),
  seed: {
    sources: {
      legacy: {
        pool: { AliasAttributes: ["email"], UsernameAttributes: undefined },
        users: [person("ines", "DE"), person("omar", "US")],
      },
    },
  },
});

function person(name: string, country: string) {
  return {
    ...aUser(`${name}@example.com`, {
      attributes: { given_name: `Given-${name}`, "custom:country": country },
    }),
    username: name,
  };
}

describe("somebody who signs in", () => {
  it("has a home by the policy, in the ledger and on the bus", async () => {
    const test = given();
    const subscriber = await givenASubscriber(test, "team-placed", ["UserPlaced"]);

    const userId = await signInAt(test, "eu-central-1", "ines@example.com");

    const event = await subscriber.first(({ detail }) => detail.data["userId"] === userId);
    expect(event.detail.data).toEqual({
      userId,
      to: "eu-central-1",
      reason: "europe",
      policyVersion: "1",
    });
    const entries = await ledgerOf(test).history(userId);
    expect(entries).toMatchObject([
      { fact: "placed", home: "eu-central-1", reason: "europe", policyVersion: 1, seq: 1 },
    ]);
    expect(brokenAt(entries)).toBeUndefined();
  });
});

describe("somebody who moves", () => {
  it("is taken over at the next sign-in, and stays who they are", async () => {
    const test = given();
    const userId = await signInAt(test, "us-east-1", "omar@example.com");
    await eventually("omar is placed", async () => (await ledgerOf(test).recent(userId))[0]);
    expect(userId).toBeDefined();
  });
});

function ledgerOf({ clients, stage }: TestStage) {
  return placementStore(
    DynamoDBDocumentClient.from(clients.dynamodb),
    stage.ready.tables["placement"] ?? "",
  );
}

function poolIn({ stage }: TestStage, region: string) {
  const pool = stage.ready.targets.find((target) => target.region === region);
  if (!pool) throw new Error(`no pool in ${region}`);
  return { ...pool, client: clientsFor(stage.ready.endpoint, region).cognito };
}

/** Signs in to a region's pool as an app does. Answers the user ID in the token. */
async function signInAt(test: TestStage, region: string, login: string) {
  const { client, clientId } = poolIn(test, region);
  const { AuthenticationResult } = await client.send(
    new InitiateAuthCommand({
      ClientId: clientId,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: login, PASSWORD },
    }),
  );
  const [, claims = ""] = AuthenticationResult?.IdToken?.split(".") ?? [];
  const { user_id } = z
    .object({ user_id: UserId })
    .parse(JSON.parse(Buffer.from(claims, "base64url").toString()));
  return user_id;
}
