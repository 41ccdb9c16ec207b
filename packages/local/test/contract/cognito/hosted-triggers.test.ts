import {
  AdminGetUserCommand,
  AdminLinkProviderForUserCommand,
  type LambdaConfigType,
} from "@aws-sdk/client-cognito-identity-provider";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { browser, CALLBACK, type PoolWithPages, poolWithPages, told } from "./pages.ts";
import { PASSWORD, type Served, serve, type TriggerEvent } from "./serve.ts";

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

const GRACE = "100000000000000000001";
const NAMES = [
  "PreSignUp",
  "PostConfirmation",
  "PreAuthentication",
  "PostAuthentication",
  "PreTokenGeneration",
  "UserMigration",
  "CustomMessage",
] as const;

let made = 0;

/** A pool with every trigger; each keeps its event, and does what is said for it. */
async function watched(handlers: Partial<Record<string, (event: TriggerEvent) => unknown>> = {}) {
  const events: TriggerEvent[] = [];
  const prefix = `watched-${made++}`;
  const watch = (name: string) =>
    served.fn(`${prefix}-${name}`, async (event) => {
      events.push(structuredClone(event));
      return (await handlers[name]?.(event)) ?? event;
    });
  const LambdaConfig: LambdaConfigType = {
    ...Object.fromEntries(NAMES.map((name) => [name, watch(name)])),
    InboundFederation: { LambdaVersion: "V1_0", LambdaArn: watch("InboundFederation") },
  };
  const place = { services: { endpoint: served.endpoint }, sdk: served.sdk() };
  const pages = await poolWithPages(place, { pool: { LambdaConfig } });
  const sources = () => events.splice(0).map(({ triggerSource }) => triggerSource);
  return { pages, events, sources };
}

async function exchange(pages: PoolWithPages, back: Awaited<ReturnType<typeof byGoogle>>) {
  return pages.token({
    grant_type: "authorization_code",
    client_id: pages.ClientId,
    redirect_uri: CALLBACK,
    code: told(back)["code"] ?? "",
  });
}

function byGoogle(pages: PoolWithPages) {
  return browser(served.endpoint).go(
    pages.authorizeUrl({ identity_provider: "Google", login_hint: GRACE }),
  );
}

async function byPassword(pages: PoolWithPages, username = "ann") {
  const visitor = browser(served.endpoint);
  const form = await visitor.go(pages.authorizeUrl());
  return visitor.submit(form, { username, password: PASSWORD });
}

describe("the triggers of the sign-in page", () => {
  it("run around a password, and at the exchange of the code", async () => {
    const { pages, sources } = await watched();
    await pages.addUser("ann");
    sources();
    const back = await byPassword(pages);
    // facts 2.1, managed login; the source at the exchange is one of two that the guide has.
    expect(sources()).toEqual([
      "PreAuthentication_Authentication",
      "PostAuthentication_Authentication",
    ]);
    expect((await exchange(pages, back)).status).toBe(200);
    expect(sources()).toEqual([expect.stringMatching(/^TokenGeneration_(HostedAuth|Authent)/)]);
  });

  it("migrate a user whom the pool does not have", async () => {
    const { pages } = await watched({
      UserMigration: (event) => ({
        ...event,
        response: {
          userAttributes: { email: "new@example.com", email_verified: "true" },
          finalUserStatus: "CONFIRMED",
          messageAction: "SUPPRESS",
        },
      }),
    });
    const { status, body } = await exchange(pages, await byPassword(pages, "new"));
    expect(status).toBe(200);
    expect(decodeJwt(body["id_token"] ?? "")["email"]).toBe("new@example.com");
  });

  it("show the person what a trigger says against a password sign-in", async () => {
    const { pages } = await watched({
      PreAuthentication: () => {
        throw new Error("not today");
      },
    });
    await pages.addUser("ann");
    const page = await byPassword(pages);
    expect(page.text).toContain("PreAuthentication failed with error not today.");
  });

  it("change the claims of the tokens", async () => {
    const { pages } = await watched({
      PreTokenGeneration: (event) => ({
        ...event,
        response: { claimsOverrideDetails: { claimsToAddOrOverride: { plan: "gold" } } },
      }),
    });
    await pages.addUser("ann");
    const { body } = await exchange(pages, await byPassword(pages));
    expect(decodeJwt(body["id_token"] ?? "")["plan"]).toBe("gold");
  });
});

