import { createHash } from "node:crypto";
import { type Failure, failures } from "../failures.ts";
import type { WireService } from "../http.ts";
import { formOf, queryAnswer, xml } from "../query-protocol.ts";
import { AwsError, type Caller, type Clock } from "../service.ts";
import { checkSessionTags } from "./session-tags.ts";
import { checkPolicy, type StsSessions } from "./sessions.ts";

export const STS_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";

type Bounds = readonly [least: number, most: number];
const PATTERN = "Member must satisfy regular expression pattern";
/** Source: STS API reference, AssumeRole and GetSessionToken, "DurationSeconds". */
const HOUR_SECONDS = 3600;
/** Source: IAM user guide, "IAM identifiers": a path may have other signs than a name. */
const ROLE = /^arn:aws[a-z-]*:iam::\d{12}:role\/(?:[!-~]+\/)?[\w+=,.@-]{1,64}$/;

export interface StsOptions {
  readonly clock: Clock;
  readonly sessions: StsSessions;
  /** Roles that can only be assumed with an external id: role ARN to external id. Any other role can be assumed. */
  readonly roles?: Readonly<Record<string, string>>;
}

/** The calls of STS that need no identity provider. Source: AWS STS API reference. */
export const STS_OPERATIONS = [
  "AssumeRole",
  "GetAccessKeyInfo",
  "GetCallerIdentity",
  "GetFederationToken",
  "GetSessionToken",
] as const;

