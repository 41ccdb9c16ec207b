import type { Ctx, Pool } from "../state.ts";
import { issuer } from "../tokens/tokens.ts";
import { hostedBase } from "./place.ts";

/** `/<poolId>/.well-known/openid-configuration`: with the addresses of the sign-in pages once the pool has a domain. */
export function discoveryDocument(ctx: Pick<Ctx, "deps">, pool: Pool): object {
  const base = issuer(ctx, pool);
  const [domain] = pool.domains.keys();
  const pages = domain === undefined ? undefined : hostedBase(ctx.deps.endpoint(), domain);
  return {
    issuer: base,
    jwks_uri: `${base}/.well-known/jwks.json`,
    ...(pages !== undefined && {
      authorization_endpoint: `${pages}/oauth2/authorize`,
      token_endpoint: `${pages}/oauth2/token`,
      userinfo_endpoint: `${pages}/oauth2/userInfo`,
      revocation_endpoint: `${pages}/oauth2/revoke`,
      end_session_endpoint: `${pages}/logout`,
    }),
    id_token_signing_alg_values_supported: ["RS256"],
    response_types_supported: ["code", "token"],
    scopes_supported: ["openid", "email", "phone", "profile"],
    subject_types_supported: ["public"],
    token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
  };
}
