import type { WireService } from "./http.ts";
import { formOf, queryAnswer, xml } from "./query-protocol.ts";
import { AwsError, type Caller, type Clock } from "./service.ts";
import { checkPolicy, type StsSessions } from "./sts-sessions.ts";

export const STS_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";

export interface StsOptions {
  readonly clock: Clock;
  readonly sessions: StsSessions;
  /** Roles that can only be assumed with an external id: role ARN to external id. Any other role can be assumed. */
  readonly roles?: Readonly<Record<string, string>>;
}

/** The two calls of STS that a cross-account migration makes. Source: AWS STS API reference. */
export const STS_OPERATIONS = ["AssumeRole", "GetCallerIdentity"] as const;

export function createSts({ clock, sessions, roles = {} }: StsOptions): WireService {
  return {
    respond: async (request) => {
      const form = formOf(request);
      const action = form.get("Action");
      const caller = request.caller ?? sessions.callerOf(undefined);
      switch (action) {
        case "GetCallerIdentity":
          return queryAnswer(
            action,
            `<Arn>${xml(caller.arn)}</Arn><UserId>${xml(caller.userId)}</UserId><Account>${caller.account}</Account>`,
            { namespace: STS_NAMESPACE },
          );
        case "AssumeRole":
          return queryAnswer(action, assumeRole(form, caller, { clock, sessions, roles }), {
            namespace: STS_NAMESPACE,
          });
        default:
          throw new AwsError("InvalidAction", "Could not find operation for version 2011-06-15");
      }
    },
  };
}

function assumeRole(
  form: URLSearchParams,
  caller: Caller,
  { clock, sessions, roles }: Required<StsOptions>,
): string {
  const roleArn = form.get("RoleArn") ?? "";
  const session = form.get("RoleSessionName") ?? "";
  const durationSeconds = Number(form.get("DurationSeconds") ?? 3600);
  if (!/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/.test(roleArn)) {
    throw new AwsError("ValidationError", `${roleArn} is invalid`);
  }
  if (!/^[\w+=,.@-]{2,64}$/.test(session)) {
    throw new AwsError(
      "ValidationError",
      "Value at 'roleSessionName' failed to satisfy constraint",
    );
  }
  if (!Number.isInteger(durationSeconds) || durationSeconds < 900 || durationSeconds > 43_200) {
    throw new AwsError(
      "ValidationError",
      "Value at 'durationSeconds' failed to satisfy constraint",
    );
  }
  const expected = Object.hasOwn(roles, roleArn) ? roles[roleArn] : undefined;
  if (expected !== undefined && form.get("ExternalId") !== expected) {
    throw new AwsError(
      "AccessDenied",
      `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
      403,
    );
  }
  const policy = form.get("Policy") ?? undefined;
  if (policy !== undefined) checkPolicy(policy);
  const [, partition, , , account = ""] = roleArn.split(":");
  const role = roleArn.slice(roleArn.lastIndexOf("/") + 1);
  const arn = `arn:${partition}:sts::${account}:assumed-role/${role}/${session}`;
  const userId = `AROALOCAL:${session}`;
  const expiresAtMs = clock() + durationSeconds * 1000;
  const credentials = sessions.open({ account, arn, userId, policy, expiresAtMs });
  return [
    "<AssumedRoleUser>",
    `<AssumedRoleId>${xml(userId)}</AssumedRoleId>`,
    `<Arn>${xml(arn)}</Arn>`,
    "</AssumedRoleUser><Credentials>",
    `<AccessKeyId>${credentials.accessKeyId}</AccessKeyId>`,
    `<SecretAccessKey>${credentials.secretAccessKey}</SecretAccessKey>`,
    `<SessionToken>${credentials.sessionToken}</SessionToken>`,
    `<Expiration>${new Date(expiresAtMs).toISOString()}</Expiration></Credentials>`,
  ].join("");
}
