import {
  BadRequestException,
  CreateConfigurationSetCommand,
  CreateEmailIdentityCommand,
  CreateEmailTemplateCommand,
  GetConfigurationSetCommand,
  GetSuppressedDestinationCommand,
  ListConfigurationSetsCommand,
  ListEmailIdentitiesCommand,
  type ListEmailIdentitiesCommandInput,
  ListEmailTemplatesCommand,
  ListSuppressedDestinationsCommand,
  PutSuppressedDestinationCommand,
  SESv2Client,
} from "@aws-sdk/client-sesv2";
import { describe, expect, it } from "vitest";
import { startParts } from "../gateway/parts.ts";

async function start() {
  const { client, clock, endpoint } = await startParts();
  return { ses: new SESv2Client(client()), clock, endpoint };
}
type Ses = SESv2Client;

interface Paging {
  readonly PageSize?: number;
  readonly NextToken?: string | undefined;
}

// Source: API reference of SES v2.
describe.each([
  [
    "identities",
    (ses: Ses, one: string) =>
      ses.send(new CreateEmailIdentityCommand({ EmailIdentity: `${one}.example.com` })),
    async (ses: Ses, paging: Paging) => {
      const { EmailIdentities, NextToken } = await ses.send(new ListEmailIdentitiesCommand(paging));
      return { found: EmailIdentities?.map(({ IdentityName }) => IdentityName), NextToken };
    },
  ],
  [
    "configuration sets",
    (ses: Ses, one: string) =>
      ses.send(new CreateConfigurationSetCommand({ ConfigurationSetName: one })),
    async (ses: Ses, paging: Paging) => {
      const { ConfigurationSets, NextToken } = await ses.send(
        new ListConfigurationSetsCommand(paging),
      );
      return { found: ConfigurationSets, NextToken };
    },
  ],
  [
    "templates",
    (ses: Ses, one: string) =>
      ses.send(
        new CreateEmailTemplateCommand({ TemplateName: one, TemplateContent: { Subject: "s" } }),
      ),
    async (ses: Ses, paging: Paging) => {
      const { TemplatesMetadata, NextToken } = await ses.send(
        new ListEmailTemplatesCommand(paging),
      );
      return { found: TemplatesMetadata?.map(({ TemplateName }) => TemplateName), NextToken };
    },
  ],
])("a list of %s", (_what, make, list) => {
  it("comes in pages", async () => {
    const { ses } = await start();
    for (const one of ["a", "b", "c"]) await make(ses, one);
    const first = await list(ses, { PageSize: 2 });
    const second = await list(ses, { PageSize: 2, NextToken: first.NextToken });
    expect([first.found?.length, second.found?.length, second.NextToken]).toEqual([
      2,
      1,
      undefined,
    ]);
    expect([...(first.found ?? []), ...(second.found ?? [])]).toEqual((await list(ses, {})).found);
    await expect(list(ses, { NextToken: "none" })).rejects.toBeInstanceOf(BadRequestException);
    await expect(list(ses, { PageSize: -1 })).rejects.toBeInstanceOf(BadRequestException);
  });
});

// Source: floci-io/floci, SesListPagingTest (probed on AWS).
it("a page has as many as AWS gives who asks for no size", async () => {
  const { ses } = await start();
  const names = Array.from({ length: 51 }, (_, at) => `set-${at}`);
  for (const name of names) {
    await ses.send(new CreateConfigurationSetCommand({ ConfigurationSetName: name }));
    await ses.send(new CreateEmailIdentityCommand({ EmailIdentity: `${name}.example.com` }));
    await ses.send(new CreateEmailTemplateCommand({ TemplateName: name, TemplateContent: {} }));
  }
  const sets = await ses.send(new ListConfigurationSetsCommand({}));
  const identities = await ses.send(new ListEmailIdentitiesCommand({}));
  const templates = await ses.send(new ListEmailTemplatesCommand({}));
  expect(sets.ConfigurationSets).toHaveLength(50);
  expect(identities.EmailIdentities).toHaveLength(25);
  expect(templates.TemplatesMetadata).toHaveLength(10);
  for (const { NextToken } of [sets, identities, templates]) expect(NextToken).toBeTruthy();
});

