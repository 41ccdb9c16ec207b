import { ACCOUNT_ID, AwsError, type Clock } from "../service.ts";
import type { Bus, Buses } from "./buses.ts";
import { parse } from "./input.ts";
import { busArn, Inputs } from "./limits.ts";
import { isRecord } from "./match-value.ts";

/** A statement of a bus's resource policy. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Principal: unknown;
  readonly Action: unknown;
  readonly Resource?: unknown;
  readonly Condition?: unknown;
}

type Operation = (region: string, input: unknown) => object;

/** Source: EventBridge API reference, "PutPermission", "RemovePermission". */
export function createPermissionOperations(buses: Buses, clock: Clock): Record<string, Operation> {
  const setPolicy = (bus: Bus, policy: readonly Statement[] | undefined): object => {
    bus.policy = policy;
    bus.lastModifiedAtEpochMs = clock();
    return {};
  };
  return {
    PutPermission: (region, input) => {
      const asked = parse(Inputs.PutPermission, input);
      const bus = buses.get(region, asked.EventBusName);
      if (asked.Policy !== undefined) return setPolicy(bus, policyOf(asked.Policy));
      const { Action, Principal, StatementId, Condition } = asked;
      // What else there is to allow, a whole policy says. Message: moto's `test_put_permission_errors`.
      if (Action !== undefined && Action !== "events:PutEvents") {
        throw new AwsError(
          "ValidationException",
          "Provided value in parameter 'action' is not supported.",
        );
      }
      if (Action === undefined || Principal === undefined || StatementId === undefined) {
        throw new AwsError(
          "ValidationException",
          "Parameters Action, Principal and StatementId, or Policy must be specified.",
        );
      }
      const statement: Statement = {
        Sid: StatementId,
        Effect: "Allow",
        Principal: Principal === "*" ? "*" : { AWS: `arn:aws:iam::${Principal}:root` },
        Action,
        Resource: busArn(bus.region, bus.name),
        ...(Condition && { Condition: { [Condition.Type]: { [Condition.Key]: Condition.Value } } }),
      };
      const others = (bus.policy ?? []).filter(({ Sid }) => Sid !== StatementId);
      return setPolicy(bus, [...others, statement]);
    },
    RemovePermission: (region, input) => {
      const asked = parse(Inputs.RemovePermission, input);
      const bus = buses.get(region, asked.EventBusName);
      if (asked.RemoveAllPermissions) return setPolicy(bus, undefined);
      const policy = bus.policy ?? [];
      const left = policy.filter(({ Sid }) => Sid !== asked.StatementId);
      if (left.length === policy.length) {
        throw new AwsError(
          "ResourceNotFoundException",
          "Statement with the provided id does not exist.",
        );
      }
      return setPolicy(bus, left.length > 0 ? left : undefined);
    },
  };
}

/**
 * Whether another account may do something to a bus. A condition that is not played here, such as one on an
 * organisation, never allows and always denies.
 */
export function mayCall(bus: Bus, account: string, action: string): boolean {
  if (account === ACCOUNT_ID) return true;
  const about = (bus.policy ?? []).filter(
    ({ Principal, Action }) => isFor(Principal, account) && covers(Action, action),
  );
  return (
    about.some(({ Effect, Condition }) => Effect === "Allow" && Condition === undefined) &&
    !about.some(({ Effect }) => Effect === "Deny")
  );
}

function policyOf(text: string): readonly Statement[] {
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    throw new AwsError("ValidationException", "Policy is not valid JSON.");
  }
  const statements = isRecord(policy) ? [policy["Statement"]].flat() : [];
  if (statements.length === 0 || !statements.every(isRecord)) {
    throw new AwsError("ValidationException", "Policy has no statements.");
  }
  return statements as unknown as Statement[];
}

function isFor(principal: unknown, account: string): boolean {
  const named = isRecord(principal) ? [principal["AWS"]].flat() : [principal];
  return named.some(
    (one) => one === "*" || one === account || String(one).startsWith(`arn:aws:iam::${account}:`),
  );
}

function covers(actions: unknown, action: string): boolean {
  return [actions].flat().some((one) => {
    const [start = "", ...rest] = String(one).split("*");
    // IAM's actions have a wildcard at the end, if anywhere: events:Put*, events:*, *.
    return rest.length === 0 ? start === action : action.startsWith(start);
  });
}
