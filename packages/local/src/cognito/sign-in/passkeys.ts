import type { RegistrationResponseJSON } from "@simplewebauthn/server";
import * as z from "zod/mini";
import { AwsError } from "../../service.ts";
import { invalidParameter, resourceNotFound } from "../errors.ts";
import { operation } from "../input.ts";
import { sessionLifetimeMs } from "../pools/client-settings.ts";
import { paged } from "../pools/pools.ts";
import { type Passkey, type Pool, randomToken, seconds } from "../state.ts";
import { readAccessToken } from "../tokens/access-tokens.ts";
import { allowedFactors } from "./first-factors.ts";
import { isOriginOf, relyingParty, verification } from "./relying-party.ts";

// facts/cognito.md 6
const MOST_PASSKEYS = 20;
/** ES256 and RS256, as the API reference shows them. */
const ALGORITHMS = [-7, -257];

const Signed = z.object({ AccessToken: z.string() });

export const startWebAuthnRegistration = operation(Signed, async (ctx, input) => {
  const { pool, client, user } = await readAccessToken(ctx, input.AccessToken);
  requirePasskeys(pool);
  const party = relyingParty(pool);
  if (user.passkeys.size >= MOST_PASSKEYS) {
    throw new AwsError(
      "LimitExceededException",
      `A user can have no more than ${MOST_PASSKEYS} passkeys.`,
    );
  }
  const challenge = randomToken(32);
  // How long it waits is not documented: as long as a sign-in's challenge here.
  const expiresAtMs = ctx.deps.clock() + sessionLifetimeMs(client.settings);
  user.passkeyOffer = { challenge, clientId: client.id, expiresAtMs };
  // The form of the API reference's example.
  return {
    CredentialCreationOptions: {
      rp: { id: party, name: party },
      user: {
        id: Buffer.from(user.sub).toString("base64url"),
        name: user.username,
        displayName: user.username,
      },
      challenge,
      pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: "public-key", alg })),
      timeout: 60_000,
      excludeCredentials: [...user.passkeys.keys()].map((id) => ({ type: "public-key", id })),
      authenticatorSelection: {
        requireResidentKey: true,
        residentKey: "required",
        userVerification: verification(pool),
      },
    },
  };
});

/** @throws AwsError WebAuthnNotEnabledException */
function requirePasskeys(pool: Pool): void {
  if (allowedFactors(pool).includes("WEB_AUTHN")) return;
  throw new AwsError("WebAuthnNotEnabledException", "Passkeys are not enabled for the user pool.");
}

const Registration = z.looseObject({
  id: z.string(),
  rawId: z.string(),
  type: z.literal("public-key"),
  authenticatorAttachment: z.nullish(z.enum(["platform", "cross-platform"])),
  clientExtensionResults: z.optional(z.looseObject({})),
  response: z.looseObject({
    clientDataJSON: z.string(),
    attestationObject: z.string(),
    transports: z.optional(z.array(z.string())),
  }),
});

export const completeWebAuthnRegistration = operation(
  z.extend(Signed, { Credential: Registration }),
  async (ctx, input) => {
    const { pool, client, user } = await readAccessToken(ctx, input.AccessToken);
    requirePasskeys(pool);
    const party = relyingParty(pool);
    const { passkeyOffer: offer } = user;
    if (offer === undefined || ctx.deps.clock() >= offer.expiresAtMs) throw challengeGone();
    if (offer.clientId !== client.id) {
      throw new AwsError(
        "WebAuthnClientMismatchException",
        "The registration was started by another app client.",
      );
    }
    // Before anything is awaited: of two equal answers only one is taken.
    delete user.passkeyOffer;
    const { Credential } = input;
    const { challenge, origin } = clientDataOf(Credential.response.clientDataJSON);
    if (challenge !== offer.challenge) throw challengeGone();
    if (!isOriginOf(origin, party)) {
      throw new AwsError(
        "WebAuthnOriginNotAllowedException",
        `The origin ${origin} does not belong to the relying party ${party}.`,
      );
    }
    const registered = await verified(Credential as RegistrationResponseJSON, {
      expectedChallenge: offer.challenge,
      expectedOrigin: origin,
      expectedRPID: party,
      requireUserVerification: verification(pool) === "required",
    });
    user.passkeys.set(registered.id, {
      id: registered.id,
      publicKey: Buffer.from(registered.publicKey),
      counter: registered.counter,
      transports: Credential.response.transports ?? [],
      ...(Credential.authenticatorAttachment && { attachment: Credential.authenticatorAttachment }),
      party,
      createdAtMs: ctx.deps.clock(),
    });
    return {};
  },
);

