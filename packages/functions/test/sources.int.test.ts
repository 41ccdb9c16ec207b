import { UserLambdaValidationException } from "@aws-sdk/client-cognito-identity-provider";
import { clientsFor } from "@carryover/local/clients";
import { describe, expect, it } from "vitest";
import { givenASubscriber } from "./steps/downstream.ts";
import { oldSub, signIn, signInOnce, verified } from "./steps/sign-in.ts";
import { aUser, broken, configFile, givenAStage, type TestStage } from "./steps/stage.ts";

const FIRST = "us-east-1_First0001";
const SECOND = "eu-west-1_Second001";

const given = givenAStage({
  configFile: configFile("two-sources"),
  seed: {
    sources: {
      first: {
        users: [
          ...["both", "throttled", "slow", "gone", "europe"].map((name) =>
            aUser(`${name}@example.com`),
          ),
          aUser("mixed@example.com"),
        ],
      },
      second: {
        users: [
          aUser("second@example.com"),
          aUser("both@example.com", { password: "Second-Password-1!" }),
          aUser("mixed@example.com", { password: "Second-Password-1!" }),
          ...["throttled", "slow", "gone"].map((name) => aUser(`${name}@example.com`)),
        ],
      },
    },
  },
});

describe("several old pools", () => {
  it("are asked in order, also one of another account and region with a client secret", async () => {
    const test = given();

    const { IdToken } = await signIn(test, "second@example.com");

    const sub = await oldSub(test, "second", "second@example.com");
    const claims = await verified(test, IdToken);
    expect(claims).toMatchObject({ "custom:legacy_source": "second", "custom:legacy_sub": sub });
    expect(claims["user_id"]).not.toBe(sub);
  });

  it("let somebody in by the second pool's password, and lead to one person from both", async () => {
    const test = given();
    const subscriber = await givenASubscriber(test, "team-both", ["UserIdMapped"]);

    const { IdToken } = await signIn(test, "both@example.com", { password: "Second-Password-1!" });

    const { user_id } = await verified(test, IdToken);
    const pools = new Set<unknown>();
    await subscriber.first(({ detail }) => {
      if (detail.data["userId"] === user_id) {
        pools.add((detail.data["old"] as { poolId: string }).poolId);
      }
      return pools.size === 2;
    });
    expect(pools).toEqual(new Set([FIRST, SECOND]));
  });

  it("mint the same user ID for a person in whichever region the crossing is", async () => {
    const test = given();

    const home = await signIn(test, "mixed@example.com");
    const abroad = await signIn(inEurope(test), "mixed@example.com");

    const { user_id, sub } = await verified(test, home.IdToken);
    const there = await verified(inEurope(test), abroad.IdToken);
    expect(user_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5/);
    expect(there["user_id"]).toBe(user_id);
    expect(there["sub"]).not.toBe(sub);
  });
});

describe("an old pool that does not answer", () => {
  it.each([
    ["throttled", { kind: "throttle" }],
    ["slow", { kind: "slow", delayMs: 6000 }],
    ["gone", { kind: "cut-off" }],
  ])(
    "is never taken for a wrong password, and the next pool is not asked: %s",
    async (name, effect) => {
      const test = given();
      const mend = await broken(test.stage.ready.endpoint, {
        service: "cognito-idp",
        userPoolId: FIRST,
        effect,
      });
      const before = (await triggerRuns(test)).length;

      const answer = await signInOnce(test, `${name}@example.com`).catch((error: unknown) => error);
      await mend();
      const outcomes = (await triggerRuns(test)).slice(before).map(({ outcome }) => outcome);

      expect(answer).toBeInstanceOf(UserLambdaValidationException);
      expect(answer).toHaveProperty(
        "message",
        expect.stringContaining("UserMigration failed with error TRY_AGAIN_LATER"),
      );
      // The trigger answered by itself, once: Cognito did not have to end it, and so did not try again.
      expect(outcomes).toEqual(["threw"]);
      const claims = await verified(test, (await signIn(test, `${name}@example.com`)).IdToken);
      expect(claims).toHaveProperty("custom:legacy_source", "first");
    },
  );
});

describe("a new pool of another region", () => {
  it("takes the same users, and its events reach the hub", async () => {
    const test = given();
    const subscriber = await givenASubscriber(test, "team-hub", ["UserMigrated"]);

    const { AccessToken } = await signIn(inEurope(test), "europe@example.com");

    const { user_id } = await verified(inEurope(test), AccessToken);
    const event = await subscriber.first(({ detail }) => detail.data["userId"] === user_id);
    expect(event.detail.metadata["region"]).toBe("eu-central-1");
  });
});

/** Every run of the user-migration trigger so far, oldest first. */
async function triggerRuns({ stage }: TestStage): Promise<readonly { readonly outcome: string }[]> {
  const url = `${stage.ready.endpoint}/_local/invocations?function=carryover-local-user-migration`;
  return (await (await fetch(url)).json()) as { outcome: string }[];
}

/** The same stage, seen by an app of the other region. */
function inEurope({ stage }: TestStage): TestStage {
  const target = stage.ready.targets.find(({ region }) => region === "eu-central-1");
  if (!target) throw new Error("the configuration has a pool in eu-central-1");
  return { stage, target, clients: clientsFor(stage.ready.endpoint, target.region) };
}
