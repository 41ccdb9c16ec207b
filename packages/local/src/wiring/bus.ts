import {
  CreateArchiveCommand,
  CreateEventBusCommand,
  PutRuleCommand,
  PutTargetsCommand,
  type Target,
} from "@aws-sdk/client-eventbridge";
import { EVENT_SOURCE } from "@carryover/events/define";
import type { Clients } from "../clients.ts";
import { BUS_NAME, busArn, resourceName } from "./names.ts";
import { unlessThere } from "./unless-there.ts";

export async function wireBus({ events }: Clients): Promise<void> {
  await unlessThere(events.send(new CreateEventBusCommand({ Name: BUS_NAME })));
}

/** Keeps what arrives at the hub, to be replayed. */
export async function wireArchive(
  { events }: Clients,
  region: string,
  retentionDays: number,
): Promise<void> {
  await unlessThere(
    events.send(
      new CreateArchiveCommand({
        ArchiveName: BUS_NAME,
        EventSourceArn: busArn(region),
        EventPattern: JSON.stringify({ source: [EVENT_SOURCE] }),
        RetentionDays: retentionDays,
      }),
    ),
  );
}

/** Sends what is said in this region on to the hub, the bus of the home region. */
export async function wireForwarding(clients: Clients, homeRegion: string): Promise<void> {
  await wireRule(clients, "to-hub", { source: [EVENT_SOURCE] }, { Arn: busArn(homeRegion) });
}

/** Sends `{}` to a queue at a rate. Schedules are the default bus's (EventBridge guide). */
export async function wireSchedule(
  { events }: Clients,
  name: string,
  schedule: string,
  queueArn: string,
): Promise<void> {
  const rule = resourceName(`${name}-schedule`);
  await events.send(new PutRuleCommand({ Name: rule, ScheduleExpression: schedule }));
  await events.send(
    new PutTargetsCommand({ Rule: rule, Targets: [{ Id: name, Arn: queueArn, Input: "{}" }] }),
  );
}

/** The rule of one subscriber: just the events that it declares, into its own queue. */
export async function wireRule(
  { events }: Clients,
  name: string,
  pattern: object,
  target: Omit<Target, "Id">,
): Promise<void> {
  const rule = resourceName(name);
  await events.send(
    new PutRuleCommand({
      Name: rule,
      EventBusName: BUS_NAME,
      EventPattern: JSON.stringify(pattern),
    }),
  );
  const { FailedEntryCount = 0 } = await events.send(
    new PutTargetsCommand({
      Rule: rule,
      EventBusName: BUS_NAME,
      Targets: [{ Id: name, ...target } as Target],
    }),
  );
  if (FailedEntryCount > 0) throw new Error(`rule ${name}: EventBridge refused its target`);
}