export function createSts({ clock, sessions, roles = {} }: StsOptions): WireService {
  return {
    respond: async (request) => {
      const form = formOf(request);
      const action = form.get("Action");
      const caller = request.caller ?? sessions.callerOf(undefined);
      const deps = { clock, sessions, roles };
      const answer = (result: string) =>
        queryAnswer(action ?? "", result, { namespace: STS_NAMESPACE });
      switch (action) {
        case "GetCallerIdentity":
          return answer(
            `<Arn>${xml(caller.arn)}</Arn><UserId>${xml(caller.userId)}</UserId><Account>${caller.account}</Account>`,
          );
        case "GetAccessKeyInfo":
          return answer(`<Account>${accountOfKey(form, sessions)}</Account>`);
        case "AssumeRole":
          return answer(assumeRole(form, caller, deps));
        case "GetFederationToken":
          return answer(federationToken(form, caller, deps));
        case "GetSessionToken":
          return answer(sessionToken(form, caller, deps));
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
  const durationSeconds = Number(form.get("DurationSeconds") ?? HOUR_SECONDS);
  check([
    ...lengthFailures("RoleArn", form.get("RoleArn"), [20, 2048]),
    ...lengthFailures("RoleSessionName", form.get("RoleSessionName"), [2, 64]),
    ...(/^[\w+=,.@-]*$/.test(session)
      ? []
      : [failed("RoleSessionName", session, `${PATTERN}: [\\w+=,.@-]*`)]),
    ...rangeFailures("DurationSeconds", durationSeconds, [900, 12 * HOUR_SECONDS]),
  ]);
  if (!ROLE.test(roleArn)) {
    throw new AwsError("ValidationError", `${roleArn} is invalid`);
  }
  if (ofRole(caller) && durationSeconds > HOUR_SECONDS) {
    throw new AwsError(
      "ValidationError",
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
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
  checkSessionTags(form);
  const policy = form.get("Policy") ?? undefined;
  if (policy !== undefined) checkPolicy(policy);
  const [, partition, , , account = ""] = roleArn.split(":");
  const role = roleArn.slice(roleArn.lastIndexOf("/") + 1);
  const arn = `arn:${partition}:sts::${account}:assumed-role/${role}/${session}`;
  const userId = `${roleId(roleArn)}:${session}`;
  const expiresAtMs = clock() + durationSeconds * 1000;
  const credentials = sessions.open({ account, arn, userId, policy, expiresAtMs });
  const user = `<AssumedRoleId>${xml(userId)}</AssumedRoleId><Arn>${xml(arn)}</Arn>`;
  return [
    `<AssumedRoleUser>${user}</AssumedRoleUser>`,
    credentialsXml(credentials, expiresAtMs),
    policy === undefined ? "" : packedPolicySize(policy),
  ].join("");
}

function sessionToken(
  form: URLSearchParams,
  caller: Caller,
  { clock, sessions }: Required<StsOptions>,
): string {
  const durationSeconds = Number(form.get("DurationSeconds") ?? 12 * HOUR_SECONDS);
  check(rangeFailures("DurationSeconds", durationSeconds, [900, 36 * HOUR_SECONDS]));
  refuseTemporary(caller, "GetSessionToken");
  const { account, arn, userId } = caller;
  const expiresAtMs = clock() + durationSeconds * 1000;
  return credentialsXml(sessions.open({ account, arn, userId, expiresAtMs }), expiresAtMs);
}

const LONGEST_POLICY = 2048;

/** What a policy packs into is not told: this is its share of what the text may have. */
function packedPolicySize(policy: string): string {
  const size = Math.ceil((policy.length / LONGEST_POLICY) * 100);
  return `<PackedPolicySize>${size}</PackedPolicySize>`;
}

/** Source: STS API reference, GetFederationToken: without a policy the session may do nothing that needs one. */
function federationToken(
  form: URLSearchParams,
  caller: Caller,
  { clock, sessions }: Required<StsOptions>,
): string {
  const name = form.get("Name") ?? "";
  const policy = form.get("Policy") ?? undefined;
  const durationSeconds = Number(form.get("DurationSeconds") ?? 12 * HOUR_SECONDS);
  check([
    ...lengthFailures("Name", form.get("Name"), [2, 32]),
    ...(/^[\w+=,.@-]*$/.test(name) ? [] : [failed("Name", name, `${PATTERN}: [\\w+=,.@-]*`)]),
    ...(policy === undefined ? [] : lengthFailures("Policy", policy, [1, LONGEST_POLICY])),
    ...rangeFailures("DurationSeconds", durationSeconds, [900, 36 * HOUR_SECONDS]),
  ]);
  refuseTemporary(caller, "GetFederationToken");
  if (policy !== undefined) checkPolicy(policy);
  const { account } = caller;
  const arn = `arn:aws:sts::${account}:federated-user/${name}`;
  const userId = `${account}:${name}`;
  const expiresAtMs = clock() + durationSeconds * 1000;
  const session = { account, arn, userId, policy: policy ?? NOTHING_ALLOWED, expiresAtMs };
  const user = `<Arn>${xml(arn)}</Arn><FederatedUserId>${xml(userId)}</FederatedUserId>`;
  return [
    credentialsXml(sessions.open(session), expiresAtMs),
    `<FederatedUser>${user}</FederatedUser>`,
    packedPolicySize(policy ?? ""),
  ].join("");
}

const NOTHING_ALLOWED = JSON.stringify({ Statement: [] });

/** @throws AwsError AccessDenied for credentials that are a session's own */
function refuseTemporary({ temporary }: Caller, operation: string): void {
  if (!temporary) return;
  const message = `Cannot call ${operation} with session credentials`;
  throw new AwsError("AccessDenied", message, 403);
}

function accountOfKey(form: URLSearchParams, sessions: StsSessions): string {
  const key = form.get("AccessKeyId");
  check(lengthFailures("AccessKeyId", key, [16, 128]));
  return sessions.callerOf(key ?? undefined).account;
}

function credentialsXml(
  { accessKeyId, secretAccessKey, sessionToken: token }: ReturnType<StsSessions["open"]>,
  expiresAtMs: number,
): string {
  return [
    `<Credentials><AccessKeyId>${accessKeyId}</AccessKeyId>`,
    `<SecretAccessKey>${secretAccessKey}</SecretAccessKey>`,
    `<SessionToken>${token}</SessionToken>`,
    `<Expiration>${new Date(expiresAtMs).toISOString()}</Expiration></Credentials>`,
  ].join("");
}

function ofRole({ arn }: Caller): boolean {
  return arn.includes(":assumed-role/");
}

/** As long as AWS's, and the same for the same role. Source: IAM user guide, "IAM identifiers". */
function roleId(roleArn: string): string {
  const digest = createHash("sha256").update(roleArn).digest("hex").toUpperCase();
  return `AROA${digest.slice(0, 17)}`;
}

/** @throws AwsError in the words of AWS's own validation */
function check(found: readonly Failure[]): void {
  if (found.length > 0) throw new AwsError("ValidationError", failures(found));
}

function failed(name: string, value: unknown, constraint: string): Failure {
  return { path: [name], value, constraint };
}

function lengthFailures(name: string, value: string | null, [least, most]: Bounds): Failure[] {
  if (value === null) return [failed(name, null, "Member must not be null")];
  return boundFailures(name, value, { measure: "length", size: value.length, least, most });
}

function rangeFailures(name: string, value: number, [least, most]: Bounds): Failure[] {
  return boundFailures(name, value, { measure: "value", size: value, least, most });
}

function boundFailures(
  name: string,
  value: unknown,
  {
    measure,
    size,
    least,
    most,
  }: {
    readonly measure: string;
    readonly size: number;
    readonly least: number;
    readonly most: number;
  },
): Failure[] {
  const bound = (than: string) => [failed(name, value, `Member must have ${measure} ${than}`)];
  // What is no number is in no range.
  if (!(size >= least)) return bound(`greater than or equal to ${least}`);
  return size > most ? bound(`less than or equal to ${most}`) : [];
}
