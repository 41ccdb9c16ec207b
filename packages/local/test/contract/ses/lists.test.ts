import {
  BadRequestException,
  CreateConfigurationSetCommand,
  CreateEmailIdentityCommand,
  CreateEmailTemplateCommand,
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
