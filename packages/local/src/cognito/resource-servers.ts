import * as z from "zod/mini";
import { invalidParameter, resourceNotFound } from "./errors.ts";
import { operation, PoolIdField, text } from "./input.ts";
import { paged } from "./pools.ts";
import { type Pool, poolOf } from "./state.ts";

/** An API whose scopes the pool's tokens can carry, as `<identifier>/<scope name>`. */
export interface ResourceServer {
  readonly identifier: string;
  name: string;
  scopes?: readonly { readonly ScopeName: string; readonly ScopeDescription: string }[];
}

// Limits of the API model (CreateResourceServer, botocore 1.43.107).
const Identifier = text(1, 256, /^[\x21\x23-\x5B\x5D-\x7E]+$/);
const Target = z.object({ UserPoolId: PoolIdField, Identifier });
const Settings = z.extend(Target, {
  Name: text(1, 256, /^[\w\s+=,.@-]+$/),
  Scopes: z.optional(
    z
      .array(
        z.object({
          ScopeName: text(1, 256, /^[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]+$/),
          ScopeDescription: z.string().check(z.minLength(1), z.maxLength(256)),
        }),
      )
      .check(z.maxLength(100, "Member must have length less than or equal to 100")),
  ),
});

/** `ResourceServerType` of the API. */
function describe(pool: Pool, server: ResourceServer): object {
  return {
    UserPoolId: pool.id,
    Identifier: server.identifier,
    Name: server.name,
    ...(server.scopes !== undefined && { Scopes: server.scopes }),
  };
}

/** @throws AwsError ResourceNotFoundException */
function serverIn(pool: Pool, identifier: string): ResourceServer {
  const server = pool.resourceServers.get(identifier);
  if (server === undefined) {
    throw resourceNotFound(`Resource server ${identifier} does not exist.`);
  }
  return server;
}

export const createResourceServer = operation(Settings, (ctx, input) => {
  const pool = poolOf(ctx, input.UserPoolId);
  if (pool.resourceServers.has(input.Identifier)) {
    throw invalidParameter(`${input.Identifier} already exists in user pool ${pool.id}.`);
  }
  const server: ResourceServer = {
    identifier: input.Identifier,
    name: input.Name,
    ...(input.Scopes !== undefined && { scopes: input.Scopes }),
  };
  pool.resourceServers.set(server.identifier, server);
  return { ResourceServer: describe(pool, server) };
});

export const describeResourceServer = operation(Target, (ctx, input) => {
  const pool = poolOf(ctx, input.UserPoolId);
  return { ResourceServer: describe(pool, serverIn(pool, input.Identifier)) };
});

/** Replaces both name and scopes: scopes that are left out are gone. */
export const updateResourceServer = operation(Settings, (ctx, input) => {
  const pool = poolOf(ctx, input.UserPoolId);
  const server = serverIn(pool, input.Identifier);
  server.name = input.Name;
  delete server.scopes;
  if (input.Scopes !== undefined) server.scopes = input.Scopes;
  return { ResourceServer: describe(pool, server) };
});

export const deleteResourceServer = operation(Target, (ctx, input) => {
  const pool = poolOf(ctx, input.UserPoolId);
  pool.resourceServers.delete(serverIn(pool, input.Identifier).identifier);
  return {};
});

export const listResourceServers = operation(
  z.object({
    UserPoolId: PoolIdField,
    MaxResults: z.optional(
      z
        .int()
        .check(
          z.gte(1, "Member must have value greater than or equal to 1"),
          z.lte(50, "Member must have value less than or equal to 50"),
        ),
    ),
    NextToken: z.optional(z.string()),
  }),
  (ctx, input) => {
    const pool = poolOf(ctx, input.UserPoolId);
    const page = { ...input, MaxResults: input.MaxResults ?? 50 };
    return paged([...pool.resourceServers.values()], page, "ResourceServers", (server) =>
      describe(pool, server),
    );
  },
);

/** Every scope that a resource server of the pool defines. */
export function customScopes(pool: Pool): string[] {
  return [...pool.resourceServers.values()].flatMap(({ identifier, scopes }) =>
    (scopes ?? []).map(({ ScopeName }) => `${identifier}/${ScopeName}`),
  );
}
