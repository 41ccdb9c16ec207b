import { describe, expect, it } from "vitest";
import { attached, detached, TriggerTakenError, updateOf } from "./pool-update.ts";

const arn = (name: string, version = "") =>
  `arn:aws:lambda:eu-central-1:123456789012:function:${name}${version}`;

describe("the update of an adopted pool", () => {
  const pool = {
    Id: "eu-central-1_Team00001",
    Name: "team",
    Status: "Enabled",
    CreationDate: new Date(0),
    EstimatedNumberOfUsers: 5,
    MfaConfiguration: "ON",
    UserPoolTier: "PLUS",
    DeletionProtection: "ACTIVE",
    EmailConfiguration: { EmailSendingAccount: "DEVELOPER", From: "hello@example.com" },
    UserPoolTags: { team: "identity" },
    Policies: { PasswordPolicy: { MinimumLength: 12, TemporaryPasswordValidityDays: 3 } },
    AdminCreateUserConfig: { AllowAdminCreateUserOnly: true, UnusedAccountValidityDays: 3 },
    LambdaConfig: { CustomMessage: arn("team-messages") },
  } as const;

  it("hands back every setting that it may, and changes the triggers only", () => {
    const update = updateOf(
      { ...pool, LambdaConfig: { ...pool.LambdaConfig } },
      { UserMigration: arn("migrate") },
    );

    expect(update).toEqual({
      UserPoolId: pool.Id,
      PoolName: "team",
      MfaConfiguration: "ON",
      UserPoolTier: "PLUS",
      DeletionProtection: "ACTIVE",
      EmailConfiguration: pool.EmailConfiguration,
      UserPoolTags: pool.UserPoolTags,
      Policies: pool.Policies,
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      LambdaConfig: { UserMigration: arn("migrate") },
    });
  });

  it("keeps the validity of old pools that state it in the old way only", () => {
    const { AdminCreateUserConfig } = updateOf(
      { Id: pool.Id, AdminCreateUserConfig: { UnusedAccountValidityDays: 9 } },
      {},
    );

    expect(AdminCreateUserConfig).toEqual({ UnusedAccountValidityDays: 9 });
  });
});

describe("attaching", () => {
  it("keeps triggers that Carryover does not need", () => {
    expect(attached({ CustomMessage: arn("messages") }, { UserMigration: arn("migrate") })).toEqual(
      { CustomMessage: arn("messages"), UserMigration: arn("migrate") },
    );
  });

  it("refuses to replace a trigger that is somebody else's", () => {
    expect(() =>
      attached({ UserMigration: arn("theirs") }, { UserMigration: arn("migrate") }),
    ).toThrow(TriggerTakenError);
  });

  it("replaces its own of an earlier deployment, whatever its version or name", () => {
    const ours = { UserMigration: arn("migrate", ":2") };

    expect(attached({ UserMigration: arn("migrate", ":1") }, ours)).toEqual(ours);
    expect(attached({ UserMigration: arn("old") }, ours, { UserMigration: arn("old") })).toEqual(
      ours,
    );
  });

  it("refuses a token trigger of the first version: one pool has one", () => {
    const ours = {
      PreTokenGenerationConfig: { LambdaVersion: "V2_0", LambdaArn: arn("token") },
    } as const;

    expect(() => attached({ PreTokenGeneration: arn("theirs") }, ours)).toThrow(
      /PreTokenGeneration/,
    );
  });
});

describe("detaching", () => {
  it("takes off its own and leaves what others have put there since", () => {
    const ours = { UserMigration: arn("migrate"), PreSignUp: arn("sign-up") };

    expect(
      detached({ UserMigration: arn("migrate", ":7"), PreSignUp: arn("theirs") }, ours),
    ).toEqual({ PreSignUp: arn("theirs") });
  });
});
