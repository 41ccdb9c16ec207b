import { mergeAfterMigration, mergeAfterSignIn } from "@carryover/core/identity/merge";
import { sourceDirectory } from "@carryover/core/identity/source-directory";
import { UserMigrated } from "@carryover/events/user-migrated";
import { UserSignedIn } from "@carryover/events/user-signed-in";
import { identityDeps } from "../runtime/identity.ts";
import { searchableSources } from "../runtime/searchable-sources.ts";
import { on, subscriber } from "../runtime/subscriber.ts";
import { subscribers } from "../subscribers.ts";

const deps = {
  ...identityDeps(),
  directory: sourceDirectory(searchableSources(subscribers["merge-sources"])),
};

export const handler = subscriber(
  "merge-sources",
  on(UserMigrated, (event, { log }) => mergeAfterMigration({ ...deps, log }, event)),
  on(UserSignedIn, (event, { log }) => mergeAfterSignIn({ ...deps, log }, event)),
);
