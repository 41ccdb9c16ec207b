import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminListGroupsForUserCommand,
  AdminRemoveUserFromGroupCommand,
  AdminSetUserPasswordCommand,
  CreateGroupCommand,
  type CreateGroupCommandInput,
  DeleteGroupCommand,
  GetGroupCommand,
  InitiateAuthCommand,
  ListGroupsCommand,
  ListUsersInGroupCommand,
  UpdateGroupCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PASSWORD, pool, refusal, type Served, serve } from "./serve.ts";

let served: Served;
let ids: { UserPoolId: string; ClientId: string };
beforeAll(async () => {
  served = await serve();
  ids = await pool(served);
});
afterAll(() => served.close());

const role = (name: string) => `arn:aws:iam::000000000000:role/${name}`;

async function group(GroupName: string, more: Partial<CreateGroupCommandInput> = {}) {
  const { UserPoolId } = ids;
  return served.sdk().send(new CreateGroupCommand({ UserPoolId, GroupName, ...more }));
}

async function member(Username: string, ...groups: string[]): Promise<void> {
  const { UserPoolId } = ids;
  const sdk = served.sdk();
  await sdk.send(new AdminCreateUserCommand({ UserPoolId, Username, MessageAction: "SUPPRESS" }));
  await sdk.send(
    new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: PASSWORD, Permanent: true }),
  );
  for (const GroupName of groups) {
    await sdk.send(new AdminAddUserToGroupCommand({ UserPoolId, Username, GroupName }));
  }
}

async function claims(Username: string) {
  const { AuthenticationResult: result } = await served.sdk().send(
    new InitiateAuthCommand({
      ClientId: ids.ClientId,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: Username, PASSWORD },
    }),
  );
  return { id: decodeJwt(result?.IdToken ?? ""), access: decodeJwt(result?.AccessToken ?? "") };
}

describe("a group", () => {
  it("is made once, changed in what is given, and found until it is deleted", async () => {
    const { UserPoolId } = ids;
    const sdk = served.sdk();
    await group("editors", { Description: "who edit", Precedence: 5 });
    expect(await refusal(group("editors"))).toMatch(/^GroupExistsException: /);
    const target = { UserPoolId, GroupName: "editors" };
    await sdk.send(new UpdateGroupCommand({ ...target, RoleArn: role("editor") }));
    const { Group } = await sdk.send(new GetGroupCommand(target));
    expect(Group).toMatchObject({
      GroupName: "editors",
      UserPoolId,
      Description: "who edit",
      Precedence: 5,
      RoleArn: role("editor"),
    });
    await sdk.send(new DeleteGroupCommand(target));
    expect(await refusal(sdk.send(new GetGroupCommand(target)))).toBe(
      "ResourceNotFoundException: Group not found.",
    );
  });

  it("is listed with its members page by page", async () => {
    const { UserPoolId } = ids;
    const sdk = served.sdk();
    const names = ["p1", "p2", "p3"];
    for (const name of names) await group(name);
    for (const name of names) await member(`in-${name}`, "p1");
    await member("everywhere", ...names);
    const pages = async (
      page: (NextToken?: string) => Promise<{ names: unknown[]; NextToken?: string | undefined }>,
    ) => {
      const found: unknown[] = [];
      let token: string | undefined;
      do {
        const next = await page(token);
        expect(next.names.length).toBeLessThanOrEqual(2);
        found.push(...next.names);
        token = next.NextToken;
      } while (token !== undefined);
      return found;
    };
    const none = sdk.send(new ListGroupsCommand({ UserPoolId, Limit: 0 }));
    expect(await refusal(none)).toBe(
      "InvalidParameterException: 1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1",
    );
    const Limit = 2;
    const groups = await pages(async (NextToken) => {
      const answer = await sdk.send(new ListGroupsCommand({ UserPoolId, Limit, NextToken }));
      return { names: answer.Groups?.map(({ GroupName }) => GroupName) ?? [], ...answer };
    });
    expect(groups).toEqual(expect.arrayContaining(names));
    const users = await pages(async (NextToken) => {
      const answer = await sdk.send(
        new ListUsersInGroupCommand({ UserPoolId, GroupName: "p1", Limit, NextToken }),
      );
      return { names: answer.Users?.map(({ Username }) => Username) ?? [], ...answer };
    });
    expect(users).toHaveLength(4);
    expect(new Set(users)).toEqual(new Set(["everywhere", "in-p1", "in-p2", "in-p3"]));
    const of = await pages(async (NextToken) => {
      const answer = await sdk.send(
        new AdminListGroupsForUserCommand({
          UserPoolId,
          Username: "everywhere",
          Limit,
          NextToken,
        }),
      );
      return { names: answer.Groups?.map(({ GroupName }) => GroupName) ?? [], ...answer };
    });
    expect(of).toHaveLength(3);
    expect(new Set(of)).toEqual(new Set(names));
    await sdk.send(
      new AdminRemoveUserFromGroupCommand({
        UserPoolId,
        Username: "everywhere",
        GroupName: "p1",
      }),
    );
    const left = await sdk.send(new ListUsersInGroupCommand({ UserPoolId, GroupName: "p1" }));
    expect(left.Users).toHaveLength(3);
  });
});

describe("the groups of a user", () => {
  it("stand in the tokens by precedence, with their roles and the preferred one", async () => {
    await group("low", { RoleArn: role("low") });
    await group("high", { Precedence: 1, RoleArn: role("high") });
    await group("middle", { Precedence: 7 });
    await member("ann", "low", "middle", "high");
    const { id, access } = await claims("ann");
    // facts 3.5, 4.7: the lowest number wins, none is the lowest of all
    expect(id["cognito:groups"]).toEqual(["high", "middle", "low"]);
    expect(id["cognito:roles"]).toEqual([role("high"), role("low")]);
    expect(id["cognito:preferred_role"]).toBe(role("high"));
    expect(access["cognito:groups"]).toEqual(["high", "middle", "low"]);
    expect(access).not.toHaveProperty("cognito:roles");
  });

  it("prefer no role where two of the same precedence bring different ones", async () => {
    await group("tie-a", { Precedence: 3, RoleArn: role("a") });
    await group("tie-b", { Precedence: 3, RoleArn: role("b") });
    await group("tie-c", { Precedence: 3, RoleArn: role("a") });
    await member("bea", "tie-a", "tie-b");
    await member("cy", "tie-a", "tie-c");
    // facts 4.7
    expect((await claims("bea")).id).not.toHaveProperty("cognito:preferred_role");
    expect((await claims("cy")).id["cognito:preferred_role"]).toBe(role("a"));
  });

  it("leave no claim where there are none", async () => {
    await member("di");
    const { id, access } = await claims("di");
    expect(id).not.toHaveProperty("cognito:groups");
    expect(access).not.toHaveProperty("cognito:groups");
  });
});