function challengeGone(): AwsError {
  return new AwsError(
    "WebAuthnChallengeNotFoundException",
    "The challenge of the registration is unknown or has expired.",
  );
}

const ClientData = z.looseObject({ challenge: z.string(), origin: z.string() });

/** What the browser says it was asked, and for whom. @throws AwsError InvalidParameterException */
export function clientDataOf(encoded: string): z.infer<typeof ClientData> {
  try {
    return ClientData.parse(JSON.parse(Buffer.from(encoded, "base64url").toString()));
  } catch {
    throw invalidParameter("Invalid clientDataJSON in the credential.");
  }
}

interface Expected {
  readonly expectedChallenge: string;
  readonly expectedOrigin: string;
  readonly expectedRPID: string;
  readonly requireUserVerification: boolean;
}

async function verified(response: RegistrationResponseJSON, expected: Expected) {
  // On demand: it takes a third of a second to load, and most stages never see a passkey.
  const { verifyRegistrationResponse } = await import("@simplewebauthn/server");
  try {
    const options = { response, ...expected, supportedAlgorithmIDs: ALGORITHMS };
    const { registrationInfo } = await verifyRegistrationResponse(options);
    if (registrationInfo !== undefined) return registrationInfo.credential;
  } catch (error) {
    if (error instanceof Error && error.name === "UnexpectedRPIDHash") {
      throw new AwsError(
        "WebAuthnRelyingPartyMismatchException",
        `The passkey is not for the relying party ${expected.expectedRPID}.`,
      );
    }
    throw unsupported(error instanceof Error ? error.message : "it cannot be read");
  }
  throw unsupported("its attestation is wrong");
}

function unsupported(why: string): AwsError {
  return new AwsError(
    "WebAuthnCredentialNotSupportedException",
    `The passkey is not supported: ${why}`,
  );
}

export const listWebAuthnCredentials = operation(
  z.extend(Signed, { MaxResults: z.optional(z.int()), NextToken: z.optional(z.string()) }),
  async (ctx, input) => {
    const { user } = await readAccessToken(ctx, input.AccessToken);
    const page = { NextToken: input.NextToken, MaxResults: input.MaxResults || MOST_PASSKEYS };
    return paged([...user.passkeys.values()], page, "Credentials", describePasskey);
  },
);

/** `WebAuthnCredentialDescription` of the API. AWS makes names up, in a way that is not documented. */
function describePasskey(passkey: Passkey): object {
  return {
    CredentialId: passkey.id,
    FriendlyCredentialName: "Passkey",
    RelyingPartyId: passkey.party,
    ...(passkey.attachment !== undefined && { AuthenticatorAttachment: passkey.attachment }),
    AuthenticatorTransports: passkey.transports,
    CreatedAt: seconds(passkey.createdAtMs),
  };
}

export const deleteWebAuthnCredential = operation(
  z.extend(Signed, { CredentialId: z.string() }),
  async (ctx, input) => {
    const { user } = await readAccessToken(ctx, input.AccessToken);
    if (!user.passkeys.delete(input.CredentialId)) {
      throw resourceNotFound("The passkey does not exist.");
    }
    return {};
  },
);
