import { generateKeyPair, type KeyObject, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { SignJWT } from "jose";
import type { WireRequest, WireResponse, WireService } from "../http.ts";
import type { Clock } from "../service.ts";
import { json, page, redirect } from "../web.ts";
import { choosePage } from "./pages.ts";
import type { People, Person } from "./people.ts";

export interface SocialDeps {
  readonly clock: Clock;
  /** The base URL of the gateway. */
  readonly endpoint: () => string;
  readonly people: People;
}

/** A code or an access token, and what it is good for. */
interface Given {
  readonly issuer: string;
  readonly person: Person;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly nonce?: string | undefined;
  readonly expiresAtMs: number;
}

interface Call {
  readonly issuer: string;
  readonly request: WireRequest;
}

const LIFETIME_SECONDS = 3600;

/** They give an access token alone: their profile says who somebody is. */
const WITHOUT_ID_TOKEN = /\/(facebook|loginwithamazon)$/;

/**
 * Google, LinkedIn and all the others at once: OpenID providers below `/_idp/<name>` whose people one chooses
 * from, without a password. `login_hint` with an address or `sub` chooses at once. Any app with an id and a
 * secret is known. Follows the stage's clock, which no library for providers does.
 */
export function createSocial({ clock, endpoint, people }: SocialDeps): WireService {
  const given = new Map<string, Given>();
  let pendingKeys: Promise<{ publicKey: KeyObject; privateKey: KeyObject }> | undefined;
  const keys = () => {
    pendingKeys ??= promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
    return pendingKeys;
  };
  const give = (what: Given) => {
    for (const [key, { expiresAtMs }] of given) {
      if (clock() >= expiresAtMs) given.delete(key);
    }
    const name = randomBytes(24).toString("base64url");
    given.set(name, what);
    return name;
  };
  const expiresAtMs = () => clock() + LIFETIME_SECONDS * 1000;

  const routes: Record<string, (call: Call) => Promise<WireResponse> | WireResponse> = {
    "GET /.well-known/openid-configuration": ({ issuer }) =>
      json({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        userinfo_endpoint: `${issuer}/userinfo`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ["code"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
      }),

    "GET /jwks": async () => {
      const { publicKey } = await keys();
      return json({
        keys: [{ ...publicKey.export({ format: "jwk" }), kid: "stage", alg: "RS256", use: "sig" }],
      });
    },

    "GET /authorize": ({ issuer, request: { query } }) => {
      const redirectUri = query.get("redirect_uri") ?? "";
      const clientId = query.get("client_id");
      if (!clientId || !URL.canParse(redirectUri) || query.get("response_type") !== "code") {
        return json({ error: "invalid_request" }, 400);
      }
      const back = (answer: Record<string, string>) => {
        const target = new URL(redirectUri);
        const state = query.get("state");
        for (const [key, value] of Object.entries({ ...answer, ...(state && { state }) })) {
          target.searchParams.set(key, value);
        }
        return redirect(target.toString());
      };
      if (query.get("cancel") === "yes") return back({ error: "access_denied" });
      const person = people.find(query.get("login_hint") ?? "");
      if (person === undefined) return page("Choose an account", choosePage(people.list(), query));
      const nonce = query.get("nonce") ?? undefined;
      const code = give({
        issuer,
        person,
        clientId,
        redirectUri,
        nonce,
        expiresAtMs: expiresAtMs(),
      });
      return back({ code });
    },

    "POST /token": async ({ issuer, request }) => {
      const form = new URLSearchParams(request.body.toString());
      const code = form.get("code") ?? "";
      const grant = given.get(code);
      given.delete(code);
      if (!form.get("client_secret")) return json({ error: "invalid_client" }, 401);
      if (
        grant?.issuer !== issuer ||
        grant.clientId !== form.get("client_id") ||
        grant.redirectUri !== form.get("redirect_uri") ||
        clock() >= grant.expiresAtMs
      ) {
        return json({ error: "invalid_grant" }, 400);
      }
      const { privateKey } = await keys();
      const iat = Math.floor(clock() / 1000);
      const idToken = await new SignJWT({
        ...grant.person,
        iss: issuer,
        aud: grant.clientId,
        iat,
        exp: iat + LIFETIME_SECONDS,
        ...(grant.nonce !== undefined && { nonce: grant.nonce }),
      })
        .setProtectedHeader({ alg: "RS256", kid: "stage" })
        .sign(privateKey);
      return json({
        access_token: give({ ...grant, expiresAtMs: expiresAtMs() }),
        ...(!WITHOUT_ID_TOKEN.test(issuer) && { id_token: idToken }),
        token_type: "Bearer",
        expires_in: LIFETIME_SECONDS,
      });
    },

    "GET /userinfo": ({ issuer, request }) => {
      const [, token = ""] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "") ?? [];
      const grant = given.get(token);
      if (grant?.issuer !== issuer) return json({ error: "invalid_token" }, 401);
      const { sub } = grant.person;
      // Facebook says `id` and Amazon `user_id`.
      return json({ ...grant.person, id: sub, user_id: sub });
    },
  };
  routes["POST /userinfo"] = routes["GET /userinfo"] ?? (() => json({}, 404));

  return {
    respond: async (request) => {
      const [, name, rest] = /^\/_idp\/([a-z0-9-]+)(\/[\w./-]*)$/.exec(request.path) ?? [];
      const route = routes[`${request.method} ${rest}`];
      if (name === undefined || route === undefined) return json({ error: "not_found" }, 404);
      return route({ issuer: `${endpoint()}/_idp/${name}`, request });
    },
  };
}
