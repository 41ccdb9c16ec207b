import { expect, it } from "vitest";
import { givenASubscriber } from "../../functions/test/steps/downstream.ts";
import { oldSub, signIn } from "../../functions/test/steps/sign-in.ts";
import { aUser, configFile, eventually, givenAStage } from "../../functions/test/steps/stage.ts";
import { carryover } from "./command.ts";

const SECOND = "eu-west-1_Second001";
const people = ["anna", "ben"].map((name) => `${name}@example.com`);

const given = givenAStage({
  configFile: configFile("two-sources"),
  seed: {
    sources: {
      first: { users: people.map((email) => aUser(email)) },
      second: {
        users: people.map((email) => aUser(email, { attributes: { email_verified: "false" } })),
      },
    },
  },
});

it("joins an account with an unproved address by an operator's word, or leaves it alone, and keeps who said so", async () => {
  const test = given();
  const { ready } = test.stage;
  const at = ["--table", ready.tables["identity"] ?? "", "--region", ready.region];
  const reviews = (...more: string[]) => carryover(test.stage, "reviews", ...more, ...at);
  const team = await givenASubscriber(test, "team", ["UserIdMapped"]);
  for (const email of people) await signIn(test, email);
  const [anna = "", ben = ""] = await Promise.all(
    people.map((email) => oldSub(test, "second", email)),
  );
  const listed = await eventually("both wait for a decision", async () => {
    const { stdout } = await reviews();
    return stdout.includes(anna) && stdout.includes(ben) ? stdout : undefined;
  });
  const userOf = (sub: string) => {
    const line = listed.split("\n").find((text) => text.includes(sub));
    return line?.split("│")[3]?.trim() ?? "";
  };
  const why = ["--reason", "asked by phone"];
  const bus = ["--bus", ready.busName];

  const merged = await reviews("merge", userOf(anna), SECOND, anna, ...bus, ...why);
  const kind = "unverified-contact";
  const dismissed = await reviews("dismiss", kind, userOf(ben), SECOND, ben, ...why);
  const otherwise = await reviews("dismiss", kind, userOf(anna), SECOND, anna, ...why);

  const by = "by arn:aws:iam::000000000000:user/local: asked by phone";
  expect(merged).toMatchObject({ code: 0, stdout: expect.stringMatching(/^merged at /) });
  expect(merged.stdout).toContain(by);
  expect(dismissed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^dismissed at /) });
  expect(otherwise).toMatchObject({ code: 5, stderr: expect.stringContaining("already: merge") });
  const event = await team.first(
    ({ detail }) => (detail.data["old"] as { sub: string }).sub === anna,
  );
  expect(event.detail.data).toMatchObject({ userId: userOf(anna), old: { poolId: SECOND } });
  expect((await reviews()).stdout).toContain("Nothing waits for a decision.");
  const closed = (await reviews("--closed")).stdout.split("\n");
  expect(closed.find((line) => line.includes(anna))).toMatch(/│ merge +│.*user\/local/);
  expect(closed.find((line) => line.includes(ben))).toMatch(/│ dismiss +│.*user\/local/);
  const said = (await team.all()).map(({ detail }) => (detail.data["old"] as { sub: string }).sub);
  expect(said).not.toContain(ben);
});
