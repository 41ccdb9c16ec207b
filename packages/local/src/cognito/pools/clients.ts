import * as z from "zod/mini";
import { AwsError } from "../../service.ts";
import { invalidParameter } from "../errors.ts";
import { operation, parse } from "../input.ts";
import {
  type Client,
  type Ctx,
  clientIn,
  type Pool,
  poolOf,
  randomText,
  seconds,
} from "../state.ts";
import { newSecret } from "./client-secrets.ts";
import { ClientSettings, checkLifetimes, rotation } from "./client-settings.ts";
import { checkOAuth } from "./oauth-settings.ts";
import { paged } from "./pools.ts";

const NewClient = z.extend(ClientSettings, {
  UserPoolId: z.string(),
  ClientName: z.string(),
  GenerateSecret: z.optional(z.boolean()),
  ClientSecret: z.optional(z.string()),
});

/** Makes an app client. @param fixed an id, and where it shall have one a secret, instead of random ones */
export function makeClient(
  ctx: Ctx,
  raw: unknown,
  fixed?: { clientId: string; clientSecret?: string },
): Client {
  const { UserPoolId, GenerateSecret, ClientSecret, ...settings } = parse(NewClient, raw);
  const pool = poolOf(ctx, UserPoolId);
  const nowMs = ctx.deps.clock();
  if (GenerateSecret === true && ClientSecret !== undefined) {
    // Source: the API model, CreateUserPoolClientRequest.
    throw invalidParameter("A client secret cannot be given and be generated as well.");
  }
  const id = fixed?.clientId ?? randomText(26, 36);
  const own = fixed?.clientSecret ?? ClientSecret;
  const confidential = GenerateSecret === true || own !== undefined;
  checkSettings(pool, settings, confidential);
  const client: Client = {
    id,
    pool,
    createdAtMs: nowMs,
    modifiedAtMs: nowMs,
    settings: withDefaults(settings),
    secrets: confidential ? [newSecret(id, nowMs, [], own)] : [],
  };
  if (ctx.clients.has(client.id)) {
    throw invalidParameter(`User pool client ${client.id} already exists.`);
  }
  pool.clients.set(client.id, client);
  ctx.clients.set(client.id, client);
  return client;
}

function withDefaults(settings: ClientSettings): ClientSettings {
  const rotates = settings.RefreshTokenRotation;
  return {
    ...settings,
    ...(rotates && {
      RefreshTokenRotation: {
        Feature: rotates.Feature,
        RetryGracePeriodSeconds: rotation(settings)?.graceSeconds ?? 0,
      },
    }),
    RefreshTokenValidity: settings.RefreshTokenValidity || 30,
    AuthSessionValidity: settings.AuthSessionValidity ?? 3,
    EnableTokenRevocation: settings.EnableTokenRevocation ?? true,
  };
}

function checkSettings(pool: Pool, settings: ClientSettings, hasSecret: boolean): void {
  checkOAuth(pool, settings, hasSecret);
  checkLifetimes(settings);
  const flows = settings.ExplicitAuthFlows ?? [];
  const modern = flows.filter((flow) => flow.startsWith("ALLOW_"));
  if (modern.length > 0 && modern.length < flows.length) {
    throw invalidParameter(
      "Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names.",
    );
  }
  if (settings.EnablePropagateAdditionalUserContextData === true && !hasSecret) {
    throw invalidParameter(
      "Client Secret is required to set EnablePropagateAdditionalUserContextData as true",
    );
  }
  if (rotation(settings) !== undefined && pool.settings.UserPoolTier === "LITE") {
    throw new AwsError(
      "FeatureUnavailableInTierException",
      "The following features need to be disabled for the LITE pricing tier configured: Refresh Token Rotation",
    );
  }
  if (rotation(settings) !== undefined && flows.includes("ALLOW_REFRESH_TOKEN_AUTH")) {
    throw invalidParameter(
      "ALLOW_REFRESH_TOKEN_AUTH is not a permitted ExplicitAuthFlow when refresh token rotation is enabled.",
    );
  }
  const written = settings.WriteAttributes;
  const unwritable = (written ?? []).some((name) => {
    return name === "sub" || name.endsWith("_verified") || !pool.schema.has(name);
  });
  // Source: radkawar/stackd, testdata/aws/cognito/profile_workflows.json.
  const lacks = [...pool.schema.values()].some(
    ({ name, required }) =>
      required && name !== "sub" && written?.length && !written.includes(name),
  );
  if (unwritable || lacks) {
    throw invalidParameter("Invalid write attributes specified while creating a client");
  }
  if ((settings.ReadAttributes ?? []).some((name) => !pool.schema.has(name))) {
    throw invalidParameter("Invalid read attributes specified while creating a client");
  }
}

/** `UserPoolClientType` of the API. */
function describeClient(client: Client): Record<string, unknown> {
  return {
    EnablePropagateAdditionalUserContextData: false,
    TokenValidityUnits: {},
    ...client.settings,
    UserPoolId: client.pool.id,
    ClientId: client.id,
    ...(client.secrets[0] && { ClientSecret: client.secrets[0].value }),
    CreationDate: seconds(client.createdAtMs),
    LastModifiedDate: seconds(client.modifiedAtMs),
    AllowedOAuthFlowsUserPoolClient: client.settings.AllowedOAuthFlowsUserPoolClient ?? false,
  };
}

export const createUserPoolClient = operation(z.looseObject({}), (ctx, input) => ({
  UserPoolClient: describeClient(makeClient(ctx, input)),
}));

const Target = z.object({ UserPoolId: z.string(), ClientId: z.string() });

export const describeUserPoolClient = operation(Target, (ctx, input) => ({
  UserPoolClient: describeClient(clientIn(poolOf(ctx, input.UserPoolId), input.ClientId)),
}));

/** Replaces every setting but the name: what is left out goes back to its default. facts/cognito.md 7 */
export const updateUserPoolClient = operation(
  z.extend(ClientSettings, { UserPoolId: z.string(), ClientId: z.string() }),
  (ctx, { UserPoolId, ClientId, ...settings }) => {
    const pool = poolOf(ctx, UserPoolId);
    const client = clientIn(pool, ClientId);
    checkSettings(pool, settings, client.secrets.length > 0);
    const ClientName = settings.ClientName ?? client.settings.ClientName;
    client.settings = withDefaults({ ...settings, ClientName });
    client.modifiedAtMs = ctx.deps.clock();
    return { UserPoolClient: describeClient(client) };
  },
);

export const deleteUserPoolClient = operation(Target, (ctx, input) => {
  const pool = poolOf(ctx, input.UserPoolId);
  const { id } = clientIn(pool, input.ClientId);
  pool.clients.delete(id);
  ctx.clients.delete(id);
  return {};
});

export const listUserPoolClients = operation(
  z.object({
    UserPoolId: z.string(),
    MaxResults: z.optional(z.int()),
    NextToken: z.optional(z.string()),
  }),
  (ctx, input) => {
    const pool = poolOf(ctx, input.UserPoolId);
    return paged([...pool.clients.values()], input, "UserPoolClients", (client) => ({
      ClientId: client.id,
      UserPoolId: pool.id,
      ClientName: client.settings.ClientName,
    }));
  },
);
