import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from "jose";
import { z } from "zod";
import type { IdentityProvider } from "../providers/identity-providers.ts";
import type { ProviderAnswer } from "../providers/inbound-federation.ts";
import { isOnThisComputer } from "../providers/provider-details.ts";
import type { Ctx } from "../state.ts";

/** A provider did not do its part. The text goes to the app. */
export class ProviderError extends Error {}

const Metadata = z.object({
  issuer: z.string(),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  userinfo_endpoint: z.url().optional(),
  jwks_uri: z.url().optional(),
});
type Metadata = z.infer<typeof Metadata>;

const TokenAnswer = z.looseObject({
  access_token: z.string().optional(),
  id_token: z.string().optional(),
});
const KeySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

/** AWS waits about as long. */
const TIMEOUT_MS = 5000;

/** The stand-in that plays a provider which is not on this computer: below this, by the provider's name. */
function standInIssuer(endpoint: string, provider: Pick<IdentityProvider, "name">): string {
  return `${endpoint}/_idp/${provider.name.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`;
}

/**
 * Where a provider is. One on this computer is asked itself; all others are played by the stand-in, so that
 * nothing of a rehearsal ever leaves the computer.
 */
export async function providerMetadata(ctx: Ctx, provider: IdentityProvider): Promise<Metadata> {
  const { details } = provider;
  const issuer = details.oidc_issuer ?? "";
  if (!isOnThisComputer(issuer)) {
    const base = standInIssuer(ctx.deps.endpoint(), provider);
    return Metadata.parse(await ask(provider, `${base}/.well-known/openid-configuration`));
  }
  const { authorize_url, token_url, attributes_url, jwks_uri } = details;
  if (authorize_url && token_url) {
    return {
      issuer,
      authorization_endpoint: authorize_url,
      token_endpoint: token_url,
      ...(attributes_url && { userinfo_endpoint: attributes_url }),
      ...(jwks_uri && { jwks_uri }),
    };
  }
  const address = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const found = Metadata.safeParse(await ask(provider, address));
  if (!found.success)
    throw new ProviderError(`${provider.name} Error - no usable discovery document`);
  return found.data;
}

/** Exchanges a code for what the provider says about the person. */
export async function answerOf(
  ctx: Ctx,
  provider: IdentityProvider,
  given: { readonly code: string; readonly redirectUri: string; readonly nonce: string },
): Promise<ProviderAnswer> {
  const metadata = await providerMetadata(ctx, provider);
  const { client_id = "", client_secret = "" } = provider.details;
  const tokenResponse = TokenAnswer.parse(
    await ask(provider, metadata.token_endpoint, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "authorization_code",
        code: given.code,
        redirect_uri: given.redirectUri,
        client_id,
        ...(client_secret && { client_secret }),
      }),
    }),
  );
  const { id_token, access_token } = tokenResponse;
  const idToken: JWTPayload =
    id_token === undefined ? {} : await verified(ctx, provider, metadata, id_token, given.nonce);
  const info =
    metadata.userinfo_endpoint === undefined || access_token === undefined
      ? {}
      : await ask(provider, metadata.userinfo_endpoint, {
          method: provider.details.attributes_request_method ?? "GET",
          headers: { authorization: `Bearer ${access_token}` },
        });
  const userInfo = z.record(z.string(), z.unknown()).parse(info);
  // OpenID Connect Core, section 5.3.2: otherwise the two may be about different people.
  if ("sub" in idToken && userInfo["sub"] !== undefined && userInfo["sub"] !== idToken.sub) {
    throw new ProviderError(`${provider.name} Error - userinfo is about somebody else`);
  }
  return { tokenResponse, idToken, userInfo };
}

async function verified(
  ctx: Ctx,
  provider: IdentityProvider,
  metadata: Metadata,
  idToken: string,
  nonce: string,
): Promise<JWTPayload> {
  if (metadata.jwks_uri === undefined) throw new ProviderError(`${provider.name} Error - no keys`);
  const keys = KeySet.parse(await ask(provider, metadata.jwks_uri)) as JSONWebKeySet;
  try {
    const { payload } = await jwtVerify(idToken, createLocalJWKSet(keys), {
      issuer: metadata.issuer,
      audience: provider.details.client_id ?? "",
      // The stand-in follows the stage's clock; a provider of somebody's own follows the real one.
      currentDate: new Date(
        metadata.issuer.startsWith(ctx.deps.endpoint()) ? ctx.deps.clock() : Date.now(),
      ),
      clockTolerance: 60,
    });
    if (payload.nonce !== nonce) throw new ProviderError("Bad id_token nonce");
    return payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) {
      throw new ProviderError(`Bad id_token issuer or signature: ${error.code}`);
    }
    throw error;
  }
}

/** A provider's answer as JSON. Only this computer is ever asked, and no redirect leads away from it. */
async function ask(
  provider: IdentityProvider,
  url: string,
  init: { method?: string; body?: URLSearchParams; headers?: Record<string, string> } = {},
): Promise<unknown> {
  if (!isOnThisComputer(url)) {
    throw new ProviderError(
      `${provider.name} Error - ${new URL(url).host} is not on this computer`,
    );
  }
  let response: Response;
  try {
    response = await fetch(url, {
      ...init,
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    // Words of DG23/authorization-endpoint.
    const timedOut = error instanceof Error && error.name === "TimeoutError";
    throw new ProviderError(
      timedOut ? "Timeout occurred in calling IdP token endpoint" : "Connection reset",
    );
  }
  if (!response.ok)
    throw new ProviderError(`${provider.name} Error - ${response.status} error getting token`);
  try {
    return await response.json();
  } catch {
    throw new ProviderError(`${provider.name} Error - ${response.status} error getting token`);
  }
}
