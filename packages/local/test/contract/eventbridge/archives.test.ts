import {
  CancelReplayCommand,
  CreateArchiveCommand,
  CreateEventBusCommand,
  DeleteArchiveCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  DescribeArchiveCommand,
  DescribeReplayCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  ListArchivesCommand,
  ListReplaysCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  StartReplayCommand,
  TagResourceCommand,
  UpdateArchiveCommand,
} from "@aws-sdk/client-eventbridge";
import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { describe, expect, it, vi } from "vitest";
import { createTarget, startParts } from "../gateway/parts.ts";
import { only } from "../only-stage.ts";

// Shapes and messages: EventBridge API reference; moto's tests/test_events, which follow what AWS answers.

const BUS = "arn:aws:events:us-east-1:000000000000:event-bus/default";

async function start() {
  const parts = await startParts();
  return {
    parts,
    events: parts.eventBridge(),
    sqs: parts.queues(),
  };
}

const entry = (detail: object, at = "2026-01-01T10:00:00Z") => ({
  Source: "shop",
  DetailType: "Ordered",
  Detail: JSON.stringify(detail),
  Time: new Date(at),
});

const PATIENCE = { timeout: 90_000 };

describe("archives", () => {
  it("are made, described, changed, listed and deleted", async () => {
    const { events } = await start();
    const EventPattern = JSON.stringify({ source: ["shop"] });
    const made = await events.send(
      new CreateArchiveCommand({ ArchiveName: "all", EventSourceArn: BUS, EventPattern }),
    );
    expect(made).toMatchObject({
      ArchiveArn: "arn:aws:events:us-east-1:000000000000:archive/all",
      State: "ENABLED",
    });
    expect(made.CreationTime).toBeInstanceOf(Date);
    await events.send(new UpdateArchiveCommand({ ArchiveName: "all", RetentionDays: 14 }));
    const described = await events.send(new DescribeArchiveCommand({ ArchiveName: "all" }));
    expect(described).toMatchObject({
      EventSourceArn: BUS,
      EventPattern,
      RetentionDays: 14,
      EventCount: 0,
      SizeBytes: 0,
    });
    const { Archives } = await events.send(new ListArchivesCommand({ NamePrefix: "al" }));
    expect(Archives?.map(({ ArchiveName }) => ArchiveName)).toEqual(["all"]);
    expect(Archives?.[0]).not.toHaveProperty("EventPattern");
    await events.send(new DeleteArchiveCommand({ ArchiveName: "all" }));
    expect((await events.send(new ListArchivesCommand({}))).Archives).toEqual([]);
  });

  it.each([
    [{ ArchiveName: "a".repeat(49), EventSourceArn: BUS }, "ValidationException", /equal to 48/],
    [
      { ArchiveName: "one", EventSourceArn: BUS.replace("default", "no") },
      "ResourceNotFoundException",
      /^Event bus no does not exist\.$/,
    ],
    [
      { ArchiveName: "one", EventSourceArn: BUS, EventPattern: "invalid" },
      "InvalidEventPatternException",
      /^Event pattern is not valid\./,
    ],
  ])("refuse %j", async (input, name, message) => {
    const { events } = await start();
    await expect(events.send(new CreateArchiveCommand(input))).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message) as string,
    });
  });

  it("are listed by one filter at most", async () => {
    const { events } = await start();
    await expect(
      events.send(new ListArchivesCommand({ NamePrefix: "a", State: "ENABLED" })),
    ).rejects.toMatchObject({
      name: "ValidationException",
      message:
        "At most one filter is allowed for ListArchives. Use either : State, EventSourceArn, or NamePrefix.",
    });
  });

  it("are not listed for a bus that does not exist", async () => {
    const { events } = await start();
    const EventSourceArn = "arn:aws:events:us-east-1:000000000000:event-bus/none";
    await expect(events.send(new ListArchivesCommand({ EventSourceArn }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "Event bus none does not exist.",
    });
  });

  // Source: radkawar/stackd, testdata/aws/eventbridge/archives.json
  it("have a rule on their bus, which only force can change, and then are disabled", async () => {
    const { events, parts } = await start();
    if (!parts.onStage) only("a rule whose name follows from another name")();
    const ArchiveName = "all";
    const EventPattern = JSON.stringify({ source: ["shop"] });
    const made = new CreateArchiveCommand({ ArchiveName, EventSourceArn: BUS, EventPattern });
    const { ArchiveArn } = await events.send(made);
    const Name = "Events-Archive-all";
    expect(await events.send(new DescribeRuleCommand({ Name }))).toMatchObject({
      Arn: `arn:aws:events:us-east-1:000000000000:rule/${Name}`,
      EventPattern: '{"replay-name":[{"exists":false}],"source":["shop"]}',
      State: "ENABLED",
      ManagedBy: "prod.vhs.events.aws.internal",
      CreatedBy: "000000000000",
    });
    const { Targets } = await events.send(new ListTargetsByRuleCommand({ Rule: Name }));
    expect(Targets).toEqual([
      {
        Id: Name,
        Arn: "arn:aws:events:us-east-1:::",
        InputTransformer: { InputPathsMap: {}, InputTemplate: expect.any(String) },
      },
    ]);
    expect(Targets?.[0]?.InputTransformer?.InputTemplate).toMatch(
      new RegExp(`^{"archive-arn": "${ArchiveArn}:[-0-9a-f]{36}","event": <aws.events.event.json>`),
    );
    const refused = async (call: Promise<unknown>, more = "") =>
      expect(call).rejects.toMatchObject({
        name: "ManagedRuleException",
        message: `${Name} is a managed rule.${more}`,
      });
    await refused(events.send(new DisableRuleCommand({ Name })));
    await refused(events.send(new EnableRuleCommand({ Name })));
    await refused(events.send(new PutRuleCommand({ Name, EventPattern })));
    const target = { Id: "1", Arn: "arn:aws:sqs:us-east-1:000000000000:q" };
    await refused(events.send(new PutTargetsCommand({ Rule: Name, Targets: [target] })));
    const forcible = " Set 'force' parameter to true to override.";
    const remove = { Rule: Name, Ids: [Name] };
    await refused(events.send(new DeleteRuleCommand({ Name })), forcible);
    await refused(events.send(new RemoveTargetsCommand(remove)), forcible);
    const ResourceARN = `arn:aws:events:us-east-1:000000000000:rule/${Name}`;
    const tag = new TagResourceCommand({ ResourceARN, Tags: [{ Key: "a", Value: "b" }] });
    await expect(events.send(tag)).rejects.toMatchObject({
      name: "ManagedRuleException",
      message: `Tag related operations on the managed rule ${Name} is not allowed.`,
    });
    const forced = new DeleteRuleCommand({ Name, Force: true });
    await expect(events.send(forced)).rejects.toMatchObject({
      message: "Rule can't be deleted since it has targets.",
    });
    await events.send(new RemoveTargetsCommand({ ...remove, Force: true }));
    await events.send(forced);
    await events.send(new PutEventsCommand({ Entries: [entry({ no: 1 })] }));
    const described = new DescribeArchiveCommand({ ArchiveName });
    expect(await events.send(described)).toMatchObject({
      State: "DISABLED",
      StateReason: "Managed rule for the archive was forcefully deleted.",
      EventCount: 0,
    });
    const repair = { ArchiveName, Description: "", EventPattern: "" };
    await events.send(new UpdateArchiveCommand(repair));
    const repaired = await events.send(described);
    expect(repaired).toMatchObject({ State: "ENABLED" });
    expect(repaired).not.toHaveProperty("EventPattern");
    const { Rules } = await events.send(new ListRulesCommand({ NamePrefix: "Events-Archive-" }));
    expect(Rules?.map((rule) => rule.EventPattern)).toEqual(['{"replay-name":[{"exists":false}]}']);
    await events.send(new DeleteArchiveCommand({ ArchiveName }));
    expect((await events.send(new ListRulesCommand({}))).Rules).toEqual([]);
  });

  it("keep their bus, and are not updated with nothing", async () => {
    const { events } = await start();
    const { EventBusArn } = await events.send(new CreateEventBusCommand({ Name: "own" }));
    const EventSourceArn = EventBusArn ?? "";
    await events.send(new CreateArchiveCommand({ ArchiveName: "all", EventSourceArn }));
    const remove = new DeleteEventBusCommand({ Name: "own" });
    await expect(events.send(remove)).rejects.toMatchObject({
      message: "Event bus can't be deleted since it has rules.",
    });
    const update = new UpdateArchiveCommand({ ArchiveName: "all" });
    await expect(events.send(update)).rejects.toMatchObject({
      name: "ValidationException",
      message: "At least one of EventPattern, RetentionDays or Description must be provided.",
    });
    const empty = { ArchiveName: "empty", EventSourceArn, EventPattern: "{}" };
    await expect(events.send(new CreateArchiveCommand(empty))).rejects.toMatchObject({
      name: "InvalidEventPatternException",
    });
    await events.send(new DeleteArchiveCommand({ ArchiveName: "all" }));
    await events.send(remove);
  });

  it("keep what matches, for as many days as they are told", async () => {
    const { events, parts } = await start();
    const { clock } = parts;
    clock.setTo(Date.parse("2026-01-02T00:00:00Z"));
    for (const [ArchiveName, source] of [
      ["mine", "shop"],
      ["others", "elsewhere"],
    ]) {
      await events.send(
        new CreateArchiveCommand({
          ArchiveName,
          EventSourceArn: BUS,
          EventPattern: JSON.stringify({ source: [source] }),
          RetentionDays: 2,
        }),
      );
    }
    await events.send(new PutEventsCommand({ Entries: [entry({ no: 1 })] }));
    const count = async (ArchiveName: string) =>
      (await events.send(new DescribeArchiveCommand({ ArchiveName }))).EventCount;
    expect(await count("mine")).toBe(1);
    expect(await count("others")).toBe(0);
    clock.advance(3 * 86_400_000);
    expect(await count("mine")).toBe(0);
  });
});

