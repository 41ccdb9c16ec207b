import {
  AdminCreateUserCommand,
  AdminGetUserCommand,
  AdminSetUserPasswordCommand,
  AdminUpdateUserAttributesCommand,
  ChangePasswordCommand,
  DeleteUserAttributesCommand,
  DeleteUserCommand,
  GetUserAttributeVerificationCodeCommand,
  GetUserCommand,
  InitiateAuthCommand,
  UpdateUserAttributesCommand,
  VerifyUserAttributeCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PASSWORD, pool, refusal, type Served, serve } from "./serve.ts";

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

describe("a signed-in user", () => {
  async function signedIn(
    name: string,
    settings: Parameters<typeof pool>[1] = {},
    client: Parameters<typeof pool>[2] = { WriteAttributes: ["email", "name"] },
  ) {
    const ids = await pool(served, settings, client);
    const { UserPoolId, ClientId } = ids;
    const sdk = served.sdk();
    await sdk.send(
      new AdminCreateUserCommand({
        UserPoolId,
        Username: name,
        MessageAction: "SUPPRESS",
        UserAttributes: [
          { Name: "email", Value: `${name}@example.com` },
          { Name: "email_verified", Value: "true" },
        ],
      }),
    );
    const password = { UserPoolId, Username: name, Password: PASSWORD, Permanent: true };
    await sdk.send(new AdminSetUserPasswordCommand(password));
    const signIn = async (PASSWORD_: string) => {
      const { AuthenticationResult: result } = await sdk.send(
        new InitiateAuthCommand({
          ClientId,
          AuthFlow: "USER_PASSWORD_AUTH",
          AuthParameters: { USERNAME: name, PASSWORD: PASSWORD_ },
        }),
      );
      return result?.AccessToken ?? "";
    };
    const me = async (AccessToken: string) => {
      const { UserAttributes } = await sdk.send(new GetUserCommand({ AccessToken }));
      return Object.fromEntries((UserAttributes ?? []).map(({ Name, Value }) => [Name, Value]));
    };
    return { ...ids, sdk, signIn, me, AccessToken: await signIn(PASSWORD) };
  }
  const email = (Value: string) => [{ Name: "email", Value }];

  it("changes an address, which is unverified until its code comes", async () => {
    const { sdk, me, AccessToken } = await signedIn("ann", { AutoVerifiedAttributes: ["email"] });
    const { CodeDeliveryDetailsList } = await sdk.send(
      new UpdateUserAttributesCommand({ AccessToken, UserAttributes: email("new@example.com") }),
    );
    expect(CodeDeliveryDetailsList?.[0]?.Destination).toBe("n***@e***");
    expect(Object.keys(await me(AccessToken)).at(-1)).toBe("sub");
    expect(await me(AccessToken)).toMatchObject({
      email: "new@example.com",
      email_verified: "false",
    });
    const Code = served.lastCode("new@example.com");
    const verify = new VerifyUserAttributeCommand({ AccessToken, AttributeName: "email", Code });
    await sdk.send(verify);
    expect((await me(AccessToken)).email_verified).toBe("true");
    // facts 3.4: already used
    expect(await refusal(sdk.send(verify))).toMatch(/^ExpiredCodeException/);
  });

  it("keeps the old address until then where the pool says so", async () => {
    const { sdk, me, AccessToken } = await signedIn("bob", {
      AutoVerifiedAttributes: ["email"],
      UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ["email"] },
    });
    const UserAttributes = email("later@example.com");
    await sdk.send(new UpdateUserAttributesCommand({ AccessToken, UserAttributes }));
    // facts 4.3
    expect(await me(AccessToken)).toMatchObject({
      email: "bob@example.com",
      email_verified: "true",
    });
    const Code = served.lastCode("later@example.com");
    await sdk.send(new VerifyUserAttributeCommand({ AccessToken, AttributeName: "email", Code }));
    expect(await me(AccessToken)).toMatchObject({
      email: "later@example.com",
      email_verified: "true",
    });
  });

  it("cannot verify a new address by the code of the old one", async () => {
    const { sdk, AccessToken, UserPoolId } = await signedIn("bea");
    await sdk.send(
      new GetUserAttributeVerificationCodeCommand({ AccessToken, AttributeName: "email" }),
    );
    const Code = served.lastCode("bea@example.com");
    const UserAttributes = email("victim@example.com");
    await sdk.send(
      new AdminUpdateUserAttributesCommand({ UserPoolId, Username: "bea", UserAttributes }),
    );
    const verify = new VerifyUserAttributeCommand({ AccessToken, AttributeName: "email", Code });
    expect(await refusal(sdk.send(verify))).toMatch(/^ExpiredCodeException/);
  });

  it("asks for a verification code, and writes only what the client may", async () => {
    const { sdk, AccessToken } = await signedIn("cat");
    await sdk.send(
      new GetUserAttributeVerificationCodeCommand({ AccessToken, AttributeName: "email" }),
    );
    expect(served.lastCode("cat@example.com")).toMatch(/^\d{6}$/);
    const other = new GetUserAttributeVerificationCodeCommand({
      AccessToken,
      AttributeName: "locale",
    });
    // A text that a deployed client app knows.
    expect(await refusal(sdk.send(other))).toBe(
      "InvalidParameterException: Invalid attribute name. Only phone_number and email can be verified.",
    );
    const phone = new GetUserAttributeVerificationCodeCommand({
      AccessToken,
      AttributeName: "phone_number",
    });
    // floci-io/floci, pull request 2018 (validated on AWS).
    expect(await refusal(sdk.send(phone))).toBe(
      "InvalidParameterException: User does not have a valid registered phone number",
    );
    const UserAttributes = [{ Name: "locale", Value: "en" }];
    const write = sdk.send(new UpdateUserAttributesCommand({ AccessToken, UserAttributes }));
    expect(await refusal(write)).toBe(
      "NotAuthorizedException: A client attempted to write unauthorized attribute",
    );
  });

  it("deletes attributes, but none that it must keep", async () => {
    const Schema = [
      { Name: "tenant", AttributeDataType: "String" as const, Mutable: false },
      { Name: "email", Required: true },
    ];
    const made = await signedIn("cor", { Schema }, {});
    const { sdk, me, AccessToken } = made;
    const UserAttributes = [{ Name: "name", Value: "Cor" }];
    const update = new UpdateUserAttributesCommand({ AccessToken, UserAttributes });
    // Source: radkawar/stackd, testdata/aws/cognito/profile_workflows.json
    expect(await sdk.send(update)).not.toHaveProperty("CodeDeliveryDetailsList");
    const remove = (...UserAttributeNames: string[]) =>
      sdk.send(new DeleteUserAttributesCommand({ AccessToken, UserAttributeNames }));
    await remove("name");
    expect(await me(AccessToken)).not.toHaveProperty("name");
    const invalid = "InvalidParameterException: Invalid user attributes: ";
    expect(await refusal(remove("email"))).toBe(
      `${invalid}emails: The attribute emails is required`,
    );
    expect(await refusal(remove("custom:tenant"))).toBe(
      `${invalid}Custom.User.tenant: This attribute does not satisfy the mutability validation defined in the schema.`,
    );
    expect(await refusal(remove("custom:unknown"))).toBe(
      `${invalid}Type for attribute {custom:unknown} could not be determined`,
    );
    expect(await refusal(remove("email_verified"))).toBe(
      "InvalidParameterException: Cannot modify the non-mutable attribute email_verified",
    );
  });

  it("changes the password with the old one", async () => {
    const { sdk, signIn, AccessToken } = await signedIn("dan");
    const change = (PreviousPassword: string, ProposedPassword: string) =>
      sdk.send(new ChangePasswordCommand({ AccessToken, PreviousPassword, ProposedPassword }));
    expect(await refusal(change("Wrong-Horse-9", "New-Horse-10"))).toBe(
      "NotAuthorizedException: Incorrect username or password.",
    );
    expect(await refusal(change(PASSWORD, "weak"))).toMatch(/^InvalidPasswordException/);
    await change(PASSWORD, "New-Horse-10");
    expect(await signIn("New-Horse-10")).toBeTruthy();
    expect(await refusal(signIn(PASSWORD))).toMatch(/^NotAuthorizedException/);
  });

  it("can delete the account", async () => {
    const { sdk, me, AccessToken, UserPoolId } = await signedIn("eve");
    await sdk.send(new DeleteUserCommand({ AccessToken }));
    expect(await refusal(me(AccessToken))).toBe("UserNotFoundException: User does not exist.");
    const found = sdk.send(new AdminGetUserCommand({ UserPoolId, Username: "eve" }));
    expect(await refusal(found)).toBe("UserNotFoundException: User does not exist.");
  });
});
