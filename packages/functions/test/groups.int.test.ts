import {
  AdminAddUserToGroupCommand,
  AdminDisableUserCommand,
  AdminGetUserCommand,
  AdminListGroupsForUserCommand,
  AdminRemoveUserFromGroupCommand,
  CreateGroupCommand,
  GetGroupCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { StartMessageMoveTaskCommand } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { groupsStore } from "@carryover/core/groups/store";
import { derivedId, PoolId, Sub } from "@carryover/core/kernel/ids";
import { clientsFor } from "@carryover/local/clients";
import { describe, expect, it } from "vitest";
import { depthOf, put } from "./steps/bus.ts";
import { oldSub, signIn, verified } from "./steps/sign-in.ts";
import { aUser, configFile, eventually, givenAStage, type TestStage } from "./steps/stage.ts";

const LEGACY = "us-east-1_Legacy001";
const PARTNER = "eu-west-1_Partner01";

const member = (name: string, ...groups: string[]) => aUser(`${name}@example.com`, { groups });

const given = givenAStage({
  configFile: configFile("groups"),
  seed: {
    sources: {
      legacy: {
        users: [
          member("member", "staff", "readers", "secret", `${LEGACY}_Google`),
          member("changed", "readers"),
          member("nobody"),
          member("two-pools", "readers"),
          member("by-google", "readers"),
          member("power", "power", "staff"),
          member("fired", "readers"),
          member("held-up", "readers"),
          member("planted", "readers"),
          member("thief", "readers"),
          member("owner", "staff"),
        ],
      },
      partner: {
        users: [
          member("two-pools", "customers", "admins"),
          member("fired", "customers"),
          {
            ...member("by-google", "customers"),
            username: "Google_1",
            password: undefined,
            status: "EXTERNAL_PROVIDER",
          },
        ],
      },
    },
  },
});

describe("a person's groups", () => {
  it("are in the new pool after the first sign-in, by their new names, and in the next token", async () => {
    const test = given();
    await inPool(test, LEGACY).send(
      new CreateGroupCommand({
        UserPoolId: LEGACY,
        GroupName: "editors",
        Description: "Who may edit",
        Precedence: 7,
        RoleArn: "arn:aws:iam::999999999999:role/editors",
      }),
    );
    await join(test, LEGACY, "member@example.com", "editors");

    await signIn(test, "member@example.com");

    const { userId } = await carried(test, "member@example.com");
    expect(await groupsOf(test, "member@example.com")).toEqual(["editors", "employees", "readers"]);
    const claims = await verified(test, (await signIn(test, "member@example.com")).IdToken);
    expect(claims["user_id"]).toBe(userId);
    expect(claims["cognito:groups"]).toEqual(
      expect.arrayContaining(["editors", "employees", "readers"]),
    );
    const { Group } = await test.clients.cognito.send(
      new GetGroupCommand({ UserPoolId: test.target.userPoolId, GroupName: "editors" }),
    );
    expect(Group).toMatchObject({ Description: "Who may edit", Precedence: 7 });
    expect(Group?.RoleArn).toBeUndefined();
  });

  it("stay as they are changed in the new pool, however often the event comes", async () => {
    const test = given();
    await signIn(test, "changed@example.com");
    await carried(test, "changed@example.com");
    expect(await groupsOf(test, "changed@example.com")).toEqual(["readers"]);
    await test.clients.cognito.send(
      new AdminRemoveUserFromGroupCommand({
        UserPoolId: test.target.userPoolId,
        Username: "changed@example.com",
        GroupName: "readers",
      }),
    );

    await put(test, await mappedEvent(test, "changed@example.com"));
    await put(test, await mappedEvent(test, "changed@example.com"));

    await idle(test);
    expect(await groupsOf(test, "changed@example.com")).toEqual([]);
  });

  it("are none where there were none, and that is remembered too", async () => {
    const test = given();

    await signIn(test, "nobody@example.com");

    await expect(carried(test, "nobody@example.com")).resolves.toMatchObject({ carried: 0 });
    expect(await groupsOf(test, "nobody@example.com")).toEqual([]);
  });

  it("are those of every old account, each by its own source's rules", async () => {
    const test = given();

    await signIn(test, "two-pools@example.com");

    await carried(test, "two-pools@example.com");
    await carried(test, "two-pools@example.com", "partner");
    expect(await groupsOf(test, "two-pools@example.com")).toEqual(["customers", "readers"]);
  });

  it("come from an account at a provider, which has no password and is not found by its sub alone", async () => {
    const test = given();

    await signIn(test, "by-google@example.com");

    await carried(test, "by-google@example.com", "partner", "Google_1");
    await carried(test, "by-google@example.com");
    expect(await groupsOf(test, "by-google@example.com")).toEqual(["customers", "readers"]);
  });

  it("do not come from an account that was switched off", async () => {
    const test = given();
    await inPool(test, PARTNER).send(
      new AdminDisableUserCommand({ UserPoolId: PARTNER, Username: "fired@example.com" }),
    );

    await signIn(test, "fired@example.com");

    await carried(test, "fired@example.com", "partner");
    await carried(test, "fired@example.com");
    expect(await groupsOf(test, "fired@example.com")).toEqual(["readers"]);
  });

  it("give a role of AWS to those alone whom the configuration sends there by name", async () => {
    const test = given();
    for (const GroupName of ["power", "employees"]) {
      const RoleArn = `arn:aws:iam::000000000000:role/${GroupName}`;
      await test.clients.cognito
        .send(new CreateGroupCommand({ UserPoolId: test.target.userPoolId, GroupName, RoleArn }))
        // An earlier test of this file may have had it made.
        .catch(() => undefined);
    }

    await signIn(test, "power@example.com");

    await expect(carried(test, "power@example.com")).resolves.toMatchObject({ withheld: 1 });
    expect(await groupsOf(test, "power@example.com")).toEqual(["employees"]);
  });

  it("are given to nobody whom the new pool knows by another user ID", async () => {
    const test = given();
    const tokens = await signIn(test, "planted@example.com");
    await carried(test, "planted@example.com");
    const { sub } = await verified(test, tokens.IdToken);
    const victim = await oldSub(test, "legacy", "member@example.com");
    const before = await depthOf(test, "groupsDeadLetter");

    await put(test, {
      name: "UserIdMapped",
      data: {
        userId: victim,
        old: { sourceId: "legacy", poolId: LEGACY, sub: victim },
        new: { poolId: test.target.userPoolId, region: "us-east-1", sub },
      },
    });

    await eventually("a dead letter", async () =>
      (await depthOf(test, "groupsDeadLetter")) > before ? true : undefined,
    );
    expect(await groupsOf(test, "planted@example.com")).toEqual(["readers"]);
  });

  it("are not those of an old account that no pool says is the user's", async () => {
    const test = given();
    await signIn(test, "thief@example.com");
    await carried(test, "thief@example.com");
    const { name, data } = await mappedEvent(test, "thief@example.com");
    const before = await depthOf(test, "groupsDeadLetter");
    const old = { ...data.old, sub: await oldSub(test, "legacy", "owner@example.com") };

    await put(test, { name, data: { ...data, old } });

    await eventually("a dead letter", async () =>
      (await depthOf(test, "groupsDeadLetter")) > before ? true : undefined,
    );
    expect(await groupsOf(test, "thief@example.com")).toEqual(["readers"]);
    await signIn(test, "owner@example.com");
    await carried(test, "owner@example.com");
    expect(await groupsOf(test, "owner@example.com")).toEqual(["employees"]);
  });

  it("wait in the dead-letter queue until the pool answers again and they are sent back", async () => {
    const test = given();
    const before = await depthOf(test, "groupsDeadLetter");
    const mend = await addFault(test, {
      service: "cognito-idp",
      operation: "AdminAddUserToGroup",
      // Rights that somebody took away: unlike throttling, no client tries that again by itself.
      effect: { kind: "error", type: "NotAuthorizedException" },
    });

    await signIn(test, "held-up@example.com");
    await eventually("a dead letter", async () =>
      (await depthOf(test, "groupsDeadLetter")) > before ? true : undefined,
    );
    expect(await groupsOf(test, "held-up@example.com")).toEqual([]);
    await mend();
    const { region, accountId } = test.stage.ready;
    await test.clients.sqs.send(
      new StartMessageMoveTaskCommand({
        SourceArn: `arn:aws:sqs:${region}:${accountId}:carryover-local-groups-dead-letter`,
      }),
    );

    await carried(test, "held-up@example.com");
    expect(await groupsOf(test, "held-up@example.com")).toEqual(["readers"]);
  });
});

function inPool({ stage }: TestStage, poolId: string) {
  return clientsFor(stage.ready.endpoint, poolId.split("_")[0] ?? "").cognito;
}

async function join(test: TestStage, UserPoolId: string, Username: string, GroupName: string) {
  await inPool(test, UserPoolId).send(
    new AdminAddUserToGroupCommand({ UserPoolId, Username, GroupName }),
  );
}

async function groupsOf({ clients, target }: TestStage, Username: string): Promise<string[]> {
  const { Groups = [] } = await clients.cognito.send(
    new AdminListGroupsForUserCommand({ UserPoolId: target.userPoolId, Username }),
  );
  return Groups.flatMap(({ GroupName }) => GroupName ?? []).toSorted();
}

/** Both sides of somebody who crossed, as the identity service says them. */
async function mappedEvent(test: TestStage, email: string, source = "legacy", oldName = email) {
  const { UserAttributes = [] } = await test.clients.cognito.send(
    new AdminGetUserCommand({ UserPoolId: test.target.userPoolId, Username: email }),
  );
  const attribute = (name: string) => UserAttributes.find(({ Name }) => Name === name)?.Value ?? "";
  const poolId = source === "legacy" ? LEGACY : PARTNER;
  return {
    name: "UserIdMapped",
    data: {
      userId: attribute("custom:user_id"),
      old: { sourceId: source, poolId, sub: await oldSub(test, source, oldName) },
      new: { poolId: test.target.userPoolId, region: test.target.region, sub: attribute("sub") },
    },
  };
}

/** Waits until the service has noted that it is done. */
async function carried(test: TestStage, email: string, source = "legacy", oldName = email) {
  const store = groupsStore(
    DynamoDBDocumentClient.from(test.clients.dynamodb),
    test.stage.ready.tables["groups"] ?? "",
  );
  const { data } = await mappedEvent(test, email, source, oldName);
  const account = ({ poolId, sub }: { poolId: string; sub: string }) => ({
    poolId: PoolId.parse(poolId),
    sub: Sub.parse(sub),
  });
  return eventually(`${derivedId(email)} has the groups of ${source}`, () =>
    store.find({ old: account(data.old), new: account(data.new) }),
  );
}

async function addFault({ stage }: TestStage, fault: object): Promise<() => Promise<void>> {
  const url = `${stage.ready.endpoint}/_local/faults`;
  const response = await fetch(url, { method: "POST", body: JSON.stringify(fault) });
  expect(response.ok).toBe(true);
  const { id } = (await response.json()) as { id: string };
  return async () => void (await fetch(`${url}/${id}`, { method: "DELETE" }));
}

function idle(test: TestStage): Promise<boolean> {
  return eventually("the service is idle", async () =>
    (await depthOf(test, "groups")) === 0 ? true : undefined,
  );
}
