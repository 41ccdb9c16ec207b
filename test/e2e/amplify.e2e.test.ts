import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateIdentityProviderCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  CreateUserPoolDomainCommand,
  SetUserPoolMfaConfigCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { type Services, startServices } from "@carryover/local/services";
import type * as AmplifyAuth from "aws-amplify/auth";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

/** Debian's package `chromium`. */
const CHROMIUM = "/usr/bin/chromium";
const missing = existsSync(CHROMIUM) ? "" : ` (left out: there is no ${CHROMIUM})`;

const PASSWORD = "Correct-Horse-9";
const DOMAIN = "people";

declare const auth: typeof AmplifyAuth;

/** Where the app is, on a server of its own: a browser trusts a page by where it came from. */
let app: string;
let appServer: Server;
let services: Services;
let sdk: CognitoIdentityProviderClient;
let browser: Browser;
let UserPoolId: string;
let ClientId: string;

/** A pool as an Amplify app has it: e-mail addresses as names, passkeys, sign-in pages, and Google. */
async function makePool(): Promise<void> {
  const { UserPool } = await sdk.send(
    new CreateUserPoolCommand({
      PoolName: "amplify",
      UsernameAttributes: ["email"],
      AutoVerifiedAttributes: ["email"],
      Policies: {
        SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"] },
      },
    }),
  );
  UserPoolId = UserPool?.Id ?? "";
  await sdk.send(
    new SetUserPoolMfaConfigCommand({
      UserPoolId,
      WebAuthnConfiguration: { RelyingPartyId: "localhost" },
    }),
  );
  await sdk.send(new CreateUserPoolDomainCommand({ UserPoolId, Domain: DOMAIN }));
  await sdk.send(
    new CreateIdentityProviderCommand({
      UserPoolId,
      ProviderName: "Google",
      ProviderType: "Google",
      ProviderDetails: { client_id: "g", client_secret: "s", authorize_scopes: "openid email" },
      AttributeMapping: { email: "email", email_verified: "email_verified" },
    }),
  );
  const { UserPoolClient } = await sdk.send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: "web",
      ExplicitAuthFlows: ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ["code"],
      AllowedOAuthScopes: ["openid", "email", "aws.cognito.signin.user.admin"],
      CallbackURLs: [app],
      LogoutURLs: [app],
      SupportedIdentityProviders: ["COGNITO", "Google"],
    }),
  );
  ClientId = UserPoolClient?.ClientId ?? "";
}

async function addUser(Username: string, Permanent = true): Promise<void> {
  const UserAttributes = [
    { Name: "email", Value: Username },
    { Name: "email_verified", Value: "true" },
  ];
  const MessageAction = "SUPPRESS";
  await sdk.send(
    new AdminCreateUserCommand({ UserPoolId, Username, MessageAction, UserAttributes }),
  );
  await sdk.send(
    new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: PASSWORD, Permanent }),
  );
}

/** Serves the app: a page with its settings, and the script. */
async function serveApp(script: string): Promise<void> {
  appServer = createServer((request, response) => {
    if (request.url === "/app.js") {
      response.setHeader("content-type", "text/javascript").end(script);
      return;
    }
    const { port } = new URL(services.endpoint);
    const scopes = ["openid", "email", "aws.cognito.signin.user.admin"];
    const config = {
      Auth: {
        Cognito: {
          userPoolId: UserPoolId,
          userPoolClientId: ClientId,
          userPoolEndpoint: services.endpoint,
          loginWith: {
            oauth: {
              domain: `${DOMAIN}.auth.localhost:${port}`,
              scopes,
              redirectSignIn: [app],
              redirectSignOut: [app],
              responseType: "code",
            },
          },
        },
      },
    };
    response
      .setHeader("content-type", "text/html")
      .end(
        `<!doctype html><title>App</title><script>globalThis.amplifyConfig = ${JSON.stringify(config)}</script><script src="/app.js"></script>`,
      );
  });
  await new Promise<void>((resolve) => appServer.listen(0, "127.0.0.1", resolve));
  app = `http://localhost:${(appServer.address() as AddressInfo).port}/`;
}

