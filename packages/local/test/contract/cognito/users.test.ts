import {
  AdminCreateUserCommand,
  type AdminCreateUserCommandInput,
  AdminDeleteUserAttributesCommand,
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
  AdminEnableUserCommand,
  AdminGetUserCommand,
  AdminSetUserPasswordCommand,
  AdminUpdateUserAttributesCommand,
  InitiateAuthCommand,
  ListUsersCommand,
  type ListUsersCommandInput,
} from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DAY, HOUR, PASSWORD, pool, refusal, type Served, serve } from "./serve.ts";

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

interface Ids {
  UserPoolId: string;
  ClientId: string;
}

function attributes(values: Record<string, string>) {
  return Object.entries(values).map(([Name, Value]) => ({ Name, Value }));
}
function create(
  { UserPoolId }: Ids,
  Username: string,
  values: Record<string, string> = {},
  more: Partial<AdminCreateUserCommandInput> = { MessageAction: "SUPPRESS" },
) {
  return served.sdk().send(
    new AdminCreateUserCommand({
      UserPoolId,
      Username,
      UserAttributes: attributes(values),
      ...more,
    }),
  );
}
async function stored({ UserPoolId }: Ids, Username: string) {
  const user = await served.sdk().send(new AdminGetUserCommand({ UserPoolId, Username }));
  const values = Object.fromEntries(
    (user.UserAttributes ?? []).map(({ Name, Value }) => [Name, Value]),
  );
  return { ...user, values };
}
function update({ UserPoolId }: Ids, Username: string, values: Record<string, string>) {
  return served.sdk().send(
    new AdminUpdateUserAttributesCommand({
      UserPoolId,
      Username,
      UserAttributes: attributes(values),
    }),
  );
}

describe("AdminCreateUser", () => {
  it("invites by mail with a password that signs in to the new-password challenge", async () => {
    const ids = await pool(served);
    const mail = { DesiredDeliveryMediums: ["EMAIL" as const] };
    const { User } = await create(ids, "ann", { email: "ann@example.com" }, mail);
    // facts 4.1
    expect(User).toMatchObject({ UserStatus: "FORCE_CHANGE_PASSWORD", Enabled: true });
    expect(User?.UserCreateDate).toBeInstanceOf(Date);
    expect(served.outbox.at(-1)?.text).toContain("ann");
    const first = served.lastCode("ann@example.com");
    const signIn = (PASSWORD_: string) =>
      served.sdk().send(
        new InitiateAuthCommand({
          ClientId: ids.ClientId,
          AuthFlow: "USER_PASSWORD_AUTH",
          AuthParameters: { USERNAME: "ann", PASSWORD: PASSWORD_ },
        }),
      );
    expect((await signIn(first)).ChallengeName).toBe("NEW_PASSWORD_REQUIRED");
    served.pass(7 * DAY);
    await create(ids, "ann", {}, { ...mail, MessageAction: "RESEND" });
    // facts 4.2: a new password and a new clock
    const second = served.lastCode("ann@example.com");
    expect(second).not.toBe(first);
    expect((await signIn(second)).ChallengeName).toBe("NEW_PASSWORD_REQUIRED");
  });

  it("sends a password as it is, whatever it looks like", async () => {
    const ids = await pool(served);
    const TemporaryPassword = "A$&-b$$1-{username}";
    const more = { DesiredDeliveryMediums: ["EMAIL" as const], TemporaryPassword };
    await create(ids, "abe$$", { email: "abe@example.com" }, more);
    const text = served.outbox.at(-1)?.text;
    expect(text).toBe(`Your username is abe$$ and temporary password is ${TemporaryPassword}.`);
  });

  it("sends by SMS unless told otherwise, and nothing where it is to be silent", async () => {
    const ids = await pool(served);
    const from = served.outbox.length;
    await create(ids, "bob", { email: "bob@example.com", phone_number: "+15550177" }, {});
    await create(ids, "bo2", { email: "bob@example.com", phone_number: "+15550177" });
    // facts 4.2
    expect(served.outbox.slice(from).map(({ channel }) => channel)).toEqual(["sms"]);
  });

  it("cannot resend to a confirmed user, nor create one twice", async () => {
    const ids = await pool(served);
    await create(ids, "cat");
    // facts 3.4: the text is UNCERTAIN
    expect(await refusal(create(ids, "cat"))).toMatch(/^UsernameExistsException/);
    await served.sdk().send(
      new AdminSetUserPasswordCommand({
        UserPoolId: ids.UserPoolId,
        Username: "cat",
        Password: PASSWORD,
        Permanent: true,
      }),
    );
    expect((await stored(ids, "cat")).UserStatus).toBe("CONFIRMED");
    // facts 4.2
    expect(await refusal(create(ids, "cat", {}, { MessageAction: "RESEND" }))).toMatch(
      /^UnsupportedUserStateException/,
    );
  });

  it("finds the user by username, sub and verified alias, but by no other", async () => {
    const ids = await pool(served, { AliasAttributes: ["email", "phone_number"] });
    const verified = { email: "dan@example.com", email_verified: "true" };
    await create(ids, "dan", { ...verified, phone_number: "+15550188" });
    const { values } = await stored(ids, "dan");
    expect((await stored(ids, values.sub ?? "")).Username).toBe("dan");
    // trap 24
    expect((await stored(ids, "dan@example.com")).Username).toBe("dan");
    expect(await refusal(stored(ids, "+15550188"))).toBe(
      "UserNotFoundException: User does not exist.",
    );
    // facts 4.2
    expect(await refusal(create(ids, "eve", verified))).toMatch(/^AliasExistsException/);
    await create(ids, "eve", verified, { MessageAction: "SUPPRESS", ForceAliasCreation: true });
    expect((await stored(ids, "dan@example.com")).Username).toBe("eve");
    expect((await stored(ids, "dan")).values.email_verified).toBe("false");
  });

  it.each([
    [undefined, "UserNotFoundException: User does not exist."],
    [false, "was not refused"],
  ])("tells names apart by case with CaseSensitive %s", async (CaseSensitive, expected) => {
    const ids = await pool(
      served,
      CaseSensitive === undefined ? {} : { UsernameConfiguration: { CaseSensitive } },
    );
    await create(ids, "Fay");
    // facts 1.3: true is the API's default
    expect(await refusal(stored(ids, "fay"))).toBe(expected);
  });

  it("needs a temporary password that meets the policy", async () => {
    const ids = await pool(served);
    expect(await refusal(create(ids, "gil", {}, { TemporaryPassword: "weak" }))).toBe(
      "InvalidPasswordException: Password did not conform with password policy: Password not long enough",
    );
    expect(await refusal(create(ids, "g l"))).toMatch(/^InvalidParameterException/);
  });
});

