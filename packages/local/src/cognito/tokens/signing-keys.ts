import { generateKeyPair, type KeyObject, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import type { Pool } from "../state.ts";

interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** A pool signs the two kinds of token by different keys: facts/cognito.md 3.5. */
export interface SigningKeys {
  readonly id: SigningKey;
  readonly access: SigningKey;
}

const RSA = { modulusLength: 2048 };
const generate = promisify(generateKeyPair);

/** The pool's keys, made when they are first wanted: generation takes too long to do for every pool. */
export function signingKeys(pool: Pool): Promise<SigningKeys> {
  pool.pendingKeys ??= makeKeys(pool);
  return pool.pendingKeys;
}

async function makeKeys(pool: Pool): Promise<SigningKeys> {
  if (pool.keys !== undefined) return pool.keys;
  const [id, access] = await Promise.all([generate("rsa", RSA), generate("rsa", RSA)]);
  pool.keys = { id: named(id), access: named(access) };
  return pool.keys;
}

/** The pool's JWKS. */
export async function publicKeys(pool: Pool): Promise<{ keys: object[] }> {
  const { id, access } = await signingKeys(pool);
  const keys = [id, access].map(({ kid, publicKey }) => ({
    ...publicKey.export({ format: "jwk" }),
    kid,
    alg: "RS256",
    use: "sig",
  }));
  return { keys };
}

function named(pair: { privateKey: KeyObject; publicKey: KeyObject }): SigningKey {
  return { kid: randomBytes(32).toString("base64"), ...pair };
}
