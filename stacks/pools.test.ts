import { OWN_ATTRIBUTES } from "@carryover/core/config/attributes";
import { describe, expect, it } from "vitest";
import { describeStacks, of } from "./test/evaluated.ts";
import { pascal } from "./test/names.ts";
import { resourcesFor, rightsOf } from "./test/rights.ts";
import { all, arnOf, json, one } from "./test/stage.ts";
import { type StageName, triggersOf, withPools } from "./test/stages.ts";

describeStacks("the pools", [...withPools, "adopted"], () => {
  describe.each(withPools)("the pools of stage %s", (stage) => {
    it.each(triggersOf(stage))("attaches %s to each pool with five seconds", (name, trigger) => {
      for (const pool of all(of(stage), "pool")) {
        const suffix = pool.name.slice("Pool".length);
        const component = `${pascal(name)}${suffix}`;
        const fn = one(of(stage), "function", `${component}Function`);
        const arn = arnOf("lambda", fn, "function:");
        const lambdaConfig = pool.inputs["lambdaConfig"] as Record<string, unknown>;
        const key = trigger.lambdaConfig.charAt(0).toLowerCase() + trigger.lambdaConfig.slice(1);
        const attached = trigger.lambdaVersion
          ? { lambdaVersion: trigger.lambdaVersion, lambdaArn: expect.stringContaining(arn) }
          : expect.stringContaining(arn);

        expect(lambdaConfig[key]).toEqual(attached);
        expect(fn.inputs).toMatchObject({
          timeout: 5,
          memorySize: 768,
          architectures: ["arm64"],
          runtime: "nodejs24.x",
        });
        expect(fn.inputs).not.toHaveProperty("vpcConfig");
        expect(one(of(stage), "permission", `${component}Invoke`).inputs).toMatchObject({
          function: fn.inputs["name"],
          principal: "cognito-idp.amazonaws.com",
          sourceArn: `arn:aws:cognito-idp:${pool.region}:123456789012:userpool/${pool.region}_${pool.name}`,
          sourceAccount: "123456789012",
        });
        for (const action of trigger.onTarget) {
          expect(resourcesFor(rightsOf(of(stage), component), `cognito-idp:${action}`)).toContain(
            `arn:aws:cognito-idp:${pool.region}:123456789012:userpool/${pool.region}_${pool.name}`,
          );
        }
      }
      expect.hasAssertions();
    });

    it("lets nobody write Carryover's own attributes, nor learn who has an account", () => {
      // Without a list, or with an empty one, an app client writes everything.
      for (const { inputs, name } of all(of(stage), "client")) {
        expect(inputs["writeAttributes"], name).toContain("email");
        expect(inputs["writeAttributes"], name).not.toEqual(
          expect.arrayContaining([expect.stringMatching(/^custom:(user_id|legacy_)/)]),
        );
        expect(inputs["writeAttributes"], name).not.toContain("email_verified");
      }
      const clients = all(of(stage), "client").filter(({ name }) => name.startsWith("Client"));
      for (const { inputs } of clients) {
        expect(inputs["readAttributes"]).toEqual(
          expect.arrayContaining(Object.values(OWN_ATTRIBUTES)),
        );
        expect(inputs).toMatchObject({
          preventUserExistenceErrors: "ENABLED",
          enableTokenRevocation: true,
          generateSecret: false,
        });
        expect(inputs["explicitAuthFlows"]).toEqual(
          expect.arrayContaining([
            "ALLOW_USER_PASSWORD_AUTH",
            "ALLOW_USER_SRP_AUTH",
            "ALLOW_USER_AUTH",
            "ALLOW_CUSTOM_AUTH",
            "ALLOW_REFRESH_TOKEN_AUTH",
          ]),
        );
      }
      expect.hasAssertions();
    });

    it("makes the own attributes mutable, so that a social sign-in can be linked", () => {
      for (const { inputs } of all(of(stage), "pool")) {
        const names = Object.values(OWN_ATTRIBUTES).map((name) => name.replace("custom:", ""));
        expect(inputs["schemas"]).toEqual(
          expect.arrayContaining(
            names.map((name) => expect.objectContaining({ name, mutable: true })),
          ),
        );
      }
      expect.hasAssertions();
    });
  });

  it("can send texts from each pool in which phone numbers are verified, and from no other", () => {
    const stage = of("home elsewhere");
    for (const { name, region, inputs } of all(stage, "pool")) {
      const role = `TextSender${name.slice("Pool".length)}`;
      const sms = inputs["smsConfiguration"] as Record<string, string>;
      expect(inputs["autoVerifiedAttributes"]).toContain("phone_number");
      expect(sms).toMatchObject({ snsRegion: region, snsCallerArn: expect.stringContaining(role) });
      expect(json(one(stage, "role", role), "assumeRolePolicy")).toMatchObject({
        Statement: [
          {
            Principal: { Service: "cognito-idp.amazonaws.com" },
            Condition: {
              StringEquals: {
                "sts:ExternalId": sms["externalId"],
                "aws:SourceAccount": "123456789012",
              },
              ArnLike: { "aws:SourceArn": `arn:aws:cognito-idp:${region}:123456789012:userpool/*` },
            },
          },
        ],
      });
    }
    for (const { inputs } of all(of("dev"), "pool")) {
      expect(inputs["autoVerifiedAttributes"]).toEqual(["email"]);
      expect(inputs).not.toHaveProperty("smsConfiguration");
    }
  });

  it("keeps pools where they are when another region becomes home", () => {
    const names = all(of("home elsewhere"), "pool").map(({ name }) => name);

    expect(names).toEqual(expect.arrayContaining(["PoolUsEast1", "PoolEuCentral1"]));
    expect(one(of("home elsewhere"), "pool", "PoolUsEast1").region).toBe("us-east-1");
    expect(one(of("dev"), "pool", "PoolUsEast1").region).toBe("us-east-1");
  });

  it("signs in by social providers and sends by SES when the configuration says so", () => {
    expect(all(of("dev"), "identityProvider")).toEqual([]);
    expect(all(of("dev"), "domain")).toEqual([]);
    const stage = of("home elsewhere");

    expect(one(stage, "identityProvider", "GoogleUsEast1").inputs).toMatchObject({
      providerName: "Google",
      providerDetails: { client_id: "google-1", client_secret: "value-of-GoogleClientSecret" },
      attributeMapping: { email: "email", email_verified: "email_verified" },
    });
    expect(one(stage, "domain", "DomainApSoutheast2").inputs["domain"]).toBe(
      "example-ap-southeast-2",
    );
    expect(one(stage, "client", "ClientUsEast1").inputs).toMatchObject({
      supportedIdentityProviders: ["COGNITO", "Google"],
      callbackUrls: ["https://example.com/callback"],
      allowedOauthFlows: ["code"],
    });
    expect(one(stage, "pool", "PoolUsEast1").inputs["emailConfiguration"]).toEqual({
      emailSendingAccount: "DEVELOPER",
      sourceArn: "arn:aws:ses:us-east-1:123456789012:identity/example.com",
      fromEmailAddress: "Example <hello@example.com>",
      configurationSet: "sign-in",
    });
  });

  it("leaves out a social provider whose secret nobody has set, and the domain with the last of them", () => {
    const providers = (stage: StageName) =>
      all(of(stage), "identityProvider").map(({ name }) => name);

    expect(providers("home elsewhere")).toContain("GoogleUsEast1");
    expect(providers("home elsewhere")).not.toContain("LoginWithAmazonUsEast1");
    expect(providers("trigger-only")).toEqual([]);
    expect(all(of("trigger-only"), "domain")).toEqual([]);
    const [client] = all(of("trigger-only"), "client");
    expect(client?.inputs).toMatchObject({ supportedIdentityProviders: ["COGNITO"] });
    expect(client?.inputs).not.toHaveProperty("callbackUrls");
    expect(of("trigger-only").outputs).toMatchObject({ secretsToSet: ["GoogleClientSecret"] });
    expect(of("dev").outputs).not.toHaveProperty("secretsToSet");
  });

  it("keeps triggers warm during the migration when the configuration says so", () => {
    const { resources } = of("home elsewhere");
    const warm = resources.filter(({ type }) => type.endsWith(":ProvisionedConcurrencyConfig"));
    const { lambdaConfig } = one(of("home elsewhere"), "pool", "PoolUsEast1").inputs;

    expect(warm).toHaveLength(3 * triggersOf("dev").length);
    expect(warm[0]?.inputs["provisionedConcurrentExecutions"]).toBe(3);
    expect(lambdaConfig).toMatchObject({ userMigration: expect.stringMatching(/:1$/) });
    expect(
      one(of("home elsewhere"), "permission", "UserMigrationUsEast1Invoke").inputs["qualifier"],
    ).toBe("1");
  });

  it("attaches the triggers to an adopted pool, and neither creates nor declares one", () => {
    const stage = of("adopted");
    const poolArn = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Team00001";
    const lambda = (name: string) =>
      arnOf("lambda", one(stage, "function", `${name}EuWest1Function`), "function:");
    const rights = rightsOf(stage, "AttachTriggersEuWest1");

    expect([...all(stage, "pool"), ...all(stage, "client")]).toEqual([]);
    expect(one(stage, "invocation", "AdoptionEuWest1").inputs["lifecycleScope"]).toBe("CRUD");
    expect(json(one(stage, "invocation", "AdoptionEuWest1"), "input")).toEqual({
      // Another one each time, or a deployment that changes nothing else would not look at the app clients.
      deployedAt: expect.stringMatching(new RegExp(`^${new Date().getUTCFullYear()}-.*Z$`)),
      userPoolId: "eu-west-1_Team00001",
      attributes: ["user_id", "legacy_sub", "legacy_source"],
      lambdaConfig: {
        UserMigration: lambda("UserMigration"),
        PreSignUp: lambda("PreSignUp"),
        PostConfirmation: lambda("PostConfirmation"),
        PostAuthentication: lambda("PostAuthentication"),
        PreTokenGenerationConfig: {
          LambdaVersion: "V2_0",
          LambdaArn: lambda("PreTokenGeneration"),
        },
      },
    });
    expect(resourcesFor(rights, "cognito-idp:UpdateUserPool")).toEqual([poolArn]);
    expect(resourcesFor(rights, "iam:PassRole")).toEqual([
      "arn:aws:iam::123456789012:role/team-sms",
    ]);
    expect(one(stage, "permission", "UserMigrationEuWest1Invoke").inputs["sourceArn"]).toBe(
      poolArn,
    );
    expect(
      resourcesFor(rightsOf(stage, "UserMigrationEuWest1"), "cognito-idp:AdminGetUser"),
    ).toContain(poolArn);
  });
});