describe("attributes", () => {
  const Schema = [
    { Name: "fixed", AttributeDataType: "String" as const, Mutable: false },
    {
      Name: "plan",
      AttributeDataType: "String" as const,
      Mutable: true,
      StringAttributeConstraints: { MinLength: "2", MaxLength: "5" },
    },
    { Name: "name", Required: true },
  ];

  it("follow the schema", async () => {
    const ids = await pool(served, { Schema });
    await create(ids, "hal", { name: "Hal", "custom:fixed": "x", "custom:plan": "gold" });
    const invalid = "InvalidParameterException: ";
    // Source, here and below: radkawar/stackd, testdata/aws/cognito/profile_workflows.json
    expect(await refusal(update(ids, "hal", { "custom:plan": "silver" }))).toBe(
      `${invalid}user.custom:plan: String must be no longer than 5 characters\n`,
    );
    expect(await refusal(update(ids, "hal", { "custom:plan": "x" }))).toContain(
      `${invalid}user.custom:plan: `,
    );
    expect(await refusal(update(ids, "hal", { "custom:other": "x" }))).toBe(
      `${invalid}user.custom:other: Attribute does not exist in the schema.\n`,
    );
    // Its length is all that counts.
    await update(ids, "hal", { birthdate: "not-a-date" });
    // facts 4.3: required attributes cannot be emptied; 7: immutable
    expect(await refusal(update(ids, "hal", { name: "" }))).toBe(
      `${invalid}Attributes did not conform to the schema: name.formatted: The attribute name.formatted is required`,
    );
    expect(await refusal(update(ids, "hal", { "custom:fixed": "y" }))).toBe(
      `${invalid}user.custom:fixed: Attribute cannot be updated.\n`,
    );
    expect(await refusal(update(ids, "hal", { sub: "y" }))).toMatch(/^InvalidParameterException/);
    expect((await stored(ids, "hal")).values).toMatchObject({
      name: "Hal",
      "custom:fixed": "x",
      "custom:plan": "gold",
    });
  });

  it("are deleted by an empty value or by name", async () => {
    const ids = await pool(served, { Schema });
    await create(ids, "ida", { name: "Ida", nickname: "I", locale: "en" });
    await update(ids, "ida", { nickname: "" });
    await served.sdk().send(
      new AdminDeleteUserAttributesCommand({
        UserPoolId: ids.UserPoolId,
        Username: "ida",
        UserAttributeNames: ["locale"],
      }),
    );
    // facts 4.3
    expect(
      Object.keys((await stored(ids, "ida")).values).toSorted((a, b) => a.localeCompare(b)),
    ).toEqual(["name", "sub"]);
  });

  it("do not make a preferred name of another kind of name", async () => {
    const ids = await pool(served, { AliasAttributes: ["email", "preferred_username"] });
    await create(ids, "ian");
    await create(ids, "ivy");
    const prefer = (preferred_username: string) => update(ids, "ivy", { preferred_username });
    // Source: radkawar/stackd, testdata/aws/cognito/admission_workflows.json
    expect(await refusal(prefer("ian@example.com"))).toBe(
      "InvalidParameterException: Username cannot be of email format, since user pool is configured for email alias.",
    );
    expect(await refusal(prefer("ian"))).toBe(
      "AliasExistsException: User account already exists for the alias.",
    );
    await prefer("ivy");
  });

  it("lose their verification when the address changes", async () => {
    const ids = await pool(served);
    await create(ids, "joe", { email: "joe@example.com", email_verified: "true" });
    await update(ids, "joe", { email: "j2@example.com" });
    // facts 4.3
    expect((await stored(ids, "joe")).values.email_verified).toBe("false");
    await update(ids, "joe", { email: "j3@example.com", email_verified: "true" });
    expect((await stored(ids, "joe")).values.email_verified).toBe("true");
  });

  it("free a name and an address when the user is deleted", async () => {
    const ids = await pool(served, { UsernameAttributes: ["email"] });
    await create(ids, "kim@example.com");
    const { UserPoolId } = ids;
    const target = { UserPoolId, Username: "kim@example.com" };
    const first = await stored(ids, "kim@example.com");
    await served.sdk().send(new AdminDeleteUserCommand(target));
    expect(await refusal(stored(ids, "kim@example.com"))).toMatch(/^UserNotFoundException/);
    await create(ids, "kim@example.com");
    // facts 4.4
    expect((await stored(ids, "kim@example.com")).values.sub).not.toBe(first.values.sub);
  });
});