describe("the triggers of a sign-in by a provider", () => {
  it("are those of a sign-up the first time, and of a sign-in from then on", async () => {
    const { pages, events, sources } = await watched();
    await exchange(pages, await byGoogle(pages));
    expect(events[1]).toMatchObject({
      userName: `Google_${GRACE}`,
      callerContext: { clientId: pages.ClientId },
      request: { userAttributes: { email: "grace@example.com", email_verified: "true" } },
    });
    expect(events[2]?.request.userAttributes).toMatchObject({
      "cognito:user_status": "EXTERNAL_PROVIDER",
      identities: expect.stringContaining(GRACE),
    });
    // facts 2.1
    expect(sources()).toEqual([
      "InboundFederation_ExternalProvider",
      "PreSignUp_ExternalProvider",
      "PostConfirmation_ConfirmSignUp",
      "TokenGeneration_HostedAuth",
    ]);
    await exchange(pages, await byGoogle(pages));
    expect(sources()).toEqual([
      "InboundFederation_ExternalProvider",
      "PreAuthentication_Authentication",
      "PostAuthentication_Authentication",
      "TokenGeneration_HostedAuth",
    ]);
  });

  it("can refuse somebody, which the app is told", async () => {
    const { pages } = await watched({
      PreSignUp: () => {
        throw new Error("we know you");
      },
    });
    expect(told(await byGoogle(pages))).toMatchObject({
      error: "invalid_request",
      error_description: "PreSignUp failed with error we know you.",
    });
  });

  it("can link the account to a user who is there, instead of a new one", async () => {
    const { pages } = await watched({
      PreSignUp: async (event) => {
        if (event.triggerSource !== "PreSignUp_ExternalProvider") return event;
        await served.sdk().send(
          new AdminLinkProviderForUserCommand({
            UserPoolId: event.userPoolId,
            DestinationUser: { ProviderName: "Cognito", ProviderAttributeValue: "ann" },
            SourceUser: {
              ProviderName: "Google",
              ProviderAttributeName: "Cognito_Subject",
              ProviderAttributeValue: GRACE,
            },
          }),
        );
        return event;
      },
    });
    await pages.addUser("ann");
    const { UserPoolId } = pages;
    // On the second attempt at the latest: facts 9, trap 31.
    await byGoogle(pages);
    const { body } = await exchange(pages, await byGoogle(pages));
    expect(decodeJwt(body["id_token"] ?? "")["cognito:username"]).toBe("ann");
    const own = new AdminGetUserCommand({ UserPoolId, Username: `Google_${GRACE}` });
    await expect(served.sdk().send(own)).rejects.toThrow("User does not exist.");
  });
});

// developerguide/user-pool-lambda-inbound-federation
describe("the inbound federation trigger", () => {
  /** A pool whose trigger answers so, given what the provider has said. */
  const answering = (answer: (claims: Record<string, string>) => unknown) =>
    watched({
      InboundFederation: (event) => {
        const { userInfo, idToken } = event.request["attributes"] as Answer;
        const userAttributesToMap = answer({ ...userInfo, ...idToken });
        return { ...event, response: { userAttributesToMap } };
      },
    });
  interface Answer {
    readonly userInfo: Record<string, string>;
    readonly idToken: Record<string, string>;
  }
  const attributesOf = async (pages: PoolWithPages) => {
    const { UserPoolId } = pages;
    const found = await served
      .sdk()
      .send(new AdminGetUserCommand({ UserPoolId, Username: `Google_${GRACE}` }));
    return Object.fromEntries(found.UserAttributes?.map(({ Name, Value }) => [Name, Value]) ?? []);
  };

  it("gets all that the provider has said, as text", async () => {
    const { pages, events } = await watched();
    await byGoogle(pages);
    const text = expect.any(String);
    expect(events[0]).toMatchObject({
      version: "1",
      triggerSource: "InboundFederation_ExternalProvider",
      userPoolId: pages.UserPoolId,
      userName: expect.stringContaining(GRACE),
      callerContext: { clientId: pages.ClientId },
      request: {
        providerName: "Google",
        providerType: "Google",
        attributes: {
          tokenResponse: {
            access_token: text,
            id_token: text,
            token_type: "Bearer",
            expires_in: "3600",
          },
          idToken: { sub: GRACE, email_verified: "true", aud: "g", exp: text },
          userInfo: { email: "grace@example.com", given_name: "Grace" },
        },
      },
      response: { userAttributesToMap: {} },
    });
  });

  it("says what is mapped, of somebody new and of somebody who comes again", async () => {
    let nickname = "Amazing";
    const { pages, events } = await answering(({ sub, email }) => ({
      sub,
      email: email?.toUpperCase(),
      name: `${nickname} Grace`,
    }));
    await byGoogle(pages);
    // What it leaves out is dropped: the address is not verified any more.
    expect(events[1]?.request.userAttributes).toMatchObject({
      email: "GRACE@EXAMPLE.COM",
      email_verified: "false",
      name: "Amazing Grace",
    });
    expect(await attributesOf(pages)).toMatchObject({ name: "Amazing Grace" });
    nickname = "Admiral";
    await byGoogle(pages);
    expect(await attributesOf(pages)).toMatchObject({ name: "Admiral Grace" });
  });

  it("changes nothing with an empty answer", async () => {
    const { pages } = await answering(() => ({}));
    await byGoogle(pages);
    expect(await attributesOf(pages)).toMatchObject({
      email: "grace@example.com",
      email_verified: "true",
      name: "Grace Hopper",
    });
  });

  it("can refuse somebody before there is a user", async () => {
    const { pages, sources } = await answering(() => {
      throw new Error("not from here");
    });
    const { error, error_description } = told(await byGoogle(pages));
    expect(error).toBe("invalid_request");
    expect(error_description).toContain("not from here");
    expect(sources()).toEqual(["InboundFederation_ExternalProvider"]);
    await expect(attributesOf(pages)).rejects.toThrow("User does not exist.");
  });

  it("is told off for an answer that is no map", async () => {
    const { pages } = await answering(() => ["email"]);
    expect(told(await byGoogle(pages))["error_description"]).toBe("Unrecognizable lambda output");
  });
});
