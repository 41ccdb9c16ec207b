import {
  AdminCreateUserCommand,
  AdminForgetDeviceCommand,
  AdminGetDeviceCommand,
  AdminListDevicesCommand,
  AdminSetUserMFAPreferenceCommand,
  AdminSetUserPasswordCommand,
  type DeviceConfigurationType,
  GetDeviceCommand,
  InitiateAuthCommand,
  ListDevicesCommand,
  SetUserPoolMfaConfigCommand,
  UpdateDeviceStatusCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
} from "amazon-cognito-identity-js";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PASSWORD, pool, refusal, type Served, serve } from "./serve.ts";

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

const PHONE = "+15555550123";

interface Ids {
  UserPoolId: string;
  ClientId: string;
}

/** A pool that tracks devices, and one user in it with a second factor by SMS. */
async function trackingPool(DeviceConfiguration: DeviceConfigurationType | undefined, mfa = false) {
  const ids: Ids = await pool(served, {
    DeviceConfiguration,
    LambdaConfig: served.onStage
      ? { PreTokenGeneration: served.fn("token", (event) => event) }
      : {},
  });
  const { UserPoolId } = ids;
  const sdk = served.sdk();
  const Username = "ann";
  await sdk.send(
    new AdminCreateUserCommand({
      UserPoolId,
      Username,
      MessageAction: "SUPPRESS",
      UserAttributes: [{ Name: "phone_number", Value: PHONE }],
    }),
  );
  await sdk.send(
    new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: PASSWORD, Permanent: true }),
  );
  if (mfa) {
    await sdk.send(
      new SetUserPoolMfaConfigCommand({
        UserPoolId,
        MfaConfiguration: "OPTIONAL",
        SmsMfaConfiguration: { SmsConfiguration: { SnsCallerArn: "arn:aws:iam::1:role/sms" } },
      }),
    );
    const SMSMfaSettings = { Enabled: true, PreferredMfa: true };
    await sdk.send(new AdminSetUserMFAPreferenceCommand({ UserPoolId, Username, SMSMfaSettings }));
  }
  return ids;
}

type Outcome = { session: CognitoUserSession; ask: boolean } | "code";

/** The unmodified library, which keeps what it knows of the device between sign-ins. */
function browser({ UserPoolId, ClientId }: Ids) {
  const Pool = new CognitoUserPool({ UserPoolId, ClientId, endpoint: served.endpoint });
  const user = new CognitoUser({ Username: "ann", Pool });
  const step = (run: (callbacks: Parameters<CognitoUser["authenticateUser"]>[1]) => void) =>
    new Promise<Outcome>((resolve, reject) => {
      run({
        onSuccess: (session, ask) => resolve({ session, ask: ask === true }),
        onFailure: reject,
        mfaRequired: () => resolve("code"),
      });
    });
  return {
    signIn: () =>
      step((callbacks) =>
        user.authenticateUser(
          new AuthenticationDetails({ Username: "ann", Password: PASSWORD }),
          callbacks,
        ),
      ),
    answer: (code: string) => step((callbacks) => user.sendMFACode(code, callbacks)),
  };
}

function tokenOf(outcome: Outcome): string {
  if (outcome === "code") throw new Error("a code was asked for");
  return outcome.session.getAccessToken().getJwtToken();
}

const devicesOf = async (AccessToken: string) =>
  (await served.sdk().send(new ListDevicesCommand({ AccessToken }))).Devices ?? [];

