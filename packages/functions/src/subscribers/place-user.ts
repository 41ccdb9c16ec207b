import { regionalPool } from "@carryover/core/aws/regional-pool";
import { cognitoClient } from "@carryover/core/aws/sdk";
import { placeAfterSignIn } from "@carryover/core/placement/place-user";
import { UserSignedIn } from "@carryover/events/user-signed-in";
import { UserSignedUp } from "@carryover/events/user-signed-up";
import { endSessions } from "../runtime/old-home.ts";
import { placeUserDeps } from "../runtime/placement.ts";
import { on, subscriber } from "../runtime/subscriber.ts";
import { linked } from "../runtime/wire.ts";

const { region } = linked("Migration");
const deps = {
  ...placeUserDeps(),
  endSessions,
  pool: regionalPool(cognitoClient(region), region),
};

export const handler = subscriber(
  "place-user",
  on(UserSignedIn, (event, { log }) => placeAfterSignIn({ ...deps, log }, event)),
  on(UserSignedUp, (event, { log }) => placeAfterSignIn({ ...deps, log }, event)),
);
