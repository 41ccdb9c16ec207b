import { createClock, type StageClock } from "./clock.ts";
import { type Cognito, createCognito } from "./cognito/service.ts";
import { createControl } from "./control.ts";
import { createDynamodb } from "./dynamodb.ts";
import { createEventBridge } from "./eventbridge/service.ts";
import { createFaults } from "./faults.ts";
import { startGateway } from "./gateway.ts";
import { createLambdaApi } from "./lambda/api.ts";
import { createLambdaHost, type LambdaHost } from "./lambda/host.ts";
import { createLogStreams } from "./log-streams.ts";
import { createMailbox } from "./mailbox.ts";
import { createRequestCounter } from "./requests.ts";
import { createPeople } from "./social/people.ts";
import { createSocial } from "./social/provider.ts";
import { createSqs } from "./sqs.ts";
import { createSts } from "./sts.ts";

export interface ServicesOptions {
  readonly port: number;
  readonly homeRegion: string;
  /** Gets each line that a function logs. */
  readonly onLog?: (line: string, functionName: string) => void;
}

/** AWS's stand-ins on one port, with nothing of Carryover's on them. */
export interface Services {
  readonly endpoint: string;
  readonly cognito: Cognito;
  readonly lambda: LambdaHost;
  readonly clock: StageClock;
  /** IAM roles of other accounts that may be assumed: role ARN to external id. */
  readonly roles: Record<string, string>;
  /** Stops everything at once. */
  stop(): Promise<void>;
}

export async function startServices(options: ServicesOptions): Promise<Services> {
  let address = "";
  const endpoint = () => address;
  const clock = createClock();
  const faults = createFaults();
  const people = createPeople();
  const logs = createLogStreams(clock.now);
  const mailbox = createMailbox(clock.now);
  const requests = createRequestCounter();
  const roles: Record<string, string> = {};
  const sqs = createSqs();
  const lambda = createLambdaHost({
    endpoint,
    clock: clock.now,
    sqs,
    faults,
    log: ({ function: name, lines }) => {
      for (const line of lines) options.onLog?.(line, name);
    },
  });
  const cognito = createCognito({
    clock: clock.now,
    invoke: lambda.invoke,
    deliver: mailbox.deliver,
    writeLog: logs.write,
    endpoint,
  });
  const events = createEventBridge({ clock: clock.now, sqs, lambda, faults });
  const dynamodb = createDynamodb();
  const gateway = await startGateway({
    port: options.port,
    homeRegion: options.homeRegion,
    services: {
      cognito,
      events,
      sqs,
      dynamodb,
      lambda: createLambdaApi(lambda),
      sts: createSts({ clock: clock.now, roles }),
      social: createSocial({ clock: clock.now, endpoint, people }),
    },
    control: createControl({
      mailbox,
      clock,
      people,
      logs,
      faults,
      requests,
      invocations: lambda.invocations,
    }),
    faults,
    requests,
    poolOfClient: cognito.poolOfClient,
  });
  address = gateway.endpoint;
  return {
    endpoint: address,
    cognito,
    lambda,
    clock,
    roles,
    stop: async () => {
      await lambda.stop();
      events.stop();
      sqs.stop();
      await gateway.stop();
      await dynamodb.stop();
    },
  };
}