// Source: as above, and SesIdentityListFilterServiceTest, SesListFilterV2IntegrationTest (both probed on AWS).
it.each([
  [
    new ListEmailIdentitiesCommand({ PageSize: 1001 }),
    "Value 1001 for parameter PageSize is invalid. PageSize must be between 1 and 1000.",
  ],
  [new ListConfigurationSetsCommand({ PageSize: 0 }), "The page size must be between 1 and 1000"],
  [new ListEmailTemplatesCommand({ PageSize: 101 }), "The page size must be between 1 and 100"],
  [new ListEmailIdentitiesCommand({ NextToken: "none" }), "Invalid NextToken <none>."],
  [new ListConfigurationSetsCommand({ NextToken: "none" }), "invalid nextToken none"],
  [new ListEmailTemplatesCommand({ NextToken: "none" }), "Invalid PageToken <none>."],
  [
    new ListEmailIdentitiesCommand({ Filter: { NAME: "" } as never, PageSize: 0 }),
    "1 validation error detected: Value at 'filter' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy enum value set: [IDENTITY_NAME_CONTAINS, VERIFICATION_STATUS, IDENTITY_TYPE]]",
  ],
  [
    new ListEmailIdentitiesCommand({ Filter: { IDENTITY_NAME_CONTAINS: "" }, PageSize: 0 }),
    "1 validation error detected: Value at 'filter' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length greater than or equal to 1]",
  ],
  [
    new ListEmailIdentitiesCommand({ Filter: { IDENTITY_NAME_CONTAINS: " ab " } }),
    "Filter IDENTITY_NAME_CONTAINS must be at least 3 characters.",
  ],
  [
    new ListEmailIdentitiesCommand({ Filter: { IDENTITY_TYPE: "domain" } }),
    "Invalid identity type <domain> in filter.",
  ],
  [
    new ListEmailIdentitiesCommand({ Filter: { VERIFICATION_STATUS: "Pending" } }),
    "Invalid verification status <Pending> in filter.",
  ],
  [
    new ListConfigurationSetsCommand({ Filter: { CONFIGURATION_SET_NAME_CONTAINS: "ab" } }),
    "CONFIGURATION_SET_NAME_CONTAINS must be between 3 and 64 characters",
  ],
  [
    new ListSuppressedDestinationsCommand({ Reasons: ["OTHER" as never] }),
    "1 validation error detected: Value at 'reasons' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [BOUNCE, COMPLAINT]]",
  ],
  [
    new PutSuppressedDestinationCommand({ EmailAddress: "a@b.c", Reason: "OTHER" as never }),
    "1 validation error detected: Value at 'reason' failed to satisfy constraint: Member must satisfy enum value set: [BOUNCE, COMPLAINT]",
  ],
  [
    new CreateConfigurationSetCommand({ ConfigurationSetName: "a.b" }),
    "Invalid configuration set name <a.b>: only alphanumeric ASCII characters, '_', and '-' are allowed.",
  ],
  [
    new GetConfigurationSetCommand({ ConfigurationSetName: "a.b".repeat(30) }),
    "Configuration set name cannot exceed 64 characters.",
  ],
  [
    new CreateConfigurationSetCommand({ ConfigurationSetName: "" }),
    "The configuration set name must be specified.",
  ],
])("a request is refused in the words of AWS: %#", async (command, message) => {
  const { ses } = await start();
  await expect(ses.send(command as ListEmailIdentitiesCommand)).rejects.toMatchObject({
    name: "BadRequestException",
    message,
  });
});

// Source: floci-io/floci, SesConfigurationSetV2IntegrationTest (verified on AWS).
it("a configuration set's options are false where they are given without a value", async () => {
  const { ses } = await start();
  const made = async (ConfigurationSetName: string, options: object) => {
    await ses.send(new CreateConfigurationSetCommand({ ConfigurationSetName, ...options }));
    return ses.send(new GetConfigurationSetCommand({ ConfigurationSetName }));
  };
  expect(await made("plain", {})).toMatchObject({
    SendingOptions: { SendingEnabled: true },
    ReputationOptions: { ReputationMetricsEnabled: true },
  });
  expect(await made("empty", { SendingOptions: {}, ReputationOptions: {} })).toMatchObject({
    SendingOptions: { SendingEnabled: false },
    ReputationOptions: { ReputationMetricsEnabled: false },
  });
});

