import * as z from "zod/mini";
import { invalidParameter, resourceNotFound } from "../errors.ts";
import { operation } from "../input.ts";
import { type Pool, poolOf } from "../state.ts";
import { paged } from "./pools.ts";

/** An API whose scopes the pool's tokens can carry, as `<identifier>/<scope name>`. */
export interface ResourceServer {
  readonly identifier: string;
  name: string;
  scopes?: readonly { readonly ScopeName: string; readonly ScopeDescription: string }[];
}

const Target = z.object({ UserPoolId: z.string(), Identifier: z.string() });
const Settings = z.extend(Target, {
  Name: z.string(),
  Scopes: z.optional(
    z.array(
      z.object({
        ScopeName: z.string(),
        ScopeDescription: z.string(),
      }),
    ),
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
    UserPoolId: z.string(),
    MaxResults: z.optional(z.int()),
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
