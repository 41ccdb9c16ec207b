import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { only } from "../only-stage.ts";
import { pool, type Served, serve } from "./serve.ts";

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

describe("the protocol", () => {
  async function post(operation: string, body: object, headers: Record<string, string> = {}) {
    const response = await fetch(served.endpoint, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `AWSCognitoIdentityProviderService.${operation}`,
        ...headers,
      },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, string> };
  }

  /** What nobody else but the stage takes for a signature. */
  const signed = () =>
    served.onStage ? { authorization: "AWS4" } : only("it checks no signature")();

  it("wants a signature on administrators' calls, and none on users'", async () => {
    const { UserPoolId, ClientId } = await pool(served);
    // facts 3.1
    expect(await post("AdminGetUser", { UserPoolId, Username: "a" })).toEqual({
      status: 400,
      body: {
        __type: "MissingAuthenticationTokenException",
        message: "Missing Authentication Token",
      },
    });
    const unsigned = await post("ForgotPassword", { ClientId, Username: "a" });
    expect(unsigned).toMatchObject({ status: 400, body: { __type: "UserNotFoundException" } });
  });

  it("does not know operations that are not there", async () => {
    const { body } = await post("MakeCoffee", {}, signed());
    expect(body.__type).toBe("UnknownOperationException");
  });

  it("names the fields that are missing or wrong, and hides what is sensitive", async () => {
    const message = async (operation: string, input: object) => {
      const { body } = await post(operation, input, signed());
      expect(body.__type).toBe("InvalidParameterException");
      return body.message;
    };
    expect(await message("SignUp", { ClientId: "abc", Password: "x".repeat(257) })).toBe(
      "2 validation errors detected: Value at 'username' failed to satisfy constraint: Member must not be null; " +
        "Value at 'password' failed to satisfy constraint: Member must have length less than or equal to 256",
    );
    expect(await message("InitiateAuth", { ClientId: "abc", AuthFlow: "MAGIC" })).toContain(
      "1 validation error detected: Value 'MAGIC' at 'authFlow' failed to satisfy constraint: Member must satisfy enum value set: [",
    );
    expect(await message("AdminGetUser", { UserPoolId: "nowhere", Username: "a" })).toContain(
      "Value 'nowhere' at 'userPoolId' failed to satisfy constraint: Member must satisfy regular expression pattern: ",
    );
  });

  it("takes a member that is null for one that is not there", async () => {
    const { ClientId } = await pool(served);
    // amazon-cognito-identity-js refreshes like this in a browser that has no device.
    const { body } = await post("InitiateAuth", {
      ClientId,
      AuthFlow: "REFRESH_TOKEN_AUTH",
      AuthParameters: { REFRESH_TOKEN: "none-such", DEVICE_KEY: null },
      ClientMetadata: null,
    });
    expect(body).toEqual({ __type: "NotAuthorizedException", message: "Invalid Refresh Token" });
    const missing = await post("InitiateAuth", { ClientId: null, AuthFlow: "USER_AUTH" });
    expect(missing.body.message).toContain("'clientId' failed to satisfy constraint: Member must");
  });

  // The limits of the API model, which are asked of a request before anything is looked up: botocore 1.43.107, cognito-idp
  it.each<[string, string, object]>([
    [
      "Value 'x#y' at 'poolName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w\\s+=,.@-]+",
      "CreateUserPool",
      { PoolName: "x#y" },
    ],
    [
      "Value 'short' at 'lambdaConfig.preSignUp' failed to satisfy constraint: Member must have length greater than or equal to 20",
      "CreateUserPool",
      { PoolName: "x", LambdaConfig: { PreSignUp: "short" } },
    ],
    [
      "Value '3' at 'accountRecoverySetting.recoveryMechanisms.1.member.priority' failed to satisfy constraint: Member must have value less than or equal to 2",
      "UpdateUserPool",
      {
        UserPoolId: "us-east-1_a",
        AccountRecoverySetting: { RecoveryMechanisms: [{ Name: "admin_only", Priority: 3 }] },
      },
    ],
    [
      "Value '86401' at 'accessTokenValidity' failed to satisfy constraint: Member must have value less than or equal to 86400",
      "UpdateUserPoolClient",
      { UserPoolId: "us-east-1_a", ClientId: "a", AccessTokenValidity: 86_401 },
    ],
    [
      "Value '61' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 60",
      "ListGroups",
      { UserPoolId: "us-east-1_a", Limit: 61 },
    ],
    [
      "Value at 'userPoolTags' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 128]",
      "CreateUserPool",
      { PoolName: "x", UserPoolTags: { ["k".repeat(129)]: "v" } },
    ],
    [
      "Value at 'accessToken' failed to satisfy constraint: Member must satisfy regular expression pattern: [A-Za-z0-9-_=.]+",
      "GetUser",
      { AccessToken: "Bearer x" },
    ],
  ])("refuses what breaks a limit: %s", async (message, operation, input) => {
    const { body } = await post(operation, input, signed());
    expect(body.__type).toBe("InvalidParameterException");
    expect(body.message).toContain(message);
  });
});
