import {
  AdminCreateUserCommand,
  AdminGetUserCommand,
  NotAuthorizedException,
} from "@aws-sdk/client-cognito-identity-provider";
import { describe, expect, it } from "vitest";
import { givenASubscriber } from "./steps/downstream.ts";
import { oldSub, signIn, verified } from "./steps/sign-in.ts";
import { aUser, configFile, givenAStage, PASSWORD, type TestStage } from "./steps/stage.ts";

/** Somebody of a pool in which people have a username and an address. */
const named = (username: string, more: Parameters<typeof aUser>[1] = {}) => ({
  ...aUser(`${username}@example.com`, more),
  username,
});

const given = givenAStage({
  configFile: configFile("alias-pool"),
  seed: {
    sources: {
      legacy: {
        pool: { UsernameAttributes: undefined, AliasAttributes: ["email"] },
        users: [
          named("gina", { attributes: { "custom:tier": "gold" } }),
          named("hugo"),
          named("taken"),
          named("unproved", { attributes: { email_verified: "false" } }),
          named("factor", { totpSecret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP" }),
        ],
      },
    },
  },
});

describe("a new pool in which an address stands beside a username", () => {
  it("keeps the username of somebody who typed the address, and takes both from then on", async () => {
    const test = given();

    await signIn(test, "gina@example.com");

    expect(await usernameOf(test, "gina@example.com")).toBe("gina");
    await expect(signIn(test, "gina")).resolves.toHaveProperty("IdToken");
  });

  it("takes somebody over who typed the username", async () => {
    const test = given();

    await signIn(test, "hugo");

    expect(await usernameOf(test, "hugo@example.com")).toBe("hugo");
  });

  it("gives the user ID as username to somebody whose name is taken", async () => {
    const test = given();
    await test.clients.cognito.send(
      new AdminCreateUserCommand({
        UserPoolId: test.target.userPoolId,
        Username: "taken",
        MessageAction: "SUPPRESS",
        TemporaryPassword: PASSWORD,
      }),
    );

    await signIn(test, "taken@example.com");

    const sub = await oldSub(test, "legacy", "taken");
    expect(await usernameOf(test, "taken@example.com")).toBe(sub);
  });

  it("does not let an address that nobody verified become a way in", async () => {
    const test = given();

    await expect(signIn(test, "unproved@example.com")).rejects.toBeInstanceOf(
      NotAuthorizedException,
    );
    await expect(signIn(test, "unproved")).resolves.toHaveProperty("IdToken");
  });
});

describe("the configuration, in a deployed trigger", () => {
  it("runs the mapping's own function", async () => {
    const test = given();

    const { IdToken } = await signIn(test, "gina");

    await expect(verified(test, IdToken)).resolves.toHaveProperty("custom:tier", "GOLD");
  });

  it("follows the stage's override: a second factor is to be set up again, and the event says so", async () => {
    const test = given();
    const subscriber = await givenASubscriber(test, "team-factor", ["UserMigrated"]);

    await signIn(test, "factor");

    const sub = await oldSub(test, "legacy", "factor");
    const event = await subscriber.first(({ detail }) => detail.data["userId"] === sub);
    expect(event.detail.data["mfa"]).toBe("reenrol");
  });
});

async function usernameOf({ clients, target }: TestStage, login: string): Promise<unknown> {
  const { Username } = await clients.cognito.send(
    new AdminGetUserCommand({ UserPoolId: target.userPoolId, Username: login }),
  );
  return Username;
}
