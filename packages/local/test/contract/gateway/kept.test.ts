import {
  AdminConfirmSignUpCommand,
  CognitoIdentityProviderClient,
  CompleteWebAuthnRegistrationCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  InitiateAuthCommand,
  ListUsersCommand,
  RespondToAuthChallengeCommand,
  SetUserPoolMfaConfigCommand,
  SignUpCommand,
  StartWebAuthnRegistrationCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { decodeProtectedHeader } from "jose";
import { describe, expect, it } from "vitest";
import { authenticator } from "../cognito/authenticator.ts";
import { servicesOnDisk } from "./on-disk.ts";
import { createQueue } from "./parts.ts";

const Password = "Correct-Horse-9";

describe("a stage with --data that is stopped and started again", () => {
  const stage = servicesOnDisk();

  it("has the messages that nobody had taken", async () => {
    const { url } = await createQueue(new SQSClient(stage.config()), "orders");
    await new SQSClient(stage.config()).send(
      new SendMessageCommand({ QueueUrl: url, MessageBody: "first" }),
    );
    await stage.restarted();
    const QueueUrl = `${stage.endpoint()}/000000000000/orders`;
    const { Messages } = await new SQSClient(stage.config()).send(
      new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }),
    );
    expect(Messages?.map(({ Body }) => Body)).toEqual(["first"]);
  });

  // Whatever only names an app client changes its pool too.
  it("has all who signed up before and since, and the keys of their tokens", async () => {
    const cognito = () => new CognitoIdentityProviderClient(stage.config());
    const { UserPool } = await cognito().send(new CreateUserPoolCommand({ PoolName: "kept" }));
    const UserPoolId = UserPool?.Id;
    const { UserPoolClient } = await cognito().send(
      new CreateUserPoolClientCommand({
        UserPoolId,
        ClientName: "app",
        ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
      }),
    );
    const ClientId = UserPoolClient?.ClientId;
    const people: string[] = [];
    for (const Username of ["ann", "bob", "cid"]) {
      await cognito().send(new SignUpCommand({ ClientId, Username, Password }));
      people.push(Username);
      await stage.restarted();
      const { Users } = await cognito().send(new ListUsersCommand({ UserPoolId }));
      expect(Users?.map((user) => user.Username).sort()).toEqual(people);
    }
    await cognito().send(new AdminConfirmSignUpCommand({ UserPoolId, Username: "ann" }));
    await stage.restarted();
    const AuthParameters = { USERNAME: "ann", PASSWORD: Password };
    const { AuthenticationResult } = await cognito().send(
      new InitiateAuthCommand({ ClientId, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters }),
    );
    await stage.restarted();
    // Not by a call with the token: its issuer is of the port of before.
    const jwks = await fetch(`${stage.endpoint()}/${UserPoolId}/.well-known/jwks.json`);
    const { keys } = (await jwks.json()) as { keys: { kid: string }[] };
    const { kid } = decodeProtectedHeader(AuthenticationResult?.AccessToken ?? "");
    expect(keys.map((key) => key.kid)).toContain(kid);
  });

  it("has what a call changed that it refused", async () => {
    const cognito = new CognitoIdentityProviderClient(stage.config());
    const { UserPool } = await cognito.send(new CreateUserPoolCommand({ PoolName: "refused" }));
    const { UserPoolClient } = await cognito.send(
      new CreateUserPoolClientCommand({
        UserPoolId: UserPool?.Id,
        ClientName: "app",
        ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH"],
      }),
    );
    const ClientId = UserPoolClient?.ClientId;
    await cognito.send(new SignUpCommand({ ClientId, Username: "ann", Password }));
    const wrong = new InitiateAuthCommand({
      ClientId,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: "ann", PASSWORD: "Wrong-Horse-9" },
    });
    // It counts against her.
    await expect(cognito.send(wrong)).rejects.toThrow("Incorrect username or password.");
    expect(stage.unsaved()).toEqual([]);
  });

  it("has the passkeys that were made before", async () => {
    const cognito = () => new CognitoIdentityProviderClient(stage.config());
    const { UserPool } = await cognito().send(
      new CreateUserPoolCommand({
        PoolName: "passkeys",
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "WEB_AUTHN"] } },
      }),
    );
    const UserPoolId = UserPool?.Id;
    const WebAuthnConfiguration = { RelyingPartyId: "example.com" };
    await cognito().send(new SetUserPoolMfaConfigCommand({ UserPoolId, WebAuthnConfiguration }));
    const { UserPoolClient } = await cognito().send(
      new CreateUserPoolClientCommand({
        UserPoolId,
        ClientName: "app",
        ExplicitAuthFlows: ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
      }),
    );
    const ClientId = UserPoolClient?.ClientId;
    const USERNAME = "ann";
    const begin = (preferred: object) =>
      cognito().send(
        new InitiateAuthCommand({
          ClientId,
          AuthFlow: "USER_AUTH",
          AuthParameters: { USERNAME, ...preferred },
        }),
      );
    await cognito().send(new SignUpCommand({ ClientId, Username: USERNAME, Password }));
    await cognito().send(new AdminConfirmSignUpCommand({ UserPoolId, Username: USERNAME }));
    const byPassword = await begin({ PREFERRED_CHALLENGE: "PASSWORD", PASSWORD: Password });
    const { AccessToken } = byPassword.AuthenticationResult ?? {};
    const passkey = authenticator("https://example.com");
    const { CredentialCreationOptions } = await cognito().send(
      new StartWebAuthnRegistrationCommand({ AccessToken }),
    );
    const Credential = passkey.create(CredentialCreationOptions as never);
    await cognito().send(new CompleteWebAuthnRegistrationCommand({ AccessToken, Credential }));
    await stage.restarted();
    const { Session, ChallengeParameters } = await begin({ PREFERRED_CHALLENGE: "WEB_AUTHN" });
    const options = JSON.parse(ChallengeParameters?.["CREDENTIAL_REQUEST_OPTIONS"] ?? "{}");
    const { AuthenticationResult } = await cognito().send(
      new RespondToAuthChallengeCommand({
        ClientId,
        ChallengeName: "WEB_AUTHN",
        Session,
        ChallengeResponses: { USERNAME, CREDENTIAL: passkey.get(options) },
      }),
    );
    expect(AuthenticationResult?.AccessToken).toBeTruthy();
  });
});
