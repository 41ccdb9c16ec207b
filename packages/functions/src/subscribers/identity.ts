import { linkMigration, linkSignIn } from "@carryover/core/identity/commands";
import { UserMigrated } from "@carryover/events/user-migrated";
import { UserSignedIn } from "@carryover/events/user-signed-in";
import { UserSignedUp } from "@carryover/events/user-signed-up";
import { identityDeps } from "../runtime/identity.ts";
import { on, subscriber } from "../runtime/subscriber.ts";

const deps = identityDeps();

export const handler = subscriber(
  "identity",
  on(UserMigrated, (event, { log }) => linkMigration({ ...deps, log }, event)),
  on(UserSignedIn, (event, { log }) => linkSignIn({ ...deps, log }, event)),
  on(UserSignedUp, (event, { log }) => linkSignIn({ ...deps, log }, event)),
);
