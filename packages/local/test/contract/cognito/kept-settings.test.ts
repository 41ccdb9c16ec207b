import { X509Certificate } from "node:crypto";
import {
  CreateUserPoolDomainCommand,
  DescribeRiskConfigurationCommand,
  DescribeUserPoolClientCommand,
  GetLogDeliveryConfigurationCommand,
  GetSigningCertificateCommand,
  GetUICustomizationCommand,
  type LogConfigurationType,
  SetLogDeliveryConfigurationCommand,
  SetRiskConfigurationCommand,
  SetUICustomizationCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pool, refusal, type Served, serve } from "./serve.ts";

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

// What they mean is in the API model (botocore 1.43.107), operation by operation.
describe("settings that are kept and given back", () => {
  const NOTICES: LogConfigurationType = {
    LogLevel: "ERROR",
    EventSource: "userNotification",
    CloudWatchLogsConfiguration: {
      LogGroupArn: "arn:aws:logs:us-east-1:000000000000:log-group:cognito",
    },
  };
  const ACTIVITY: LogConfigurationType = {
    ...NOTICES,
    LogLevel: "INFO",
    EventSource: "userAuthEvents",
  };

  it("where logs go, those of user activity only in the tier PLUS", async () => {
    const sdk = served.sdk();
    const { UserPoolId } = await pool(served);
    const set = (LogConfigurations: LogConfigurationType[], id = UserPoolId) =>
      sdk.send(new SetLogDeliveryConfigurationCommand({ UserPoolId: id, LogConfigurations }));
    const get = async () =>
      (await sdk.send(new GetLogDeliveryConfigurationCommand({ UserPoolId })))
        .LogDeliveryConfiguration;
    expect(await get()).toEqual({ UserPoolId, LogConfigurations: [] });
    await set([NOTICES]);
    expect(await get()).toEqual({ UserPoolId, LogConfigurations: [NOTICES] });
    // Texts: cdk-preflight, pf-cognito-log-delivery-user-auth-events-tier and -risk-ip-range-cidr, of the live service
    expect(await refusal(set([NOTICES, ACTIVITY]))).toBe(
      "FeatureUnavailableInTierException: The following feature is not available for the ESSENTIALS pricing tier configured: Log Streaming",
    );
    const plus = await pool(served, { UserPoolTier: "PLUS" });
    const { LogDeliveryConfiguration } = await set([ACTIVITY], plus.UserPoolId);
    expect(LogDeliveryConfiguration?.LogConfigurations).toEqual([ACTIVITY]);
  });

  it("answers to risks: of the pool, or of one client before it", async () => {
    const sdk = served.sdk();
    const { UserPoolId, ClientId } = await pool(served, {
      UserPoolTier: "PLUS",
      UserPoolAddOns: { AdvancedSecurityMode: "ENFORCED" },
    });
    const blocked = (range: string) => ({
      RiskExceptionConfiguration: { BlockedIPRangeList: [range] },
    });
    const ofClient = async () =>
      (await sdk.send(new DescribeRiskConfigurationCommand({ UserPoolId, ClientId })))
        .RiskConfiguration;
    const set = (settings: object) =>
      sdk.send(new SetRiskConfigurationCommand({ UserPoolId, ...settings }));
    await set(blocked("192.0.2.0/24"));
    expect(await refusal(set(blocked("192.0.2.1")))).toBe(
      "InvalidParameterException: Incorrect CIDR format",
    );
    expect(await ofClient()).toMatchObject({ UserPoolId, ...blocked("192.0.2.0/24") });
    await set({ ClientId, ...blocked("198.51.100.0/24") });
    expect(await ofClient()).toMatchObject({ ClientId, ...blocked("198.51.100.0/24") });
    await set({ ClientId });
    expect(await ofClient()).toMatchObject(blocked("192.0.2.0/24"));
    const off = await pool(served);
    const describeOff = new DescribeRiskConfigurationCommand({ UserPoolId: off.UserPoolId });
    expect(await refusal(sdk.send(describeOff))).toMatch(/^UserPoolAddOnNotEnabledException: /);
  });

  it("the look of the classic pages, where there are pages", async () => {
    const sdk = served.sdk();
    const { UserPoolId, ClientId } = await pool(served);
    const set = (settings: object) =>
      sdk.send(new SetUICustomizationCommand({ UserPoolId, ...settings }));
    const ofClient = async () =>
      (await sdk.send(new GetUICustomizationCommand({ UserPoolId, ClientId }))).UICustomization;
    expect(await refusal(set({ CSS: ".a {}" }))).toBe(
      "InvalidParameterException: There has to be an existing domain associated with this user pool",
    );
    expect(await ofClient()).toEqual({});
    await sdk.send(new CreateUserPoolDomainCommand({ UserPoolId, Domain: "looks" }));
    await set({ ClientId: "ALL", CSS: ".a {}" });
    expect(await ofClient()).toMatchObject({ UserPoolId, ClientId: "ALL", CSS: ".a {}" });
    await set({ ClientId, CSS: ".b {}" });
    expect(await ofClient()).toMatchObject({ ClientId, CSS: ".b {}" });
  });
});

describe("a pool's signing certificate", () => {
  it("is the same each time, and good for ten years", async () => {
    const { UserPoolId } = await pool(served);
    const get = () => served.sdk().send(new GetSigningCertificateCommand({ UserPoolId }));
    const { Certificate } = await get();
    const parsed = new X509Certificate(Buffer.from(Certificate ?? "", "base64"));
    const years =
      (Date.parse(parsed.validTo) - Date.parse(parsed.validFrom)) / 3_600_000 / 24 / 365;
    expect(Math.round(years)).toBe(10);
    expect((await get()).Certificate).toBe(Certificate);
  });
});

describe("an app client", () => {
  it("is described with empty units where it has none", async () => {
    const { UserPoolId, ClientId } = await pool(served);
    const describeClient = new DescribeUserPoolClientCommand({ UserPoolId, ClientId });
    // Live answers that people have published have it: create-user-pool-client without units.
    const { UserPoolClient } = await served.sdk().send(describeClient);
    expect(UserPoolClient?.TokenValidityUnits).toEqual({});
  });
});
