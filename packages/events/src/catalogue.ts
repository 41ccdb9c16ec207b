import { CampaignFinished } from "./campaign-finished.ts";
import { DownstreamAcknowledged } from "./downstream-acknowledged.ts";
import { DownstreamFailed } from "./downstream-failed.ts";
import { DownstreamUpdated } from "./downstream-updated.ts";
import { MigrationPhaseChanged } from "./migration-phase-changed.ts";
import { OnboardingMailFailed } from "./onboarding-mail-failed.ts";
import { OnboardingMailSent } from "./onboarding-mail-sent.ts";
import { RelocationRequested } from "./relocation-requested.ts";
import { SocialIdentityLinked } from "./social-identity-linked.ts";
import { UserCannotBeReached } from "./user-cannot-be-reached.ts";
import { UserIdMapped } from "./user-id-mapped.ts";
import { UserInvited } from "./user-invited.ts";
import { UserMigrated } from "./user-migrated.ts";
import { UserPlaced } from "./user-placed.ts";
import { UserRelocated } from "./user-relocated.ts";
import { UserSignedIn } from "./user-signed-in.ts";
import { UserSignedUp } from "./user-signed-up.ts";

/** THE list of events that are on the bus. Each is frozen: it may gain an optional field, nothing else. */
export const published = [
  UserMigrated,
  UserSignedIn,
  UserSignedUp,
  UserIdMapped,
  UserPlaced,
  RelocationRequested,
  UserRelocated,
  DownstreamUpdated,
  DownstreamFailed,
  DownstreamAcknowledged,
  OnboardingMailSent,
  OnboardingMailFailed,
  UserCannotBeReached,
] as const;

/** Events that nothing publishes yet. They may still change; publish one, and move it to the list above. */
export const planned = [
  UserInvited,
  CampaignFinished,
  SocialIdentityLinked,
  MigrationPhaseChanged,
] as const;
