import { randomBytes } from "node:crypto";
import * as z from "zod/mini";
import type { Store } from "../data/store.ts";
import { ACCOUNT_ID, AwsError, type Caller, type Clock } from "../service.ts";

const SESSION = "sts/session/";

/** Credentials that AssumeRole gave out. */
interface Session {
  readonly account: string;
  readonly arn: string;
  readonly userId: string;
  /** The session policy, as it was given. */
  readonly policy?: string | undefined;
  readonly expiresAtMs: number;
}

export interface StsSessions {
  /** Makes credentials of a session. */
  open(session: Session): { accessKeyId: string; secretAccessKey: string; sessionToken: string };
  /**
   * Who signs with an access key: a role's session, an account where the key is its id, else the stage's own.
   * @throws AwsError ExpiredTokenException
   */
  callerOf(accessKeyId: string | undefined): Caller;
  /** Takes up what the store of an earlier stage kept. */
  restore(): Promise<void>;
}

/** Remembers whose the credentials are that AssumeRole gave. */
export function createStsSessions(clock: Clock, store?: Store): StsSessions {
  const sessions = new Map<string, Session>();
  return {
    restore: async () => {
      for await (const [key, kept] of store?.entries(SESSION) ?? []) {
        sessions.set(key.slice(SESSION.length), kept as Session);
      }
    },
    open: (session) => {
      for (const [key, { expiresAtMs }] of sessions) {
        // Long enough that whoever still uses it is told that it has expired.
        if (expiresAtMs + DAY_MS > clock()) continue;
        sessions.delete(key);
        store?.remove(SESSION + key);
      }
      const accessKeyId = `ASIA${randomBytes(8).toString("hex").toUpperCase()}`;
      sessions.set(accessKeyId, session);
      store?.put(SESSION + accessKeyId, session);
      return {
        accessKeyId,
        secretAccessKey: randomBytes(20).toString("hex"),
        sessionToken: randomBytes(32).toString("base64"),
      };
    },
    callerOf: (accessKeyId = "") => {
      const session = sessions.get(accessKeyId);
      if (session === undefined) {
        const account = /^\d{12}$/.test(accessKeyId) ? accessKeyId : ACCOUNT_ID;
        return { account, arn: `arn:aws:iam::${account}:user/local`, userId: "AIDALOCAL" };
      }
      if (session.expiresAtMs <= clock()) {
        throw new AwsError(
          "ExpiredTokenException",
          "The security token included in the request is expired",
          403,
        );
      }
      const { account, arn, userId, policy } = session;
      return {
        account,
        arn,
        userId,
        temporary: true,
        ...(policy !== undefined && { may: allowedBy(policy) }),
      };
    },
  };
}

const DAY_MS = 86_400_000;

const list = z.pipe(
  z.union([z.string(), z.array(z.string())]),
  z.transform((one) => [one].flat()),
);
const Policy = z.object({
  Statement: z.pipe(
    z.union([z.looseObject({}), z.array(z.looseObject({}))]),
    z.transform((one) => [one].flat()),
  ),
});
/** A condition is not played: a statement with one never allows. */
const Statement = z.strictObject({
  Sid: z.optional(z.string()),
  Effect: z.enum(["Allow", "Deny"]),
  Action: list,
  Resource: list,
});

/** Checks a session policy's form. @throws AwsError MalformedPolicyDocument */
export function checkPolicy(text: string): void {
  try {
    z.parse(Policy, JSON.parse(text));
  } catch {
    throw new AwsError("MalformedPolicyDocument", "The policy is not in the valid JSON format.");
  }
}

/** Source: IAM user guide, "Policy evaluation logic": what no statement allows is denied, and a Deny wins. */
function allowedBy(text: string): NonNullable<Caller["may"]> {
  const statements = z.parse(Policy, JSON.parse(text)).Statement.flatMap((one) => {
    const read = z.safeParse(Statement, one);
    return read.success ? [read.data] : [];
  });
  return (action, resource) => {
    const about = statements.filter(
      ({ Action, Resource }) =>
        Action.some((pattern) => matches(pattern, action)) &&
        Resource.some((pattern) => matches(pattern, resource)),
    );
    return about.length > 0 && about.every(({ Effect }) => Effect === "Allow");
  };
}

/** IAM's wildcards, in time linear in the text: patterns come over the wire. */
function matches(pattern: string, text: string): boolean {
  let [p, t, star, from] = [0, 0, -1, 0];
  while (t < text.length) {
    if (pattern[p] === "*") [star, from, p] = [p, t, p + 1];
    else if (pattern[p] === "?" || pattern[p] === text[t]) [p, t] = [p + 1, t + 1];
    else if (star >= 0) [p, from, t] = [star + 1, from + 1, from + 1];
    else return false;
  }
  return /^\**$/.test(pattern.slice(p));
}
