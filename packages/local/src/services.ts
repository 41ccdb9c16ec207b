import { createClock, type StageClock } from "./clock.ts";
import { createCloudwatch } from "./cloudwatch/service.ts";
import { createQuotas } from "./cognito/quotas.ts";
import { type Cognito, createCognito } from "./cognito/service.ts";
import { createControl } from "./control.ts";
import type { Store } from "./data/store.ts";
import { createDynamodb } from "./dynamodb/service.ts";
import { createEventBridge } from "./eventbridge/service.ts";
import { createFaults } from "./faults.ts";
import { startGateway } from "./gateway.ts";
import { createKms } from "./kms.ts";
import { createLambdaApi } from "./lambda/api.ts";
import { createLambdaHost, type LambdaHost } from "./lambda/host.ts";
import { createLogStreams } from "./log-streams.ts";
import { createMailbox } from "./mailbox.ts";
import { createMetrics, type Datum } from "./metrics.ts";
import { createRequestCounter } from "./requests.ts";
import { createSecretsManager } from "./secrets-manager/service.ts";
import { ACCOUNT_ID } from "./service.ts";
import { createSes } from "./ses/service.ts";
import { createPeople } from "./social/people.ts";
import { createSocial } from "./social/provider.ts";
import { createSqs } from "./sqs/service.ts";
import { createSsm } from "./ssm/service.ts";
import { createSts } from "./sts/service.ts";
import { createStsSessions } from "./sts/sessions.ts";

export interface ServicesOptions {
  readonly port: number;
  /** The address to listen on. Default: the loopback, which only this computer reaches. */
  readonly host?: string | undefined;
  readonly homeRegion: string;
  /** What outlives the process, and the folder of each region's tables. */
  readonly data?:
    | { readonly store: Store; readonly tables: (region: string) => string }
    | undefined;
  /** Gets each line that a function logs. `measured`: it only says metrics. */
  readonly onLog?: (line: string, functionName: string, measured: boolean) => void;
  /** Gets the metrics of each line that a function logs, and of each PutMetricData. */
  readonly onMetrics?: ((data: readonly Datum[]) => void) | undefined;
}

/** AWS's stand-ins on one port, with nothing of Carryover's on them. */
export interface Services {
  readonly endpoint: string;
  readonly cognito: Cognito;
  readonly lambda: LambdaHost;
  readonly clock: StageClock;
  /** IAM roles of other accounts that may be assumed: role ARN to external id. */
  readonly roles: Record<string, string>;
  /** Goes on with what an earlier stage left undone. Once everything is wired. */
  resume(): Promise<void>;
  /** Stops everything at once. */
  stop(): Promise<void>;
}

export async function startServices(options: ServicesOptions): Promise<Services> {
  let address = "";
  const endpoint = () => address;
  const store = options.data?.store;
  const clock = createClock(Date.now, store);
  const faults = createFaults();
  const people = createPeople();
  const logs = createLogStreams(clock.now, store);
  const mailbox = createMailbox(clock.now, store);
  const requests = createRequestCounter();
  const metrics = createMetrics(clock.now, store, options.onMetrics);
  const secretsmanager = createSecretsManager(clock.now, store);
  const ssm = createSsm({ clock: clock.now, store, readSecret: secretsmanager.read });
  const roles: Record<string, string> = {};
  const sessions = createStsSessions(clock.now, store);
  const sqs = createSqs(store);
  const lambda = createLambdaHost({
    endpoint,
    clock: clock.now,
    sqs,
    faults,
    store,
    announce: (...said) => events.announce(...said),
    log: ({ function: name, region, lines }) => {
      for (const line of lines) {
        const measured = metrics.addLine({ account: ACCOUNT_ID, region }, line);
        options.onLog?.(line, name, measured);
      }
    },
  });
  const quotas = createQuotas(clock.now);
  const kms = createKms({ clock: clock.now, store });
  const cognito = createCognito({
    quotas,
    kms,
    invokeLater: lambda.invokeLater,
    clock: clock.now,
    invoke: lambda.invoke,
    deliver: mailbox.deliver,
    writeLog: logs.write,
    endpoint,
    store,
  });
  const events = createEventBridge({ clock: clock.now, sqs, lambda, faults, store });
  const dynamodb = createDynamodb({
    clock: clock.now,
    store,
    ...(options.data && { dataPath: options.data.tables }),
  });
  const restored = [
    clock,
    mailbox,
    logs,
    metrics,
    sessions,
    ssm,
    secretsmanager,
    sqs,
    kms,
    lambda,
    cognito,
  ];
  for (const service of [...restored, events, dynamodb]) await service.restore();
  const ses = createSes({
    clock: clock.now,
    deliver: mailbox.deliver,
    announce: events.announce,
  });
  const gateway = await startGateway({
    port: options.port,
    host: options.host,
    homeRegion: options.homeRegion,
    callerOf: sessions.callerOf,
    services: {
      cognito,
      events,
      sqs,
      dynamodb,
      lambda: createLambdaApi(lambda),
      sts: createSts({ clock: clock.now, sessions, roles }),
      kms,
      ssm,
      secretsmanager,
      monitoring: createCloudwatch(metrics, clock.now),
      social: createSocial({ clock: clock.now, endpoint, people }),
      ses,
    },
    control: createControl({
      mailbox,
      clock,
      people,
      metrics,
      logs,
      faults,
      quotas,
      requests,
      invocations: lambda.invocations,
      setMailQuota: ses.setQuota,
    }),
    faults,
    requests,
    poolOfClient: cognito.poolOfClient,
    keep: async (run) => {
      try {
        return await cognito.keep(run);
      } finally {
        // A call that is refused may have changed something, too: a wrong password counts.
        await store?.flush();
      }
    },
  });
  address = gateway.endpoint;
  return {
    endpoint: address,
    cognito,
    lambda,
    clock,
    roles,
    resume: async () => {
      await lambda.resume();
      await events.resume();
    },
    stop: async () => {
      await lambda.stop();
      events.stop();
      sqs.stop();
      await gateway.stop();
      await dynamodb.stop();
      await store?.close();
    },
  };
}
