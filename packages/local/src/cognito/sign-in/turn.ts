import type { AwsError } from "../../service.ts";
import { notAuthorized } from "../errors.ts";
import type { Client, Ctx, User } from "../state.ts";
import type { Session } from "./sessions.ts";

/** An answer to a challenge, whose session has been found to be open and the user's. */
export interface Turn {
  readonly ctx: Ctx;
  readonly client: Client;
  readonly user: User;
  readonly session: Session;
  /** `ChallengeResponses` of the call. */
  readonly responses: Record<string, string>;
  readonly clientMetadata: Record<string, string> | undefined;
}

export function foreignSession(): AwsError {
  return notAuthorized("Invalid session for the user.");
}
