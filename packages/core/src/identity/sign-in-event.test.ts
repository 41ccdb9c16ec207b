import { expect, it } from "vitest";
import * as z from "zod/mini";
import { PoolId, Region, Sub, UserId } from "../kernel/ids.ts";
import { hasCrossed, signedInEvent, signedUpEvent } from "./sign-in-event.ts";

const origin = { stage: "test", region: "eu-central-1", clock: () => 0 };
const region = z.parse(Region, "eu-central-1");
const user = {
  poolId: z.parse(PoolId, "eu-central-1_New"),
  sub: z.parse(Sub, "22222222-2222-4222-8222-222222222222"),
  username: "ann@example.com",
  attributes: {
    email: "ann@example.com",
    "custom:user_id": "11111111-1111-4111-8111-111111111111",
    "custom:legacy_sub": "33333333-3333-4333-8333-333333333333",
    "custom:legacy_source": "legacy",
  },
};
const newcomer = { ...user, attributes: { email: "ann@example.com" } };

it("says who signed in and who they were, and no address", () => {
  const event = signedInEvent(origin, user, { region, clientId: "app" });
  expect(event.name).toBe("UserSignedIn");
  expect(event.detail.data).toEqual({
    userId: "11111111-1111-4111-8111-111111111111",
    poolId: "eu-central-1_New",
    region: "eu-central-1",
    sub: "22222222-2222-4222-8222-222222222222",
    clientId: "app",
    legacySub: "33333333-3333-4333-8333-333333333333",
    legacySource: "legacy",
  });
  expect(JSON.stringify(event)).not.toContain("@");
});

it("says nothing about an old side that there is not", () => {
  const { data } = signedInEvent(origin, newcomer, { region, clientId: "app" }).detail;
  expect(Object.keys(data as object)).toEqual(["userId", "poolId", "region", "sub", "clientId"]);
});

it("tells two sign-ins apart", () => {
  const place = { region, clientId: "app" };
  const [first, second] = [1, 2].map(() => signedInEvent(origin, user, place).detail.metadata.id);
  expect(first).not.toBe(second);
});

it("tells a sign-up once, however often the trigger is called", () => {
  const userId = z.parse(UserId, user.attributes["custom:user_id"]);
  const [first, second] = [1, 2].map(() => signedUpEvent(origin, user, region, userId));
  expect(first).toEqual(second);
  expect(first?.name).toBe("UserSignedUp");
});

it("tells users who crossed from new ones", () => {
  expect([hasCrossed(user), hasCrossed(newcomer)]).toEqual([true, false]);
});
