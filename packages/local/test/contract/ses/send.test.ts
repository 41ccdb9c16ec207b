import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import {
  BadRequestException,
  CreateConfigurationSetCommand,
  CreateConfigurationSetEventDestinationCommand,
  CreateEmailIdentityCommand,
  CreateEmailTemplateCommand,
  DeleteSuppressedDestinationCommand,
  GetAccountCommand,
  GetSuppressedDestinationCommand,
  LimitExceededException,
  MessageRejected,
  NotFoundException,
  PutAccountSendingAttributesCommand,
  PutSuppressedDestinationCommand,
  SESv2Client,
  SendEmailCommand,
  type SendEmailCommandInput,
  SendingPausedException,
  TooManyRequestsException,
} from "@aws-sdk/client-sesv2";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { createQueue, startParts } from "../gateway/parts.ts";

const FROM = "Example <hello@example.com>";

function mail(to: string, more: Partial<SendEmailCommandInput> = {}): SendEmailCommand {
  return new SendEmailCommand({
    FromEmailAddress: FROM,
    Destination: { ToAddresses: [to] },
    Content: {
      Simple: {
        Subject: { Data: "Hello" },
        Body: { Text: { Data: "text" }, Html: { Data: "<p>" } },
      },
    },
    ...more,
  });
}

/** A region with a verified sender. */
async function given() {
  const parts = await startParts();
  const ses = new SESv2Client(parts.client());
  await ses.send(new CreateEmailIdentityCommand({ EmailIdentity: "example.com" }));
  return { ...parts, ses };
}

/** What the default bus gets of SES, as the body of a queue's messages. */
async function givenReports({ client, ses }: Awaited<ReturnType<typeof given>>) {
  const sqs = new SQSClient(client());
  const events = new EventBridgeClient(client());
  const { url, arn } = await createQueue(sqs, "reports");
  const pattern = JSON.stringify({ source: ["aws.ses"] });
  await events.send(new PutRuleCommand({ Name: "reports", EventPattern: pattern }));
  await events.send(new PutTargetsCommand({ Rule: "reports", Targets: [{ Id: "1", Arn: arn }] }));
  await ses.send(new CreateConfigurationSetCommand({ ConfigurationSetName: "set" }));
  await ses.send(
    new CreateConfigurationSetEventDestinationCommand({
      ConfigurationSetName: "set",
      EventDestinationName: "bus",
      EventDestination: {
        Enabled: true,
        MatchingEventTypes: ["SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "RENDERING_FAILURE"],
        EventBridgeDestination: {
          EventBusArn: "arn:aws:events:us-east-1:000000000000:event-bus/default",
        },
      },
    }),
  );
  return async (count: number) => {
    const seen: Report[] = [];
    while (seen.length < count) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 5 }),
      );
      if (Messages.length === 0) break;
      seen.push(...Messages.map(({ Body = "" }) => JSON.parse(Body) as Report));
    }
    return seen;
  };
}

interface Report {
  readonly "detail-type": string;
  readonly source: string;
  readonly detail: {
    readonly eventType: string;
    readonly mail: { readonly messageId: string; readonly tags: Record<string, string[]> };
    readonly bounce?: { readonly bounceType: string; readonly bounceSubType: string };
  };
}

