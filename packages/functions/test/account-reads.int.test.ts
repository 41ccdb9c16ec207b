import { CreateUserPoolCommand, ListUsersCommand } from "@aws-sdk/client-cognito-identity-provider";
import { accountReader } from "@carryover/core/aws/account-reader";
import { poolWalk } from "@carryover/core/aws/pool-walk";
import { PoolId, Region, Sub } from "@carryover/core/kernel/ids";
import { type Clients, clientsFor } from "@carryover/local/clients";
import { SeedUser } from "@carryover/local/seed";
import { type Services, startServices } from "@carryover/local/services";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { broken } from "./steps/stage.ts";

const region = Region.parse("us-east-1");
const nobody = Sub.parse("00000000-0000-4000-8000-000000000000");

let services: Services;
let cognito: Clients["cognito"];
let userPoolId: PoolId;
let sub: Sub;
/** A pool with somebody who came by a provider. */
beforeAll(async () => {
  services = await startServices({ port: 0, homeRegion: region });
  cognito = clientsFor(services.endpoint, region).cognito;
  const { UserPool } = await cognito.send(new CreateUserPoolCommand({ PoolName: "new" }));
  userPoolId = PoolId.parse(UserPool?.Id);
  services.cognito.plant(userPoolId, [
    SeedUser.parse({ username: "Google_117", status: "EXTERNAL_PROVIDER" }),
  ]);
  const { Users: [user] = [] } = await cognito.send(
    new ListUsersCommand({ UserPoolId: userPoolId }),
  );
  sub = Sub.parse(user?.Attributes?.find(({ Name }) => Name === "sub")?.Value);
});
afterAll(() => services.stop());

const mends: (() => Promise<void>)[] = [];
const answers = async (operation: string, effect: object) => {
  mends.push(await broken(services.endpoint, { service: "cognito-idp", operation, effect }));
};
/** AdminGetUser takes the sub of a local user alone, which the stage does not tell apart. */
beforeEach(() => answers("AdminGetUser", { kind: "error", type: "UserNotFoundException" }));
afterEach(async () => {
  for (const mend of mends.splice(0)) await mend();
});

it("finds who came by a provider when reconcile asks whether they are gone", async () => {
  const pool = poolWalk(cognito, { region, userPoolId });

  expect(await pool.find(sub)).toMatchObject({ username: "Google_117", sub });
  expect(await pool.find(nobody)).toBeUndefined();
});

describe("an account to be written to", () => {
  const read = (username: string, poolId = userPoolId) =>
    accountReader(() => cognito).find({ region, poolId, username });

  it("is found, also of who came by a provider", async () => {
    expect(await read(sub)).toMatchObject({ username: "Google_117", sub });
    expect(await read(nobody)).toBe("not-found");
  });

  it("is refused by a pool that is gone, or may not be read", async () => {
    expect(await read(sub, PoolId.parse("us-east-1_Gone00001"))).toBe("refused");
    await answers("ListUsers", { kind: "error", type: "AccessDeniedException" });
    expect(await read(sub)).toBe("refused");
  });

  it("is not answered for by a pool out of reach", async () => {
    await answers("ListUsers", { kind: "cut-off" });
    expect(await read(sub)).toBe("no-answer");
  });
});
