import { createHmac, randomBytes } from "node:crypto";
import { notAuthorized, passwordResetRequired } from "../errors.ts";
import { hidesUsers } from "../pools/client-settings.ts";
import type { Client, Ctx, User } from "../state.ts";
import { refuseLockedOut } from "../users/passwords.ts";
import { openSession, type Session } from "./sessions.ts";
import { isPublicKey, startHandshake } from "./srp.ts";

/** Who proves a password by SRP, and where in which flow. */
interface Prover {
  readonly client: Client;
  /** A name where nobody has it. */
  readonly user: User | string;
  /** `SRP_A`, hexadecimal. */
  readonly srpA: string;
  /** The flow that goes on once the password is proved. */
  readonly custom?: Session["custom"];
}

/** @throws AwsError NotAuthorizedException for a public key that is no number, whoever sends it */
export function checkPublicKey(srpA: string): void {
  if (!isPublicKey(srpA)) throw notAuthorized();
}

/**
 * Asks for the proof of a password; for an unknown name pretends to.
 * @throws AwsError NotAuthorizedException locked out, or no password; PasswordResetRequiredException
 */
export function challengePassword(ctx: Ctx, prover: Prover): object {
  const { user, client } = prover;
  if (typeof user === "string") return open(ctx, prover, pretendedParty(client, user));
  refuseLockedOut(user, ctx.deps.clock());
  if (user.password === undefined) {
    // facts/cognito.md 3.4: where users are hidden, so are those without a password.
    if (hidesUsers(client.settings))
      return open(ctx, prover, pretendedParty(client, user.username));
    throw user.status === "RESET_REQUIRED" ? passwordResetRequired() : notAuthorized();
  }
  return open(ctx, prover, { ...user.password, name: user.username });
}

interface Party {
  readonly salt: Buffer;
  readonly verifier: Buffer;
  readonly name: string;
}

function open(ctx: Ctx, { client, user, srpA, custom }: Prover, party: Party): object {
  const { b, publicKey } = startHandshake(party.verifier);
  const secretBlock = randomBytes(720).toString("base64");
  // Cognito gives no Session here: the block is what the answer is recognised by.
  openSession(
    ctx,
    {
      challenge: "PASSWORD_VERIFIER",
      client,
      ...(typeof user === "string" ? { name: user } : { user }),
      ...(custom !== undefined && { custom }),
      srp: { A: srpA, B: publicKey, b },
    },
    secretBlock,
  );
  return {
    ChallengeName: "PASSWORD_VERIFIER",
    ChallengeParameters: {
      SALT: party.salt.toString("hex"),
      SRP_B: publicKey,
      SECRET_BLOCK: secretBlock,
      USERNAME: party.name,
      USER_ID_FOR_SRP: party.name,
    },
  };
}

/** An unknown name gets the same salt and id each time, as a known one would: facts/cognito.md 3.4. */
function pretendedParty(client: Client, name: string): Party {
  const hash = createHmac("sha256", client.pool.secret).update(name).digest();
  const hex = hash.toString("hex");
  const uuid = [8, 4, 4, 4, 12].reduce<{ parts: string[]; at: number }>(
    ({ parts, at }, length) => ({ parts: [...parts, hex.slice(at, at + length)], at: at + length }),
    { parts: [], at: 0 },
  );
  return {
    salt: hash.subarray(16),
    verifier: hash,
    name: client.pool.usernameAttributes.length > 0 ? uuid.parts.join("-") : name,
  };
}
