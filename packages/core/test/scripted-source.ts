import * as z from "zod/mini";
import { PoolId, Region, SourceId } from "../src/kernel/ids.ts";
import type { Challenge, SourceAnswer } from "../src/migration/answer.ts";
import type { PoolUser, SourcePool, UserLookup } from "../src/migration/source.ts";

// For tests only: a source that says what its script says, and remembers what it was asked.

export interface Script {
  readonly authenticate?: (login: string, password: string) => SourceAnswer;
  readonly respond?: (
    challenge: Challenge,
    responses: Readonly<Record<string, string>>,
  ) => SourceAnswer;
  readonly getUser?: (username: string) => UserLookup;
  readonly revoke?: () => Promise<void>;
  readonly caseSensitive?: boolean;
}

export interface ScriptedSource extends SourcePool {
  /** `authenticate a@example.com`, `respond SMS_MFA alice SMS_MFA_CODE=1`, `getUser alice`, `revoke`. */
  readonly calls: string[];
}

export function scriptedSource(id: string, script: Script = {}): ScriptedSource {
  const calls: string[] = [];
  return {
    id: z.parse(SourceId, id),
    poolId: z.parse(PoolId, `us-east-1_${id}`),
    region: z.parse(Region, "us-east-1"),
    caseSensitive: script.caseSensitive ?? false,
    calls,
    async authenticate(login, password) {
      calls.push(`authenticate ${login}`);
      return script.authenticate?.(login, password) ?? { outcome: "rejected" };
    },
    async respond(challenge, username, responses) {
      const said = Object.entries(responses).map((entry) => entry.join("="));
      calls.push(`respond ${challenge.name} ${username} ${said.join()}`);
      return script.respond?.(challenge, responses) ?? { outcome: "rejected" };
    },
    async getUser(username) {
      calls.push(`getUser ${username}`);
      return script.getUser?.(username) ?? { outcome: "user-not-found" };
    },
    async revoke() {
      calls.push("revoke");
      await script.revoke?.();
    },
  };
}

/** What Cognito answers to a right password: an ID token with the claims that the client may read. */
export function signedIn(user: PoolUser, readable: readonly string[] = []): SourceAnswer {
  const claims: Record<string, unknown> = { sub: user.sub, "cognito:username": user.username };
  for (const name of readable) {
    const value = user.attributes[name];
    if (value !== undefined) claims[name] = name.endsWith("_verified") ? value === "true" : value;
  }
  const payload = Buffer.from(JSON.stringify(claims)).toString("base64url");
  return {
    outcome: "authenticated",
    tokens: { idToken: `header.${payload}.signature`, refreshToken: "source-refresh-token" },
  };
}

export function challengeOf(
  name: string,
  session: string,
  parameters: Challenge["parameters"] = {},
): Challenge {
  return { outcome: "challenge", name, session, parameters };
}