// Source: floci-io/floci, SesSuppressionV2IntegrationTest (verified on AWS).
it("a suppressed address is one with its local part as it is, and any case of its domain", async () => {
  const { ses } = await start();
  const get = async (EmailAddress: string) =>
    (await ses.send(new GetSuppressedDestinationCommand({ EmailAddress }))).SuppressedDestination
      ?.EmailAddress;
  await ses.send(
    new PutSuppressedDestinationCommand({ EmailAddress: " Ann@Example.COM ", Reason: "BOUNCE" }),
  );
  expect(await get("Ann@EXAMPLE.com")).toBe("Ann@example.com");
  await expect(get("ann@Example.com")).rejects.toMatchObject({
    name: "NotFoundException",
    message: "Email address ann@example.com does not exist on your suppression list.",
  });
});

it("identities and configuration sets are narrowed by filters", async () => {
  const { ses } = await start();
  for (const EmailIdentity of ["shop.example.com", "ada@example.com"]) {
    await ses.send(new CreateEmailIdentityCommand({ EmailIdentity }));
  }
  const identities = async (Filter: ListEmailIdentitiesCommandInput["Filter"]) =>
    (await ses.send(new ListEmailIdentitiesCommand({ Filter }))).EmailIdentities?.map(
      ({ IdentityName }) => IdentityName,
    );
  expect(await identities({ IDENTITY_TYPE: "DOMAIN" })).toEqual(["shop.example.com"]);
  expect(await identities({ IDENTITY_NAME_CONTAINS: "ada" })).toEqual(["ada@example.com"]);
  expect(await identities({ VERIFICATION_STATUS: "PENDING" })).toEqual([]);
  await expect(identities({ NAME: "ada" } as never)).rejects.toBeInstanceOf(BadRequestException);
  for (const ConfigurationSetName of ["orders", "news"]) {
    await ses.send(new CreateConfigurationSetCommand({ ConfigurationSetName }));
  }
  const Filter = { CONFIGURATION_SET_NAME_CONTAINS: "ord" };
  const sets = await ses.send(new ListConfigurationSetsCommand({ Filter }));
  expect(sets.ConfigurationSets).toEqual(["orders"]);
});

// Source: API model of sesv2 in botocore 1.43.11, which the AWS CLI has.
it.each([
  ["identities", "EmailIdentities", [{ IdentityName: "example.com" }]],
  ["configuration-sets", "ConfigurationSets", ["orders"]],
])("older clients get the list of %s", async (path, member, expected) => {
  const { ses, endpoint } = await start();
  await ses.send(new CreateEmailIdentityCommand({ EmailIdentity: "example.com" }));
  await ses.send(new CreateConfigurationSetCommand({ ConfigurationSetName: "orders" }));
  const answer = await fetch(`${endpoint}/v2/email/${path}?PageSize=10`);
  expect(await answer.json()).toMatchObject({ [member]: expected });
});

it("the suppression list is narrowed by reason and time", async () => {
  const { ses, clock } = await start();
  const suppress = (EmailAddress: string, Reason: "BOUNCE" | "COMPLAINT") =>
    ses.send(new PutSuppressedDestinationCommand({ EmailAddress, Reason }));
  await suppress("old@example.com", "BOUNCE");
  clock.advance(86_400_000);
  const between = new Date(clock.now() - 3_600_000);
  await suppress("new@example.com", "COMPLAINT");
  const found = async (asked: object) => {
    const answer = await ses.send(new ListSuppressedDestinationsCommand(asked));
    return answer.SuppressedDestinationSummaries?.map(({ EmailAddress }) => EmailAddress);
  };
  expect(await found({})).toEqual(["old@example.com", "new@example.com"]);
  expect(await found({ Reasons: ["COMPLAINT"] })).toEqual(["new@example.com"]);
  expect(await found({ StartDate: between })).toEqual(["new@example.com"]);
  expect(await found({ EndDate: between })).toEqual(["old@example.com"]);
});