describe("replays", () => {
  async function recorded() {
    const { parts, events, sqs } = await start();
    // Source: EventBridge UG, "Archiving events": ten minutes until an event is in an archive.
    if (!parts.onStage) only("events that are in an archive at once")();
    const { ArchiveArn = "" } = await events.send(
      new CreateArchiveCommand({ ArchiveName: "all", EventSourceArn: BUS }),
    );
    const queues = await Promise.all(["first", "second"].map((name) => createTarget(sqs, name)));
    for (const [index, { arn }] of queues.entries()) {
      const Rule = `rule-${index}`;
      await events.send(
        new PutRuleCommand({ Name: Rule, EventPattern: JSON.stringify({ source: ["shop"] }) }),
      );
      await events.send(new PutTargetsCommand({ Rule, Targets: [{ Id: "queue", Arn: arn }] }));
    }
    await events.send(
      new PutEventsCommand({
        Entries: [
          entry({ no: 1 }, "2026-01-01T10:00:00Z"),
          entry({ no: 2 }, "2026-01-01T10:05:00Z"),
          entry({ no: 3 }, "2026-01-01T11:00:00Z"),
        ],
      }),
    );
    const bodies = async (index: number, most: number, patience = PATIENCE) => {
      const found: Record<string, unknown>[] = [];
      await vi.waitFor(async () => {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({
            QueueUrl: queues[index]?.url,
            MaxNumberOfMessages: 10,
          }),
        );
        found.push(
          ...Messages.map(({ Body }) => JSON.parse(Body ?? "") as Record<string, unknown>),
        );
        expect(found.length).toBeGreaterThanOrEqual(most);
      }, patience);
      return found;
    };
    // What came the first time.
    await bodies(0, 3);
    await bodies(1, 3);
    return { events, ArchiveArn, bodies };
  }
  const window = {
    EventStartTime: new Date("2026-01-01T10:00:00Z"),
    EventEndTime: new Date("2026-01-01T11:00:00Z"),
  };

  it("send the events of a time again, marked, to the rules that are named, and archive nothing twice", async () => {
    const { events, ArchiveArn, bodies } = await recorded();
    const begun = await events.send(
      new StartReplayCommand({
        ReplayName: "again",
        EventSourceArn: ArchiveArn,
        ...window,
        Destination: { Arn: BUS, FilterArns: [BUS.replace("event-bus/default", "rule/rule-1")] },
      }),
    );
    expect(begun).toMatchObject({
      ReplayArn: "arn:aws:events:us-east-1:000000000000:replay/again",
      State: "STARTING",
    });
    await vi.waitFor(async () => {
      const replay = await events.send(new DescribeReplayCommand({ ReplayName: "again" }));
      expect(replay.State).toBe("COMPLETED");
      expect(replay.EventLastReplayedTime).toEqual(new Date("2026-01-01T10:05:00Z"));
    }, PATIENCE);
    const replayed = await bodies(1, 2);
    expect(replayed.map(({ detail }) => detail)).toEqual([{ no: 1 }, { no: 2 }]);
    expect(replayed.map((event) => event["replay-name"])).toEqual(["again", "again"]);
    await expect(bodies(0, 1, { timeout: 500 })).rejects.toThrow();
    const { EventCount } = await events.send(new DescribeArchiveCommand({ ArchiveName: "all" }));
    expect(EventCount).toBe(3);
    const { Replays } = await events.send(new ListReplaysCommand({ State: "COMPLETED" }));
    expect(Replays?.map(({ ReplayName }) => ReplayName)).toEqual(["again"]);
  });

  it("can be cancelled while they start, once", async () => {
    const { events, ArchiveArn } = await recorded();
    await events.send(
      new StartReplayCommand({
        ReplayName: "stopped",
        EventSourceArn: ArchiveArn,
        ...window,
        Destination: { Arn: BUS },
      }),
    );
    const { State } = await events.send(new CancelReplayCommand({ ReplayName: "stopped" }));
    expect(State).toBe("CANCELLING");
    await vi.waitFor(async () => {
      const replay = await events.send(new DescribeReplayCommand({ ReplayName: "stopped" }));
      expect(replay.State).toBe("CANCELLED");
    }, PATIENCE);
    await expect(
      events.send(new CancelReplayCommand({ ReplayName: "stopped" })),
    ).rejects.toMatchObject({
      name: "IllegalStatusException",
      message: "Replay stopped is not in a valid state for this operation.",
    });
  });

  it.each([
    [{ Destination: { Arn: "invalid" } }, /Destination\.Arn is not valid\. Reason: Must contain/],
    [{ Destination: { Arn: `${BUS.replace("default", "other")}` } }, /Cross event bus replay/],
    [
      { EventSourceArn: "arn:aws:events:us-east-1:000000000000:archive/gone" },
      /EventSourceArn is not valid\. Reason: Archive gone does not exist\./,
    ],
    [{ EventEndTime: window.EventStartTime }, /EventStartTime must be before EventEndTime/],
  ])("refuse %j", async (input, message) => {
    const { events } = await start();
    const { ArchiveArn } = await events.send(
      new CreateArchiveCommand({ ArchiveName: "all", EventSourceArn: BUS }),
    );
    await events.send(new CreateEventBusCommand({ Name: "other" }));
    const asked = {
      ReplayName: "no",
      EventSourceArn: ArchiveArn,
      ...window,
      Destination: { Arn: BUS },
      ...input,
    };
    await expect(events.send(new StartReplayCommand(asked))).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringMatching(message) as string,
    });
  });
});
