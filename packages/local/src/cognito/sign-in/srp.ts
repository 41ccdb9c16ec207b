import {
  createDiffieHellman,
  createHash,
  createHmac,
  getDiffieHellman,
  randomBytes,
} from "node:crypto";
import type { StoredPassword } from "../state.ts";

// The variant of SRP-6a that Cognito's clients compute: facts/cognito.md 3.3. The group is RFC 5054's
// of 3072 bits, the same as RFC 3526 group 15, with g = 2.
const PRIME = getDiffieHellman("modp15").getPrime();
const N = toBigInt(PRIME);
const G = 2n;
// One object for all powers: OpenSSL raises in about half a millisecond, BigInt in three.
const powers = createDiffieHellman(PRIME, 2);
const K = toBigInt(sha256(pad(N), pad(G)));

/** x of SRP as a client computes it. @param username the canonical one, which clients get as USER_ID_FOR_SRP */
function privateKey(poolId: string, username: string, password: string, salt: Buffer): Buffer {
  const inner = sha256(Buffer.from(`${poolName(poolId)}${username}:${password}`));
  return sha256(pad(toBigInt(salt)), inner);
}

export function makeVerifier(poolId: string, username: string, password: string): StoredPassword {
  const salt = randomBytes(16);
  return { salt, verifier: powerOfG(privateKey(poolId, username, password, salt)) };
}

export function verifierOf(
  poolId: string,
  username: string,
  password: string,
  salt: Buffer,
): Buffer {
  return powerOfG(privateKey(poolId, username, password, salt));
}

interface ServerHandshake {
  /** The server's secret exponent. */
  readonly b: Buffer;
  /** `SRP_B`, hexadecimal. */
  readonly publicKey: string;
}

export function startHandshake(verifier: Buffer): ServerHandshake {
  // RFC 5054, 2.5.3: at least 256 bits.
  const b = randomBytes(32);
  const B = (K * toBigInt(verifier) + toBigInt(powerOfG(b))) % N;
  return { b, publicKey: B.toString(16) };
}

/** Whether `SRP_A` is a hexadecimal number. One that is 0 modulo N only fails with its proof. */
export function isPublicKey(hex: string): boolean {
  return /^[0-9a-fA-F]{1,1024}$/.test(hex);
}

interface Proof {
  readonly poolId: string;
  readonly username: string;
  readonly srpA: string;
  readonly srpB: string;
  readonly b: Buffer;
  readonly verifier: Buffer;
  readonly secretBlock: Buffer;
  /** As the client sent it: it is part of what is signed. */
  readonly timestamp: string;
}

/** The signature that a client with the right password sends; undefined for a public key out of the group. */
export function expectedSignature(proof: Proof): Buffer | undefined {
  const A = BigInt(`0x${proof.srpA}`);
  const u = sha256(pad(A), pad(BigInt(`0x${proof.srpB}`)));
  const shared = sharedSecret(A % N, toBigInt(proof.verifier), u, proof.b);
  if (shared === undefined) return undefined;
  const prk = createHmac("sha256", pad(toBigInt(u)))
    .update(pad(shared))
    .digest();
  const info = Buffer.concat([Buffer.from("Caldera Derived Key"), Buffer.from([1])]);
  const key = createHmac("sha256", prk).update(info).digest().subarray(0, 16);
  return createHmac("sha256", key)
    .update(poolName(proof.poolId) + proof.username)
    .update(proof.secretBlock)
    .update(proof.timestamp)
    .digest();
}

function sharedSecret(A: bigint, v: bigint, u: Buffer, b: Buffer): bigint | undefined {
  try {
    const vu = toBigInt(power(v, u));
    return toBigInt(power((A * vu) % N, b));
  } catch {
    // OpenSSL refuses 0, 1 and N-1 as a public key: such a client proves nothing.
    return undefined;
  }
}

function powerOfG(exponent: Buffer): Buffer {
  powers.setPrivateKey(exponent);
  return leftPad(powers.generateKeys());
}

function power(base: bigint, exponent: Buffer): Buffer {
  powers.setPrivateKey(exponent);
  return powers.computeSecret(toBytes(base));
}

function poolName(poolId: string): string {
  return poolId.slice(poolId.indexOf("_") + 1);
}

function sha256(...parts: Buffer[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function toBigInt(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString("hex")}`);
}

function toBytes(value: bigint): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
}

/** The number's bytes, with a zero in front where the top bit is set: it would read as negative. */
function pad(value: bigint): Buffer {
  const bytes = toBytes(value);
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
}

function leftPad(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(PRIME.length - bytes.length), bytes]);
}