describe("device tracking", () => {
  it("is off unless the pool says so", async () => {
    const ids = await trackingPool(undefined);
    const { AuthenticationResult } = await served.sdk().send(
      new InitiateAuthCommand({
        ClientId: ids.ClientId,
        AuthFlow: "USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: "ann", PASSWORD },
      }),
    );
    expect(AuthenticationResult?.NewDeviceMetadata).toBeUndefined();
    expect(decodeJwt(AuthenticationResult?.AccessToken ?? "")).not.toHaveProperty("device_key");
  });

  it("remembers the device of amazon-cognito-identity-js, which then proves itself", async () => {
    const ids = await trackingPool({ DeviceOnlyRememberedOnUserPrompt: false });
    const first = tokenOf(await browser(ids).signIn());
    const [device, ...others] = await devicesOf(first);
    expect(others).toEqual([]);
    // aws-amplify/amplify-js#12171: what the user sees of it
    expect(device?.DeviceAttributes?.map(({ Name }) => Name)).toEqual([
      "device_status",
      "device_name",
      "last_ip_used",
    ]);
    expect(device?.DeviceAttributes).toContainEqual({ Name: "device_status", Value: "valid" });
    expect(decodeJwt(first).device_key).toBe(device?.DeviceKey);
    const from = served.invocations.length;
    const second = tokenOf(await browser(ids).signIn());
    expect(decodeJwt(second).device_key).toBe(device?.DeviceKey);
    expect(await devicesOf(second)).toHaveLength(1);
    // facts 2.1
    expect(served.invocations.slice(from).map(({ event }) => event.triggerSource)).toEqual([
      "TokenGeneration_AuthenticateDevice",
    ]);
  });

  it("lets a remembered device stand for the second factor", async () => {
    const ids = await trackingPool(
      { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: false },
      true,
    );
    const app = browser(ids);
    expect(await app.signIn()).toBe("code");
    const first = tokenOf(await app.answer(served.lastCode(PHONE)));
    expect(await devicesOf(first)).toHaveLength(1);
    const again = tokenOf(await browser(ids).signIn());
    const DeviceKey = String(decodeJwt(again).device_key);
    await served
      .sdk()
      .send(
        new AdminForgetDeviceCommand({ UserPoolId: ids.UserPoolId, Username: "ann", DeviceKey }),
      );
    expect(await browser(ids).signIn()).toBe("code");
  });

  it("asks the user first where the pool says so", async () => {
    const ids = await trackingPool({ DeviceOnlyRememberedOnUserPrompt: true });
    const outcome = await browser(ids).signIn();
    expect(outcome).toMatchObject({ ask: true });
    const AccessToken = tokenOf(outcome);
    const sdk = served.sdk();
    const ofUser = { UserPoolId: ids.UserPoolId, Username: "ann" };
    const { Devices = [] } = await sdk.send(new AdminListDevicesCommand(ofUser));
    expect(Devices).toHaveLength(1);
    const DeviceKey = Devices[0]?.DeviceKey ?? "";
    const see = () => sdk.send(new GetDeviceCommand({ AccessToken, DeviceKey }));
    const set = (DeviceRememberedStatus: "remembered" | "not_remembered") =>
      sdk.send(new UpdateDeviceStatusCommand({ AccessToken, DeviceKey, DeviceRememberedStatus }));
    // aws-sdk-android, AWSMobileClientTest, testRememberDevice, run on AWS: the user sees it once it is remembered,
    // administrators see it always. Their attributes: aws/aws-cli, examples of admin-get-device.
    const seen = async () => {
      const { Device } = await sdk.send(new AdminGetDeviceCommand({ ...ofUser, DeviceKey }));
      return Object.fromEntries(
        (Device?.DeviceAttributes ?? []).map(({ Name = "", Value }) => [Name, Value]),
      );
    };
    expect(await devicesOf(AccessToken)).toEqual([]);
    expect(await refusal(see())).toBe("ResourceNotFoundException: Device does not exist.");
    const owner = `ann.${ids.UserPoolId}`;
    expect(await seen()).toMatchObject({
      "dev:device_arn": expect.stringMatching(`:owner/${owner}/device/${DeviceKey}$`),
      "dev:device_owner": owner,
      "dev:device_remembered_status": "not_remembered",
    });
    await set("remembered");
    expect((await see()).Device?.DeviceKey).toBe(DeviceKey);
    expect(await devicesOf(AccessToken)).toHaveLength(1);
    expect(await seen()).toMatchObject({ "dev:device_remembered_status": "remembered" });
    await set("not_remembered");
    expect(await devicesOf(AccessToken)).toEqual([]);
    const unknown = sdk.send(
      new GetDeviceCommand({ AccessToken, DeviceKey: "us-east-1_0a0a-0b0b" }),
    );
    expect(await refusal(unknown)).toBe("ResourceNotFoundException: Device does not exist.");
  });
});