describe("SendEmail", () => {
  it("puts a mail into the mailbox, from the bare address that it is to", async () => {
    const { ses, mailbox } = await given();

    const { MessageId } = await ses.send(mail("Ann <ann@example.org>"));

    expect(MessageId).toMatch(/\S/);
    expect(mailbox.list()).toMatchObject([
      { channel: "email", to: "ann@example.org", subject: "Hello", text: "text", html: "<p>" },
    ]);
  });

  // API reference of SES v2, RawMessage.
  it("takes a raw mail with its own headers", async () => {
    const { ses, mailbox } = await given();
    const raw = [
      "From: hello@example.com",
      "To: ann@example.org",
      "Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=",
      "Content-Type: text/plain; charset=utf-8",
      "",
      "Guten Tag",
    ].join("\r\n");

    await ses.send(new SendEmailCommand({ Content: { Raw: { Data: Buffer.from(raw) } } }));

    expect(mailbox.list()).toMatchObject([{ to: "ann@example.org", subject: "Grüße" }]);
  });

  // SES guide, "Using templates to send personalized email": taken all the same, and reported later.
  it("fills a template, and reports one that lacks data instead of refusing it", async () => {
    const test = await given();
    const reports = await givenReports(test);
    const { ses, mailbox } = test;
    await ses.send(
      new CreateEmailTemplateCommand({
        TemplateName: "hello",
        TemplateContent: { Subject: "Hello {{name}}", Html: "<b>{{name}}</b>", Text: "{{name}}" },
      }),
    );
    const by = (TemplateData: string) =>
      mail("ann@example.org", {
        ConfigurationSetName: "set",
        Content: { Template: { TemplateName: "hello", TemplateData } },
      });

    await ses.send(by('{"name":"A & B"}'));
    await ses.send(by("{}"));

    expect(mailbox.list()).toMatchObject([
      { subject: "Hello A & B", html: "<b>A &amp; B</b>", text: "A & B" },
    ]);
    const types = (await reports(3)).map((report) => report["detail-type"]);
    expect(new Set(types)).toEqual(
      new Set(["Email Sent", "Email Delivered", "Email Rendering Failed"]),
    );
  });

  // Errors: API reference of SES v2, SendEmail.
  it.each([
    ["a sender that nobody verified", { FromEmailAddress: "me@other.com" }, MessageRejected],
    ["a configuration set that is not there", { ConfigurationSetName: "no" }, NotFoundException],
    ["nobody to send to", { Destination: {} }, BadRequestException],
    [
      "a local part that is not ASCII",
      { Destination: { ToAddresses: ["ä@example.org"] } },
      BadRequestException,
    ],
    [
      "a tag with an address in it",
      { EmailTags: [{ Name: "to", Value: "a@b" }] },
      BadRequestException,
    ],
  ])("refuses %s", async (_, more, type) => {
    const { ses, mailbox } = await given();

    await expect(ses.send(mail("ann@example.org", more))).rejects.toBeInstanceOf(type);
    expect(mailbox.list()).toEqual([]);
  });

  // Texts: floci-io/floci, SesAddressSyntaxTest and SesSendAddressLengthIntegrationTest (both probed on AWS).
  it.each([
    ["ann.example.org", "Missing final '@domain'"],
    ["Ann <ann.example.org>", "Missing final '@domain'"],
    ["ann@", "Missing domain"],
    ["@example.org", "Missing local name"],
    ["a b@example.org", "Local address contains control or whitespace"],
    ["やまだ@example.org", "Local address contains control or whitespace"],
    ["github:ann", "Local address contains illegal character"],
    ["ann@例え.jp", "Domain contains control or whitespace"],
    ["ann@example.org%!", "Domain contains illegal character"],
    ["Karen, Ann <ann@example.org>", "Illegal address"],
    ["", "Illegal address"],
    [
      `"${"N".repeat(303)}" <ann@example.org>`,
      `Address length is more than 320 characters long: '${"N".repeat(303)} <ann@example.org>'.`,
    ],
    [
      `${"山".repeat(301)} <ann@example.org>`,
      `Address length is more than 320 characters long: '"${"山".repeat(301)}" <ann@example.org>'.`,
    ],
    [
      `${"a".repeat(309)}@example.org`,
      `Address length is more than 320 characters long: '${"a".repeat(309)}@example.org'.`,
    ],
  ])("refuses the address %s", async (address, message) => {
    const { ses } = await given();

    const sent = ses.send(mail("x", { Destination: { CcAddresses: [address] } }));
    await expect(sent).rejects.toMatchObject({ name: "BadRequestException", message });
  });

  it.each([
    "Ann <ann@example.org>",
    '"Karen, Ann" <ann@example.org> (at work)',
    "山田 <ann@example.org>",
    "ann@example.org (山田)",
    '"a@b, c" <ann@example.org>',
    "Ann <ann@xn--r8jz45g.jp>",
    `"${"N".repeat(302)}" <ann@example.org>`,
    `${"山".repeat(300)} <ann@example.org>`,
  ])("takes %s", async (address) => {
    const { ses, mailbox } = await given();

    await ses.send(mail(address));
    expect(mailbox.list()).toMatchObject([{ to: expect.stringMatching(/^ann@[\w.-]+$/) }]);
  });

  // Texts: floci-io/floci, SesV2IntegrationTest (verified on AWS).
  it.each([
    ["a template", { Template: { TemplateName: "none" } }, "Source cannot be empty"],
    [
      "a raw mail",
      { Raw: { Data: Buffer.from("Subject: s\r\n\r\nb") } },
      "Missing required header 'From'.",
    ],
  ])("asks who sends %s", async (_, Content, message) => {
    const { ses } = await given();

    const sent = ses.send(mail("ann@example.org", { FromEmailAddress: undefined, Content }));
    await expect(sent).rejects.toMatchObject({ name: "BadRequestException", message });
  });

  it("refuses everything while the account's sending is off", async () => {
    const { ses } = await given();
    await ses.send(new PutAccountSendingAttributesCommand({ SendingEnabled: false }));

    await expect(ses.send(mail("ann@example.org"))).rejects.toBeInstanceOf(SendingPausedException);
    expect(await ses.send(new GetAccountCommand())).toMatchObject({ SendingEnabled: false });
  });
});