/** The app in a browser that knows nothing yet. */
async function openApp(): Promise<Page> {
  // The stage's certificate is signed by nobody.
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  await page.goto(app);
  return page;
}

/** Who the app thinks is signed in, by the claims of its ID token. */
function claims(page: Page) {
  return page.evaluate(async () => {
    const { tokens } = await auth.fetchAuthSession();
    return tokens?.idToken?.payload;
  });
}

async function codeFor(address: string): Promise<string> {
  const mails = await fetch(`${services.endpoint}/_local/mailbox?to=${address}`);
  const [mail] = (await mails.json()) as { text: string }[];
  return /\d{6}/.exec(mail?.text ?? "")?.[0] ?? "";
}

describe.skipIf(missing !== "")(`aws-amplify in a browser${missing}`, () => {
  beforeAll(async () => {
    services = await startServices({ port: 0, homeRegion: "us-east-1" });
    sdk = new CognitoIdentityProviderClient({
      region: "us-east-1",
      endpoint: services.endpoint,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    const built = await build({
      entryPoints: [fileURLToPath(new URL("amplify-app.ts", import.meta.url))],
      bundle: true,
      write: false,
      platform: "browser",
      format: "iife",
    });
    await serveApp(built.outputFiles[0]?.text ?? "");
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
    await makePool();
  });
  afterAll(async () => {
    await browser.close();
    appServer.close();
    await services.stop();
  });

  it("signs in by SRP, knows the session, refreshes it and signs out", async () => {
    await addUser("ann@example.com");
    const page = await openApp();
    const step = await page.evaluate(
      (password) => auth.signIn({ username: "ann@example.com", password }),
      PASSWORD,
    );
    expect(step.isSignedIn).toBe(true);
    expect(await claims(page)).toMatchObject({ email: "ann@example.com", token_use: "id" });
    const attributes = await page.evaluate(() => auth.fetchUserAttributes());
    expect(attributes).toMatchObject({ email: "ann@example.com", email_verified: "true" });
    const renewed = await page.evaluate(async () => {
      const before = await auth.fetchAuthSession();
      const after = await auth.fetchAuthSession({ forceRefresh: true });
      return before.tokens?.accessToken.toString() !== after.tokens?.accessToken.toString();
    });
    expect(renewed).toBe(true);
    await page.evaluate(() => auth.signOut({ global: true }));
    expect(await claims(page)).toBeUndefined();
  });

  it("says that a password is wrong, by its name", async () => {
    await addUser("wil@example.com");
    const page = await openApp();
    const error = await page.evaluate(() =>
      auth
        .signIn({ username: "wil@example.com", password: "Wrong-Horse-9" })
        .then(() => "signed in")
        .catch((problem: Error) => `${problem.name}: ${problem.message}`),
    );
    expect(error).toBe("NotAuthorizedException: Incorrect username or password.");
  });

  it("replaces a temporary password", async () => {
    await addUser("ben@example.com", false);
    const page = await openApp();
    const steps = await page.evaluate(async (password) => {
      const first = await auth.signIn({ username: "ben@example.com", password });
      const last = await auth.confirmSignIn({ challengeResponse: "Another-Horse-9" });
      return [first.nextStep.signInStep, last.nextStep.signInStep];
    }, PASSWORD);
    expect(steps).toEqual(["CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED", "DONE"]);
    expect(await claims(page)).toMatchObject({ email: "ben@example.com" });
  });

  it("resets a forgotten password by the code that was mailed", async () => {
    const username = "cat@example.com";
    await addUser(username);
    const page = await openApp();
    const step = await page.evaluate((name) => auth.resetPassword({ username: name }), username);
    expect(step.nextStep.codeDeliveryDetails).toMatchObject({ deliveryMedium: "EMAIL" });
    const confirmationCode = await codeFor(username);
    const signedIn = await page.evaluate(
      async (input) => {
        await auth.confirmResetPassword(input);
        const { isSignedIn } = await auth.signIn({
          username: input.username,
          password: input.newPassword,
        });
        return isSignedIn;
      },
      { username, confirmationCode, newPassword: "Another-Horse-9" },
    );
    expect(signedIn).toBe(true);
  });

  it("signs up without a password, and is signed in by the code that confirms", async () => {
    const username = "gus@example.com";
    const page = await openApp();
    const { nextStep } = await page.evaluate(
      (name) =>
        auth.signUp({
          username: name,
          options: { userAttributes: { email: name }, autoSignIn: { authFlowType: "USER_AUTH" } },
        }),
      username,
    );
    expect(nextStep.signUpStep).toBe("CONFIRM_SIGN_UP");
    const signedIn = await page.evaluate(
      async (input) => {
        await auth.confirmSignUp(input);
        return auth.autoSignIn();
      },
      { username, confirmationCode: await codeFor(username) },
    );
    expect(signedIn.nextStep.signInStep).toBe("DONE");
    expect(await claims(page)).toMatchObject({ email: username, email_verified: true });
  });

  it("makes a passkey, signs in by it, and deletes it", async () => {
    const username = "fay@example.com";
    await addUser(username);
    const page = await openApp();
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("WebAuthn.enable");
    await devtools.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
      },
    });
    const made = await page.evaluate(
      async (input) => {
        await auth.signIn(input);
        await auth.associateWebAuthnCredential();
        const { credentials } = await auth.listWebAuthnCredentials();
        await auth.signOut();
        return credentials;
      },
      { username, password: PASSWORD },
    );
    expect(made).toEqual([
      expect.objectContaining({ relyingPartyId: "localhost", authenticatorAttachment: "platform" }),
    ]);
    const { nextStep, left } = await page.evaluate(async (name) => {
      const signedIn = await auth.signIn({
        username: name,
        options: { authFlowType: "USER_AUTH", preferredChallenge: "WEB_AUTHN" },
      });
      const { credentials } = await auth.listWebAuthnCredentials();
      for (const { credentialId = "" } of credentials) {
        await auth.deleteWebAuthnCredential({ credentialId });
      }
      return { ...signedIn, left: (await auth.listWebAuthnCredentials()).credentials };
    }, username);
    expect(nextStep.signInStep).toBe("DONE");
    expect(left).toEqual([]);
    expect(await claims(page)).toMatchObject({ email: username });
  });

  it("signs in at the sign-in page, and out of it", async () => {
    await addUser("dan@example.com");
    const page = await openApp();
    await page.evaluate(() => auth.signInWithRedirect()).catch(ignoreNavigation);
    await page.fill("input[name=username]", "dan@example.com");
    await page.fill("input[name=password]", PASSWORD);
    await page.click("button[name=signInSubmitButton]");
    await page.waitForURL(`${app}**`);
    await expect.poll(() => claims(page)).toMatchObject({ email: "dan@example.com" });
    await page.evaluate(() => auth.signOut()).catch(ignoreNavigation);
    await page.waitForURL(app);
    await expect.poll(() => claims(page)).toBeUndefined();
    // The page has forgotten the browser too.
    await page.evaluate(() => auth.signInWithRedirect()).catch(ignoreNavigation);
    await page.waitForSelector("input[name=password]");
    expect(new URL(page.url()).pathname).toBe("/login");
  });

  it("signs in by Google", async () => {
    const page = await openApp();
    await page
      .evaluate(() => auth.signInWithRedirect({ provider: "Google" }))
      .catch(ignoreNavigation);
    await page.click("text=Grace Hopper");
    await page.waitForURL(`${app}**`);
    await expect
      .poll(() => claims(page))
      .toMatchObject({
        email: "grace@example.com",
        email_verified: true,
        identities: [{ providerName: "Google" }],
      });
  });
});

/** A page that is left in the middle of a call cannot answer it. */
function ignoreNavigation(error: Error): void {
  if (!/navigation|destroyed|closed/i.test(error.message)) throw error;
}
