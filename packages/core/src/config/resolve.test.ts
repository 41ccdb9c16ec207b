import { describe, expect, it } from "vitest";
import { defineMigration, transformOf } from "./define.ts";
import { deploymentOf } from "./deployment.ts";
import { ConfigError } from "./errors.ts";
import { resolveMigration } from "./resolve.ts";
import type { MigrationInput } from "./schema.ts";

const source = {
  id: "legacy",
  region: "us-east-1",
  userPoolId: "us-east-1_Legacy001",
  clientId: "client1",
};
const valid = (): MigrationInput => ({
  homeRegion: "us-east-1",
  regions: ["us-east-1", "eu-central-1"],
  sources: [source],
});

const webhook = {
  kind: "webhook",
  url: "https://example.com/hook",
  signingSecret: { secret: "OrdersSecret" },
};
const placedBy = (...conditions: Record<string, string[]>[]) => ({
  target: { customAttributes: { country: { maxLength: 2 } } },
  placement: {
    version: 1,
    rules: conditions.map((when, index) => ({
      name: ["first", "second"][index],
      when,
      region: "us-east-1",
    })),
    default: "us-east-1",
  },
});

const resolve = (input: unknown, stage = "dev") =>
  resolveMigration(defineMigration(input as MigrationInput), stage);

function problemsOf(input: unknown): string[] {
  try {
    resolve(input);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.problems.map(({ field, problem }) => `${field}: ${problem}`);
    throw error;
  }
  return [];
}

