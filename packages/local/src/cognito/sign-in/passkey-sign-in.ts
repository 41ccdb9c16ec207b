import type { AuthenticationResponseJSON } from "@simplewebauthn/server";
import * as z from "zod/mini";
import { invalidParameter, notAuthorized } from "../errors.ts";
import { required } from "../input.ts";
import { sessionLifetimeMs } from "../pools/client-settings.ts";
import { type Client, type Ctx, type Passkey, randomToken, type User } from "../state.ts";
import { clientDataOf } from "./passkeys.ts";
import { isOriginOf, relyingParty, usablePasskeys, verification } from "./relying-party.ts";
import { closeSession, openSession } from "./sessions.ts";
import { finishSignIn } from "./sign-in.ts";
import { foreignSession, type Turn } from "./turn.ts";

/** Asks for a passkey of the user's. */
export function challengePasskey(
  ctx: Ctx,
  { client, user }: { readonly client: Client; readonly user: User },
): object {
  const { pool, settings } = client;
  const challenge = randomToken(32);
  const options = {
    challenge,
    timeout: sessionLifetimeMs(settings),
    rpId: relyingParty(pool),
    allowCredentials: usablePasskeys(pool, user).map(({ id, transports }) => ({
      type: "public-key",
      id,
      transports,
    })),
    userVerification: verification(pool),
  };
  return {
    ChallengeName: "WEB_AUTHN",
    Session: openSession(ctx, { challenge: "WEB_AUTHN", client, user, passkey: { challenge } }),
    ChallengeParameters: { CREDENTIAL_REQUEST_OPTIONS: JSON.stringify(options) },
  };
}

const Assertion = z.looseObject({
  id: z.string(),
  rawId: z.string(),
  type: z.literal("public-key"),
  clientExtensionResults: z.optional(z.looseObject({})),
  response: z.looseObject({
    clientDataJSON: z.string(),
    authenticatorData: z.string(),
    signature: z.string(),
  }),
});

/** Takes the answer to WEB_AUTHN. In which words AWS refuses a wrong one is not known. */
export async function answerPasskey(turn: Turn): Promise<object> {
  const { ctx, client, user, session, clientMetadata } = turn;
  const answer = assertionOf(required(turn.responses, "CREDENTIAL"));
  if (session.passkey === undefined) throw foreignSession();
  // What was signed is signed for this challenge alone.
  closeSession(session);
  const passkey = user.passkeys.get(answer.id);
  if (passkey === undefined) throw notAuthorized();
  passkey.counter = await counterOf(client, passkey, session.passkey.challenge, answer);
  return finishSignIn(ctx, { client, user, clientMetadata });
}

function assertionOf(text: string): AuthenticationResponseJSON {
  try {
    return Assertion.parse(JSON.parse(text)) as AuthenticationResponseJSON;
  } catch {
    throw invalidParameter("Invalid CREDENTIAL: it is not an AuthenticationResponseJSON.");
  }
}

/** How often the passkey has signed by now, where it counts. @throws AwsError NotAuthorizedException for a wrong answer */
async function counterOf(
  { pool }: Client,
  { id, publicKey, counter }: Passkey,
  challenge: string,
  response: AuthenticationResponseJSON,
): Promise<number> {
  const party = relyingParty(pool);
  const { origin } = clientDataOf(response.response.clientDataJSON);
  if (!isOriginOf(origin, party)) throw notAuthorized();
  const { verifyAuthenticationResponse } = await import("@simplewebauthn/server");
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: party,
      credential: { id, publicKey: new Uint8Array(publicKey), counter },
      requireUserVerification: verification(pool) === "required",
    });
    if (verified) return authenticationInfo.newCounter;
  } catch {
    // The library says in a text what is wrong; whoever signs in is told as little as about a password.
  }
  throw notAuthorized();
}