describe("ListUsers", () => {
  async function crowd(count: number): Promise<Ids> {
    const ids = await pool(served, { Schema: [{ Name: "name", Required: true }] });
    const { UserPoolId } = ids;
    for (let n = 0; n < count; n += 1) {
      await served.cognito.call({
        region: "us-east-1",
        operation: "AdminCreateUser",
        signed: true,
        input: {
          UserPoolId,
          Username: `user${n}`,
          MessageAction: "SUPPRESS",
          UserAttributes: attributes({ name: `N${n}`, email: `user${n}@example.com` }),
        },
      });
    }
    return ids;
  }
  function list({ UserPoolId }: Ids, input: Partial<ListUsersCommandInput> = {}) {
    return served.sdk().send(new ListUsersCommand({ UserPoolId, ...input }));
  }

  it("gives sixty a page and every user once", async () => {
    const ids = await crowd(130);
    const names: string[] = [];
    const sizes: number[] = [];
    let PaginationToken: string | undefined;
    do {
      const page = await list(ids, { PaginationToken });
      sizes.push(page.Users?.length ?? 0);
      names.push(...(page.Users ?? []).map(({ Username }) => Username ?? ""));
      PaginationToken = page.PaginationToken;
    } while (PaginationToken !== undefined);
    // facts 4.6
    expect(sizes).toEqual([60, 60, 10]);
    expect(new Set(names).size).toBe(130);
    expect(await refusal(list(ids, { Limit: 61 }))).toMatch(/^InvalidParameterException/);
  });

  it("has tokens that last an hour and belong to their query", async () => {
    const ids = await crowd(3);
    const { PaginationToken } = await list(ids, { Limit: 1 });
    expect((await list(ids, { Limit: 1, PaginationToken })).Users?.[0]?.Username).toBe("user1");
    const other = list(ids, { PaginationToken, Filter: 'name ^= "N"' });
    expect(await refusal(other)).toMatch(/^InvalidParameterException/);
    served.pass(HOUR);
    // facts 4.6
    expect(await refusal(list(ids, { PaginationToken }))).toMatch(/^InvalidParameterException/);
  });

  it.each([
    ['email = "user1@example.com"', ["user1"]],
    ['username ^= "user1"', ["user1", "user10", "user11"]],
    ['name = "N3"', ["user3"]],
    ['status = "Disabled"', ["user2"]],
    ['cognito:user_status = "CONFIRMED"', []],
    ['email ^= "nobody"', []],
  ])("filters by %s", async (Filter, expected) => {
    const ids = await crowd(12);
    const { UserPoolId } = ids;
    const disabled = { UserPoolId, Username: "user2" };
    await served.sdk().send(new AdminDisableUserCommand(disabled));
    // facts 4.6
    const { Users } = await list(ids, { Filter });
    expect(Users?.map(({ Username }) => Username)).toEqual(expected);
    await served.sdk().send(new AdminEnableUserCommand(disabled));
    expect((await list(ids, { Filter: 'status = "Disabled"' })).Users).toEqual([]);
  });

  it("refuses filters and attributes that it cannot serve", async () => {
    const ids = await crowd(2);
    const invalid = /^InvalidParameterException/;
    expect(await refusal(list(ids, { Filter: 'custom:plan = "x"' }))).toMatch(invalid);
    expect(await refusal(list(ids, { Filter: "email = unquoted" }))).toMatch(invalid);
    await update(ids, "user0", { nickname: "U" });
    // facts 4.6: some user lacks it; required attributes are safe
    expect(await refusal(list(ids, { AttributesToGet: ["nickname"] }))).toMatch(invalid);
    const { Users } = await list(ids, { AttributesToGet: ["name"] });
    expect(Users?.[0]?.Attributes).toEqual([{ Name: "name", Value: "N0" }]);
  });
});
