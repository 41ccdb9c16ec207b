import { join } from "node:path";
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateIdentityProviderCommand,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
  CreateUserPoolCommand,
  type CreateUserPoolCommandInput,
  CreateUserPoolDomainCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { openStore } from "../../../src/data/store.ts";
import { type Services, startServices } from "../../../src/services.ts";
import { PASSWORD } from "./serve.ts";

export const CALLBACK = "http://localhost:3000/callback";
export const BYE = "http://localhost:3000/bye";
const SCOPES = ["openid", "email", "profile", "aws.cognito.signin.user.admin"];

/** AWS on a port, as a stage has it, with nothing on it. @param data a folder that keeps it */
export async function startPages(
  data?: string,
  port = 0,
): Promise<{
  services: Services;
  sdk: CognitoIdentityProviderClient;
}> {
  const services = await startServices({
    port,
    homeRegion: "us-east-1",
    ...(data !== undefined && {
      data: { store: await openStore(data), tables: (region) => join(data, "tables", region) },
    }),
  });
  const sdk = new CognitoIdentityProviderClient({
    region: "us-east-1",
    endpoint: services.endpoint,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
  return { services, sdk };
}

let made = 0;

/** A pool with a domain, a Google and a LinkedIn, and an app client that offers all. */
export async function poolWithPages(
  { services, sdk }: { services: Pick<Services, "endpoint">; sdk: CognitoIdentityProviderClient },
  settings: {
    pool?: Partial<CreateUserPoolCommandInput>;
    client?: Partial<CreateUserPoolClientCommandInput>;
    mapping?: Record<string, string>;
  } = {},
) {
  const { UserPool } = await sdk.send(
    new CreateUserPoolCommand({ PoolName: "pages", ...settings.pool }),
  );
  const UserPoolId = UserPool?.Id ?? "";
  const Domain = `people-${made++}`;
  await sdk.send(new CreateUserPoolDomainCommand({ UserPoolId, Domain }));
  const AttributeMapping = settings.mapping ?? {
    email: "email",
    email_verified: "email_verified",
    name: "name",
  };
  await sdk.send(
    new CreateIdentityProviderCommand({
      UserPoolId,
      ProviderName: "Google",
      ProviderType: "Google",
      ProviderDetails: { client_id: "g", client_secret: "s", authorize_scopes: "openid email" },
      AttributeMapping,
      IdpIdentifiers: ["gmail.com"],
    }),
  );
  await sdk.send(
    new CreateIdentityProviderCommand({
      UserPoolId,
      ProviderName: "LinkedIn",
      ProviderType: "OIDC",
      ProviderDetails: {
        client_id: "l",
        client_secret: "s",
        authorize_scopes: "openid email",
        oidc_issuer: "https://www.linkedin.com/oauth",
        attributes_request_method: "GET",
      },
      AttributeMapping,
    }),
  );
  const addClient = async (more: Partial<CreateUserPoolClientCommandInput>) => {
    const { UserPoolClient } = await sdk.send(
      new CreateUserPoolClientCommand({
        UserPoolId,
        ClientName: "web",
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ["code", "implicit"],
        AllowedOAuthScopes: SCOPES,
        CallbackURLs: [CALLBACK, "myapp://in"],
        LogoutURLs: [BYE],
        SupportedIdentityProviders: ["COGNITO", "Google", "LinkedIn"],
        ...more,
      }),
    );
    const { ClientId = "", ClientSecret = "" } = UserPoolClient ?? {};
    return { ClientId, ClientSecret };
  };
  const { ClientId, ClientSecret } = await addClient(settings.client ?? {});
  const base = `${services.endpoint}/_auth/${Domain}`;
  return {
    UserPoolId,
    ClientId,
    ClientSecret,
    addClient,
    Domain,
    base,
    issuer: `${services.endpoint}/${UserPoolId}`,
    authorizeUrl: (more: Record<string, string> = {}) =>
      `${base}/oauth2/authorize?${new URLSearchParams({
        response_type: "code",
        client_id: ClientId,
        redirect_uri: CALLBACK,
        scope: "openid email profile aws.cognito.signin.user.admin",
        ...more,
      })}`,
    addUser: async (Username: string) => {
      await sdk.send(
        new AdminCreateUserCommand({
          UserPoolId,
          Username,
          MessageAction: "SUPPRESS",
          UserAttributes: [
            { Name: "email", Value: `${Username}@example.com` },
            { Name: "email_verified", Value: "true" },
          ],
        }),
      );
      await sdk.send(
        new AdminSetUserPasswordCommand({
          UserPoolId,
          Username,
          Password: PASSWORD,
          Permanent: true,
        }),
      );
    },
    /** Exchanges a code, or whatever else the form says. */
    token: async (form: Record<string, string>, headers: Record<string, string> = {}) => {
      const response = await fetch(`${base}/oauth2/token`, {
        method: "POST",
        headers,
        body: new URLSearchParams(form),
      });
      return { status: response.status, body: (await response.json()) as Record<string, string> };
    },
  };
}
export type PoolWithPages = Awaited<ReturnType<typeof poolWithPages>>;

export interface Page {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Fetches as a browser without scripts does: with cookies by path, along redirects, until it would leave the stage. */
export function browser(endpoint: string) {
  const jar = new Map<string, { value: string; path: string }>();

  function cookiesFor(url: URL): string {
    return [...jar]
      .filter(([, { path }]) => url.pathname.startsWith(path))
      .map(([key, { value }]) => `${key.split(" ")[0]}=${value}`)
      .join("; ");
  }

  function remember(header: string): void {
    const [pair = "", ...attributes] = header.split("; ");
    const [name, value = ""] = pair.split("=");
    const path = attributes.find((one) => one.startsWith("Path="))?.slice(5) ?? "/";
    if (attributes.includes("Max-Age=0")) jar.delete(`${name} ${path}`);
    else jar.set(`${name} ${path}`, { value, path });
  }

  async function go(address: string, init: RequestInit = {}): Promise<Page> {
    const url = new URL(address);
    if (url.origin !== new URL(endpoint).origin) {
      return { url: address, status: 0, headers: new Headers(), text: "" };
    }
    const response = await fetch(url, {
      ...init,
      redirect: "manual",
      headers: { ...(init.headers as Record<string, string>), cookie: cookiesFor(url) },
    });
    for (const header of response.headers.getSetCookie()) remember(header);
    const location = response.headers.get("location");
    if (location !== null)
      return go(new URL(location, /^\w+:/.test(location) ? undefined : url).href);
    return {
      url: address,
      status: response.status,
      headers: response.headers,
      text: await response.text(),
    };
  }

  return {
    go,
    /** Fills in the only form of a page and sends it. */
    submit: (page: Page, fields: Record<string, string>) => {
      const action = plain(/action="([^"]+)"/.exec(page.text)?.[1] ?? "");
      const hidden = [...page.text.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)];
      const body = new URLSearchParams({
        ...Object.fromEntries(hidden.map(([, name, value]) => [name, plain(value ?? "")])),
        ...fields,
      });
      const url = new URL(action, page.url);
      return go(url.href, { method: "POST", body, headers: { origin: url.origin } });
    },
    /** Follows the link with these words. */
    click: (page: Page, words: string) => {
      const links = [...page.text.matchAll(/href="([^"]+)">([^<]+)</g)];
      const [, href = "missing link"] = links.find(([, , label]) => label?.includes(words)) ?? [];
      return go(new URL(plain(href), page.url).href);
    },
  };
}

const ENTITIES: Record<string, string> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
  "&amp;": "&",
};

function plain(text: string): string {
  return text.replace(/&(?:lt|gt|quot|#39|amp);/g, (one) => ENTITIES[one] ?? one);
}

/** What an app was told in its callback URL. */
export function told(page: Page): Record<string, string> {
  const url = new URL(page.url);
  return Object.fromEntries(new URLSearchParams(url.search || url.hash.slice(1)));
}
