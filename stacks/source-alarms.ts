import type { Source } from "@carryover/core/config/schema";
import { counted } from "./metrics.ts";

/** Below this many sign-ins in a period, a share says nothing. */
const MANY_SIGN_INS = 50;

/** People mistype: a third is usual. More is an attack on passwords, or a source that lies. */
const WRONG_SHARE = 0.6;

/** An alarm as CloudWatch has it, without what all alarms share. */
export type AlarmSpec = Omit<
  aws.cloudwatch.MetricAlarmArgs,
  "alarmActions" | "okActions" | "evaluationPeriods"
>;

/** What goes wrong between the new pool and the sources, by the name of the alarm. */
export function sourceAlarms(
  sources: readonly Source[],
  periodSeconds: number,
): ReadonlyMap<string, AlarmSpec> {
  return new Map([
    ["WrongAnswers", wrongAnswers(periodSeconds)],
    ["EventsLost", occurs("Events were lost: run carryover reconcile", counted("EventLost"))],
    ...sources.flatMap(({ id }): [string, AlarmSpec][] => [
      [
        `Throttled-${id}`,
        {
          ...occurs(
            `Source ${id} throttles: people are told to try again`,
            counted("SourceUnavailable", { source: id, reason: "throttled" }),
          ),
          threshold: 10,
        },
      ],
      [
        `Misconfigured-${id}`,
        occurs(
          `Source ${id} refuses Carryover itself: check its rights, role and app client`,
          counted("SourceMisconfigured", { source: id }),
        ),
      ],
    ]),
  ]);
}

/** An alarm that goes off whenever something was counted. */
export function occurs(alarmDescription: string, metric: ReturnType<typeof counted>): AlarmSpec {
  return {
    alarmDescription,
    ...metric,
    statistic: "Sum",
    comparisonOperator: "GreaterThanThreshold",
    threshold: 0,
  };
}

function wrongAnswers(period: number): AlarmSpec {
  const query = (id: string, decision: string, reason: string) => ({
    id,
    returnData: false,
    metric: {
      ...counted("MigrationDecision", { decision, reason }),
      period,
      stat: "Sum",
    },
  });
  return {
    alarmDescription: "Most passwords that the sources were asked about were wrong",
    comparisonOperator: "GreaterThanThreshold",
    threshold: WRONG_SHARE,
    metricQueries: [
      query("wrong", "generic", "rejected"),
      query("right", "create", "CONFIRMED"),
      {
        id: "share",
        label: "Share of wrong answers",
        returnData: true,
        expression: `IF(FILL(wrong,0)+FILL(right,0) > ${MANY_SIGN_INS}, FILL(wrong,0)/(FILL(wrong,0)+FILL(right,0)), 0)`,
      },
    ],
  };
}
