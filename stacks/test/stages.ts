import type { MigrationInput } from "@carryover/core/config/schema";
import { deployed } from "@carryover/functions/deployed";
import { type Trigger, triggers } from "@carryover/functions/triggers";
import type { EvaluationInput } from "./evaluation.ts";

const source = {
  id: "legacy",
  region: "us-east-1",
  userPoolId: "us-east-1_Legacy001",
  clientId: "client1",
};

const oneRegion: MigrationInput = {
  homeRegion: "eu-west-1",
  regions: ["eu-west-1"],
  sources: [
    source,
    {
      id: "partner",
      region: "us-west-2",
      userPoolId: "us-west-2_Partner01",
      clientId: "client2",
      clientSecret: { secret: "PartnerClientSecret" },
      role: { arn: "arn:aws:iam::999999999999:role/carryover", externalId: "shared-secret" },
    },
  ],
};

/** Also what the local stage is compared with: between them they have every function that there is. */
export const withPlacement: MigrationInput = {
  homeRegion: "us-east-1",
  regions: ["us-east-1", "eu-central-1"],
  sources: [source],
  target: { customAttributes: { country: { maxLength: 2 } } },
  placement: {
    version: 1,
    rules: [{ name: "europe", when: { "custom:country": ["DE", "FR"] }, region: "eu-central-1" }],
    default: "us-east-1",
    origins: ["https://sign-in.example.com"],
  },
};

/** Systems of every kind, in the own account and in others. */
export const withDownstream: MigrationInput = {
  ...oneRegion,
  downstream: {
    orders: {
      kind: "webhook",
      url: { secret: "OrdersUrl" },
      signingSecret: { secret: "OrdersSigningSecret", previousSecret: "OrdersOldSecret" },
      concurrency: 3,
    },
    profiles: {
      kind: "dynamodb",
      region: "eu-central-1",
      tables: [
        {
          name: "profiles",
          key: { partition: "pk" },
          places: { pk: "USER#<sub>", owner: "<sub>" },
          indexes: { "by-owner": "owner" },
        },
      ],
    },
    partner: {
      kind: "dynamodb",
      role: { arn: "arn:aws:iam::222222222222:role/rekey", externalId: "shared-secret" },
      tables: [{ name: "people", key: { partition: "id" }, places: { id: "<sub>" } }],
    },
    ledger: {
      kind: "postgres",
      connection: { secret: "LedgerConnection" },
      vpc: { subnetIds: ["subnet-1", "subnet-2"], securityGroupIds: ["sg-1"] },
      columns: [{ table: "accounts", column: "owner" }],
    },
    billing: { kind: "event" },
  },
};

/** Stages and configurations that between them use all that there is. */
export const stages = {
  dev: { stage: "dev" },
  production: { stage: "production" },
  "one region": { stage: "dev", config: oneRegion },
  "home elsewhere": {
    stage: "production",
    config: {
      ...oneRegion,
      homeRegion: "eu-central-1",
      regions: ["us-east-1", "eu-central-1", "ap-southeast-2"],
      target: {
        signIn: { aliasAttributes: ["email", "phone_number"] },
        requiredAttributes: ["email", "birthdate"],
        customAttributes: { age: { type: "Number", minValue: 0, maxValue: 150, mutable: false } },
        mail: {
          from: "Example <hello@example.com>",
          identity: "example.com",
          configurationSet: "sign-in",
        },
        social: {
          domainPrefix: "example",
          callbackUrls: ["https://example.com/callback"],
          providers: {
            google: { clientId: "google-1", clientSecret: { secret: "GoogleClientSecret" } },
            amazon: { clientId: "amazon-1", clientSecret: { secret: "AmazonClientSecret" } },
          },
        },
      },
      triggers: { provisionedConcurrency: 3 },
      events: { archiveDays: 30, subscriberAccounts: ["111111111111"] },
      alarms: { emails: ["oncall@example.com"], monthlyBudgetUsd: 200 },
      onboarding: {
        brand: { name: "Example", supportUrl: "https://example.com/help" },
        signInUrl: "https://example.com/sign-in",
      },
    },
    unsetSecrets: ["AmazonClientSecret"],
  },
  adopted: {
    stage: "dev",
    config: {
      ...oneRegion,
      mode: "trigger-only",
      target: {
        adopt: {
          "eu-west-1": {
            userPoolId: "eu-west-1_Team00001",
            smsRoleArn: "arn:aws:iam::123456789012:role/team-sms",
          },
        },
      },
    },
  },
  "trigger-only": {
    stage: "dev",
    config: {
      ...oneRegion,
      mode: "trigger-only",
      target: {
        social: {
          domainPrefix: "example",
          callbackUrls: ["https://example.com/callback"],
          providers: {
            google: { clientId: "google-1", clientSecret: { secret: "GoogleClientSecret" } },
          },
        },
      },
    },
    unsetSecrets: ["GoogleClientSecret"],
  },
  placement: { stage: "dev", config: withPlacement },
  downstream: { stage: "dev", config: withDownstream },
  "sst dev": { stage: "dev", dev: true },
} as const satisfies Record<string, EvaluationInput>;

export type StageName = keyof typeof stages;

/** What is deployed. */
export const stageNames = (Object.keys(stages) as StageName[]).filter((name) => name !== "sst dev");
export const withPools = stageNames.filter((stage) => stage !== "adopted");
export const withServices = withPools.filter((stage) => stage !== "trigger-only");

/** The configuration of a stage as far as it differs from `carryover.config.ts`. */
export function configOf(stage: StageName): Partial<MigrationInput> {
  const { config }: EvaluationInput = stages[stage];
  return config ?? {};
}

export function triggersOf(stage: StageName): [string, Trigger][] {
  return deployed<string, Trigger>(triggers, configOf(stage));
}
