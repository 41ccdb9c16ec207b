import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { invalidParameter } from "../errors.ts";
import { operation } from "../input.ts";
import { type Pool, poolOf, type User } from "../state.ts";
import { findBySub, isIndexed, normalise, usersFrom, usersWith } from "./user-index.ts";
import { describeUser } from "./users.ts";

const PAGE = 60;
const TOKEN_LIFETIME_MS = 3_600_000;
const SEARCHABLE = [
  "username",
  "email",
  "phone_number",
  "name",
  "given_name",
  "family_name",
  "preferred_username",
  "cognito:user_status",
  "status",
  "sub",
];

const PageToken = z.object({ after: z.number(), query: z.string(), until: z.number() });

export const listUsers = operation(
  z.object({
    UserPoolId: z.string(),
    AttributesToGet: z.optional(z.array(z.string())),
    Limit: z.optional(z.int()),
    PaginationToken: z.optional(z.string()),
    Filter: z.optional(z.string()),
  }),
  (ctx, input) => {
    const pool = poolOf(ctx, input.UserPoolId);
    const nowMs = ctx.deps.clock();
    const filter = input.Filter ? parseFilter(input.Filter) : undefined;
    const query = fingerprint(pool, input.Filter ?? "");
    const after =
      input.PaginationToken === undefined ? -1 : readToken(input.PaginationToken, query, nowMs);
    const limit = input.Limit || PAGE;
    const found = search(pool, filter, after, limit + 1);
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      Users: page.map((user) => only(pool, user, input.AttributesToGet)),
      ...(found.length > limit &&
        last !== undefined && {
          PaginationToken: makeToken({ after: last.seq, query, until: nowMs + TOKEN_LIFETIME_MS }),
        }),
    };
  },
);

interface Filter {
  readonly attribute: string;
  readonly prefix: boolean;
  readonly value: string;
}

function parseFilter(text: string): Filter {
  const match = /^\s*"?([\w:]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*$/.exec(text);
  if (match === null) throw invalidParameter("Error while parsing filter");
  const [, attribute = "", operator, value = ""] = match;
  if (!SEARCHABLE.includes(attribute)) {
    throw invalidParameter(`Invalid search attribute: ${attribute}`);
  }
  return { attribute, prefix: operator === "^=", value: value.replace(/\\(.)/g, "$1") };
}

function search(pool: Pool, filter: Filter | undefined, after: number, limit: number): User[] {
  const found: User[] = [];
  for (const user of candidates(pool, filter, after)) {
    if (user.seq <= after || (filter !== undefined && !matches(pool, user, filter))) continue;
    found.push(user);
    if (found.length === limit) break;
  }
  return found;
}

/** The users among whom to look: an exact search for an indexed attribute need not read the whole pool. */
function candidates(pool: Pool, filter: Filter | undefined, after: number): Iterable<User> {
  if (filter === undefined || filter.prefix) return usersFrom(pool, after + 1);
  const { attribute, value } = filter;
  if (attribute === "username" || attribute === "sub") {
    const user =
      attribute === "sub" ? findBySub(pool, value) : pool.users.get(normalise(pool, value));
    return user === undefined ? [] : [user];
  }
  if (!isIndexed(attribute)) return usersFrom(pool, after + 1);
  return usersWith(pool, attribute, value).sort((a, b) => a.seq - b.seq);
}

function matches(pool: Pool, user: User, { attribute, prefix, value }: Filter): boolean {
  const actual = searchValue(user, attribute);
  if (actual === undefined) return false;
  const have = normalise(pool, actual);
  const wanted = normalise(pool, value);
  return prefix ? have.startsWith(wanted) : have === wanted;
}

function searchValue(user: User, attribute: string): string | undefined {
  if (attribute === "username") return user.username;
  if (attribute === "status") return user.enabled ? "Enabled" : "Disabled";
  if (attribute === "cognito:user_status") return user.status;
  return user.attributes.get(attribute);
}

/** @throws AwsError InvalidParameterException where a user lacks an attribute that is asked for: facts 4.6 */
function only(pool: Pool, user: User, names: readonly string[] | undefined): object {
  const described = describeUser(user);
  if (names === undefined || names.length === 0) return described;
  const missing = names.find((name) => !pool.schema.has(name) || !user.attributes.has(name));
  if (missing !== undefined) {
    throw invalidParameter(`One or more requested attributes do not exist: ${missing}`);
  }
  const attributes = names.map((name) => ({ Name: name, Value: user.attributes.get(name) }));
  return { ...described, Attributes: attributes };
}

function fingerprint(pool: Pool, filter: string): string {
  return createHash("sha256")
    .update(JSON.stringify([pool.id, filter]))
    .digest("base64url");
}

function makeToken(token: z.infer<typeof PageToken>): string {
  return Buffer.from(JSON.stringify(token)).toString("base64");
}

function readToken(text: string, query: string, nowMs: number): number {
  const token = PageToken.safeParse(parseJson(Buffer.from(text, "base64").toString()));
  if (!token.success || token.data.query !== query || nowMs >= token.data.until) {
    throw invalidParameter("Invalid pagination token");
  }
  return token.data.after;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not one of our tokens: the caller refuses it like any other.
    return undefined;
  }
}