describe("the account's quota", () => {
  // SES guide, "Service quotas": counted by recipient, over the last 24 hours.
  it("is used up by recipients, and comes back a day later", async () => {
    const { ses, clock, endpoint } = await given();
    const quota = { region: "us-east-1", max24HourSend: 2, maxSendRate: 100 };
    const body = JSON.stringify(quota);
    await fetch(`${endpoint}/_local/mail-quota`, { method: "POST", body });
    const two = { Destination: { ToAddresses: ["a@example.org", "b@example.org"] } };

    await ses.send(mail("", two));
    expect((await ses.send(new GetAccountCommand())).SendQuota).toEqual({
      Max24HourSend: 2,
      MaxSendRate: 100,
      SentLast24Hours: 2,
    });
    await expect(ses.send(mail("c@example.org"))).rejects.toBeInstanceOf(LimitExceededException);
    clock.advance(24 * 60 * 60_000 + 1000);

    await expect(ses.send(mail("c@example.org"))).resolves.toHaveProperty("MessageId");
  });

  it("throttles what is faster than the rate, but for a short burst", async () => {
    const { ses, clock, endpoint } = await given();
    const body = JSON.stringify({ region: "us-east-1", max24HourSend: -1, maxSendRate: 1 });
    await fetch(`${endpoint}/_local/mail-quota`, { method: "POST", body });

    const sends = Array.from({ length: 5 }, () => ses.send(mail("ann@example.org")));
    const outcomes = await Promise.allSettled(sends);
    const refused = outcomes.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));

    expect(refused.length).toBeGreaterThan(0);
    for (const error of refused) expect(error).toBeInstanceOf(TooManyRequestsException);
    clock.advance(10_000);
    await expect(ses.send(mail("ann@example.org"))).resolves.toHaveProperty("MessageId");
  });
});

describe("what SES reports on the default bus", () => {
  // SES guide, "Using the mailbox simulator manually"; EventBridge events reference, SES.
  it.each([
    ["success@simulator.amazonses.com", ["Email Sent", "Email Delivered"]],
    ["ooto@simulator.amazonses.com", ["Email Sent", "Email Delivered"]],
    ["bounce+label@simulator.amazonses.com", ["Email Sent", "Email Bounced"]],
    ["suppressionlist@simulator.amazonses.com", ["Email Sent", "Email Bounced"]],
    [
      "complaint@simulator.amazonses.com",
      ["Email Sent", "Email Delivered", "Email Complaint Received"],
    ],
  ])("of a mail to %s is %j, each with the mail's own tags", async (to, expected) => {
    const test = await given();
    const reports = await givenReports(test);

    const { MessageId } = await test.ses.send(
      mail(to, { ConfigurationSetName: "set", EmailTags: [{ Name: "user_id", Value: "u-1" }] }),
    );
    const seen = await reports(expected.length);

    expect(new Set(seen.map((report) => report["detail-type"]))).toEqual(new Set(expected));
    for (const { source, detail } of seen) {
      expect(source).toBe("aws.ses");
      expect(detail.mail).toMatchObject({
        messageId: MessageId,
        tags: { user_id: ["u-1"], "ses:configuration-set": ["set"] },
      });
    }
  });

  // SES guide, "Using the Amazon SES account-level suppression list".
  it("of a suppressed address is a bounce for good, until it is taken off the list", async () => {
    const test = await given();
    const reports = await givenReports(test);
    const { ses, mailbox } = test;
    const EmailAddress = "Gone@Example.org";
    await ses.send(new PutSuppressedDestinationCommand({ EmailAddress, Reason: "BOUNCE" }));
    const send = () => ses.send(mail("Gone@example.org", { ConfigurationSetName: "set" }));

    await send();
    const seen = await reports(2);

    expect(seen.find(({ detail }) => detail.bounce)?.detail.bounce).toMatchObject({
      bounceType: "Permanent",
      bounceSubType: "OnAccountSuppressionList",
    });
    expect(mailbox.list()).toEqual([]);
    await ses.send(new DeleteSuppressedDestinationCommand({ EmailAddress }));
    await expect(
      ses.send(new GetSuppressedDestinationCommand({ EmailAddress })),
    ).rejects.toBeInstanceOf(NotFoundException);
    await send();
    expect(mailbox.list()).toHaveLength(1);
  });

  // API reference of SES v2, EventBridgeDestination: "Only the default bus is supported."
  it("goes to no bus but the default one", async () => {
    const test = await given();
    await givenReports(test);

    const other = new CreateConfigurationSetEventDestinationCommand({
      ConfigurationSetName: "set",
      EventDestinationName: "other",
      EventDestination: {
        MatchingEventTypes: ["SEND"],
        EventBridgeDestination: {
          EventBusArn: "arn:aws:events:us-east-1:000000000000:event-bus/mine",
        },
      },
    });

    await expect(test.ses.send(other)).rejects.toBeInstanceOf(BadRequestException);
  });

  it("cannot be said by anybody else", async () => {
    const { client } = await given();
    const entry = { Source: "aws.ses", DetailType: "Email Bounced", Detail: "{}" };

    const { Entries } = await new EventBridgeClient(client()).send(
      new PutEventsCommand({ Entries: [entry] }),
    );

    expect(Entries).toMatchObject([{ ErrorCode: "NotAuthorizedForSourceException" }]);
  });
});