describe("the configuration", () => {
  it("accepts the smallest configuration and fills in the defaults", () => {
    const resolved = resolveMigration(defineMigration(valid()), "dev");

    expect(resolved).toMatchObject({
      userId: "keep-old-sub",
      mfa: "verify",
      unconfirmed: "refuse",
      attributes: { copy: "all", rename: {}, drop: [], constants: {} },
      target: { signIn: { usernameAttributes: ["email"] }, caseSensitive: false },
    });
    expect(resolved.sources[0]?.caseSensitive).toBe(true);
  });

  it.each<[string, object, string]>([
    ["an unknown field", { userid: "mint" }, "userid: is not a field of the configuration"],
    ["a value outside a list", { mfa: "skip" }, 'mfa: must be "verify" or "re-enrol" or "refuse"'],
    [
      "an adopted pool in a region without one",
      { target: { adopt: { "eu-west-1": { userPoolId: "eu-west-1_New000001" } } } },
      'target.adopt["eu-west-1"]: is not one of regions',
    ],
    [
      "an adopted pool of another region",
      { target: { adopt: { "eu-central-1": { userPoolId: "us-east-1_New000001" } } } },
      'target.adopt["eu-central-1"].userPoolId: is not a pool of eu-central-1',
    ],
    [
      "an adopted pool that is a source",
      { target: { adopt: { "us-east-1": { userPoolId: source.userPoolId } } } },
      'target.adopt["us-east-1"].userPoolId: is a source: users cannot cross into it',
    ],
    [
      "providers where people have home regions",
      {
        placement: {
          version: 1,
          rules: [],
          default: "us-east-1",
          origins: ["https://example.com"],
        },
        target: {
          social: {
            domainPrefix: "example",
            callbackUrls: ["https://example.com/callback"],
            providers: { google: { clientId: "google-1", clientSecret: { secret: "Google" } } },
          },
        },
      },
      "target.social: cannot be used with placement",
    ],
    [
      "a subscriber that is no account",
      { events: { subscriberAccounts: ["12"] } },
      "events.subscriberAccounts[0]: must be an AWS account id of 12 digits",
    ],
    [
      "a sender that is no SES identity",
      {
        target: {
          mail: {
            from: "hello@example.com",
            identity: "arn:aws:ses:us-east-1:123456789012:identity/x",
          },
        },
      },
      "target.mail.identity: must be a domain or address that SES has verified",
    ],
    [
      "mails that nobody sends",
      {
        onboarding: {
          brand: { name: "Example", supportUrl: "https://example.com/help" },
          signInUrl: "https://example.com/sign-in",
        },
      },
      "onboarding.sender: must say who sends, unless target.mail does",
    ],
    [
      "a budget that warns nobody",
      { alarms: { monthlyBudgetUsd: 50 } },
      "alarms.emails: must name who is warned of alarms.monthlyBudgetUsd",
    ],
    [
      "a value of another kind",
      { events: { archiveDays: "30" } },
      "events.archiveDays: must be a number, not text",
    ],
    ["a part of a number", { events: { archiveDays: 0.5 } }, "must be a whole number, not 0.5"],
    ["too little", { events: { archiveDays: 0 } }, "events.archiveDays: must be more than 0"],
    [
      "a list with nothing in it",
      placedBy({ locale: [] }),
      "placement.rules[0].when.locale: must have a length of at least 1",
    ],
    [
      "what is of none of the kinds that it may have",
      { attributes: { copy: 5 } },
      'attributes.copy: must be "all" or a list, not a number',
    ],
    [
      "an address that is of the right kind, and none",
      { downstream: { orders: { ...webhook, url: "ftp://example.com" } } },
      "downstream.orders.url: must be an http address without a password",
    ],
    [
      "an address that no call would go to",
      { downstream: { orders: { ...webhook, url: "http://example.com/hook" } } },
      "downstream.orders.url: must be https, unless allowHttp is true",
    ],
    [
      "a system of an unknown kind",
      { downstream: { orders: { ...webhook, kind: "webhok" } } },
      "downstream.orders.kind: must be webhook, dynamodb, postgres or event",
    ],
    [
      "a domain that Cognito keeps for itself",
      {
        target: {
          social: {
            domainPrefix: "my-aws",
            callbackUrls: ["https://example.com/callback"],
            providers: {},
          },
        },
      },
      "target.social.domainPrefix: must not have a word of aws, amazon, cognito in it",
    ],
    [
      "a placement rule behind one that takes all its people",
      placedBy({ "custom:country": ["DE", "FR"] }, { "custom:country": ["DE"], locale: ["de"] }),
      "placement.rules[1]: can never fit: the rule first before it takes everybody",
    ],
    [
      "a placement rule on a value that the attribute cannot have",
      placedBy({ "custom:country": ["Germany"] }),
      'placement.rules[0].when["custom:country"]: can never be Germany: target.customAttributes allows 2',
    ],
    ["no sources", { sources: [] }, "sources: must name at least one source pool"],
    ["a region without user pools", { regions: ["us-east-1", "xx-nowhere-1"] }, "regions[1]: "],
    [
      "a home region that has no pool",
      { homeRegion: "eu-west-1" },
      "homeRegion: must be one of regions",
    ],
    [
      "a pool id that is none",
      { sources: [{ ...source, userPoolId: "nonsense" }] },
      "sources[0].userPoolId: must be a user pool id",
    ],
    [
      "a pool of another region",
      { sources: [{ ...source, region: "eu-west-1" }] },
      "sources[0].userPoolId: is not a pool of eu-west-1",
    ],
    [
      "two sources of one name",
      { sources: [source, { ...source, userPoolId: "us-east-1_Other" }] },
      "sources[1].id: is taken by another source",
    ],
    [
      "a role without external id",
      { sources: [{ ...source, role: { arn: "arn:aws:iam::123456789012:role/x" } }] },
      "sources[0].role.externalId: is missing",
    ],
    [
      "a custom attribute of our own",
      { target: { customAttributes: { user_id: {} } } },
      "target.customAttributes.user_id: is one of Carryover's own attributes",
    ],
    [
      "a constant that would forge a verified address",
      { attributes: { constants: { email_verified: "true" } } },
      "attributes.constants.email_verified: may not set email_verified",
    ],
    [
      "a rename onto an attribute that the new pool lacks",
      { attributes: { rename: { "custom:old": "custom:new" } } },
      'attributes.rename["custom:old"]: needs new in target.customAttributes',
    ],
    [
      "a misspelt way to sign in, told by the closest form",
      { target: { signIn: { usernameAttributes: ["mail"] } } },
      'target.signIn.usernameAttributes[0]: must be "email" or "phone_number"',
    ],
    [
      "a fault in the override of another stage",
      { stages: { production: { mfa: "skip" } } },
      "stages.production.mfa: must be ",
    ],
    [
      "overrides that are a list",
      { stages: ["production"] },
      "stages: must be an object, not a list",
    ],
    [
      "an override that is none",
      { stages: { test: "all" } },
      "stages.test: must be an object, not text",
    ],
  ])("names the field of %s", (_, change, expected) => {
    expect(problemsOf({ ...valid(), ...change })).toEqual([expect.stringContaining(expected)]);
  });

  it("lists every fault at once, in a message for people", () => {
    const broken = { ...valid(), mfa: "skip", homeRegion: "mars" };

    expect(() => resolve(broken)).toThrow(
      /^carryover\.config\.ts is not valid:\n {2}homeRegion: [^\n]+\n {2}mfa: [^\n]+\nEvery field: docs\/configuration\.md$/,
    );
  });

  it("takes placement rules of which each has people of its own", () => {
    const rules = [
      { "custom:country": ["DE"], locale: ["de"] },
      { "custom:country": ["DE", "FR"] },
    ];

    expect(problemsOf({ ...valid(), ...placedBy(...rules) })).toEqual([]);
  });

  it("lets a stage replace a top-level field as a whole, and no other stage", () => {
    const migration = defineMigration({ ...valid(), stages: { test: { regions: ["us-east-1"] } } });

    expect(resolveMigration(migration, "test").regions).toEqual(["us-east-1"]);
    expect(resolveMigration(migration, "dev").regions).toEqual(["us-east-1", "eu-central-1"]);
  });

  it("has the code of a stage for a function, which gets everything else as data", () => {
    const [upper, lower] = [() => ({ name: "A" }), () => ({ name: "a" })];
    const migration = defineMigration({
      ...valid(),
      attributes: { transform: upper },
      stages: { test: { attributes: { transform: lower } }, none: { attributes: {} } },
    });

    expect(transformOf(migration, "dev")).toBe(upper);
    expect(transformOf(migration, "test")).toBe(lower);
    expect(transformOf(migration, "none")).toBeUndefined();
    expect(transformOf(defineMigration(valid()), "dev")).toBeUndefined();
  });
});

describe("deploymentOf", () => {
  it("is data only, and survives the JSON of a link", () => {
    const migration = resolveMigration(
      defineMigration({
        ...valid(),
        sources: [{ ...source, clientSecret: { secret: "LegacySecret" } }],
        attributes: { transform: (attributes) => attributes },
      }),
      "dev",
    );

    const deployment = deploymentOf(migration, { stage: "dev", region: "eu-central-1" });

    expect(JSON.parse(JSON.stringify(deployment))).toEqual(deployment);
    expect(deployment.sources[0]?.clientSecret).toBe("LegacySecret");
    expect(deployment.target.attributes).toHaveProperty("custom:user_id");
  });
});
