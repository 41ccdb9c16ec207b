import { createHmac } from "node:crypto";
import {
  AddUserPoolClientSecretCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CreateUserPoolClientCommand,
  DeleteUserPoolClientSecretCommand,
  DescribeUserPoolClientCommand,
  InitiateAuthCommand,
  ListUserPoolClientSecretsCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { app, PASSWORD, pool, refusal, type Served, serve } from "./serve.ts";

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

const OWN = "Own1Secret2Own3Secret4Own5Secret";

async function confidential() {
  const { UserPoolId, ClientId, ClientSecret } = await pool(served, {}, { GenerateSecret: true });
  const target = { UserPoolId, ClientId };
  const sdk = served.sdk();
  await sdk.send(
    new AdminCreateUserCommand({ UserPoolId, Username: "ann", MessageAction: "SUPPRESS" }),
  );
  await sdk.send(
    new AdminSetUserPasswordCommand({
      UserPoolId,
      Username: "ann",
      Password: PASSWORD,
      Permanent: true,
    }),
  );
  const signIn = (secret: string) => {
    const SECRET_HASH = createHmac("sha256", secret).update(`ann${ClientId}`).digest("base64");
    return sdk.send(
      new InitiateAuthCommand({
        ClientId,
        AuthFlow: "USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: "ann", PASSWORD, SECRET_HASH },
      }),
    );
  };
  const list = async () =>
    (await sdk.send(new ListUserPoolClientSecretsCommand(target))).ClientSecrets ?? [];
  return { sdk, target, first: ClientSecret ?? "", signIn, list };
}

// The API model (botocore 1.43.107): AddUserPoolClientSecret, ListUserPoolClientSecrets, DeleteUserPoolClientSecret
describe("the secrets of an app client", () => {
  it("are two while they are changed: both are good until the first is deleted", async () => {
    const { sdk, target, first, signIn, list } = await confidential();
    const { ClientSecretDescriptor: added } = await sdk.send(
      new AddUserPoolClientSecretCommand(target),
    );
    const second = added?.ClientSecretValue ?? "";
    expect(added?.ClientSecretId).toMatch(new RegExp(`^${target.ClientId}--\\d+$`));
    for (const secret of [first, second]) {
      expect((await signIn(secret)).AuthenticationResult?.AccessToken).toBeTruthy();
    }
    const listed = await list();
    expect(listed).toHaveLength(2);
    expect(listed.map(({ ClientSecretValue }) => ClientSecretValue)).toEqual([
      undefined,
      undefined,
    ]);
    await sdk.send(
      new DeleteUserPoolClientSecretCommand({
        ...target,
        ClientSecretId: listed[0]?.ClientSecretId,
      }),
    );
    expect(await refusal(signIn(first))).toMatch(/^NotAuthorizedException: Unable to verify/);
    expect((await signIn(second)).AuthenticationResult?.AccessToken).toBeTruthy();
    const { UserPoolClient } = await sdk.send(new DescribeUserPoolClientCommand(target));
    expect(UserPoolClient?.ClientSecret).toBe(second);
  });

  it("may be the app's own, which is not told again", async () => {
    const { sdk, target, signIn } = await confidential();
    const { ClientSecretDescriptor: added } = await sdk.send(
      new AddUserPoolClientSecretCommand({ ...target, ClientSecret: OWN }),
    );
    expect(added?.ClientSecretValue).toBeUndefined();
    expect((await signIn(OWN)).AuthenticationResult?.AccessToken).toBeTruthy();
    const { UserPoolClient } = await sdk.send(
      new CreateUserPoolClientCommand({
        UserPoolId: target.UserPoolId,
        ClientName: "own",
        ClientSecret: OWN,
      }),
    );
    expect(UserPoolClient?.ClientSecret).toBe(OWN);
    const both = app(served, target.UserPoolId, { GenerateSecret: true, ClientSecret: OWN });
    expect(await refusal(both)).toMatch(/^InvalidParameterException: /);
  });

  it("are never three, nor none", async () => {
    const { sdk, target, list } = await confidential();
    const drop = (ClientSecretId: string | undefined) =>
      refusal(sdk.send(new DeleteUserPoolClientSecretCommand({ ...target, ClientSecretId })));
    const [only] = await list();
    expect(await drop(only?.ClientSecretId)).toMatch(/^InvalidParameterException: /);
    expect(await drop("none--1")).toMatch(/^ResourceNotFoundException: /);
    await sdk.send(new AddUserPoolClientSecretCommand(target));
    expect(await refusal(sdk.send(new AddUserPoolClientSecretCommand(target)))).toMatch(
      /^LimitExceededException: /,
    );
    const open = await app(served, target.UserPoolId);
    const add = new AddUserPoolClientSecretCommand({
      UserPoolId: target.UserPoolId,
      ClientId: open.ClientId,
    });
    expect(await refusal(sdk.send(add))).toMatch(/^InvalidParameterException: /);
  });
});
