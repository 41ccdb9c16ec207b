import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import * as z from "zod/mini";
import type { Clock } from "../kernel/clock.ts";

/** Cognito's `AuthSessionValidity` is 3 to 15 minutes, 3 by default: none can have ended before that. */
const LIFETIME_SECONDS = 180;

const SALT_BYTES = 16;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Whose half-finished sign-in. Only the same password opens what was kept under it. */
export interface SessionOwner {
  readonly sourceId: string;
  /** As typed. */
  readonly login: string;
  readonly password: string;
}

/** What is kept: enough to answer the source's challenge later without starting a new one. */
const KeptChallenge = z.object({ name: z.string(), session: z.string(), username: z.string() });
export type KeptChallenge = z.infer<typeof KeptChallenge>;

/** Half-finished second factors: kept for three minutes, replaced by the next one of the same login. */
export interface MfaSessions {
  keep(owner: SessionOwner, challenge: KeptChallenge, signal: AbortSignal): Promise<void>;
  /** Undefined when there is none, it has expired, or the password is another one. */
  open(owner: SessionOwner, signal: AbortSignal): Promise<KeptChallenge | undefined>;
  forget(owner: SessionOwner, signal: AbortSignal): Promise<void>;
}

export interface MfaSessionStore {
  /** The plain one: three attributes are not worth 15 KB more in the trigger that people wait for. */
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** The stage's 32 random bytes. */
  readonly stageKey: Uint8Array;
  readonly clock: Clock;
}

/**
 * The table holds neither logins nor anything that opens without the person's password: the id is an
 * HMAC, the content is AES-256-GCM under a key derived from stage key, login and password.
 */
export function mfaSessionStore(store: MfaSessionStore): MfaSessions {
  const { client, tableName: TableName, stageKey, clock } = store;
  return {
    async keep(owner, challenge, abortSignal) {
      const id = idOf(stageKey, owner);
      const expiresAtEpochSeconds = Math.floor(clock() / 1000) + LIFETIME_SECONDS;
      const sealed = seal(stageKey, owner, aad(id, expiresAtEpochSeconds), challenge);
      const Item = {
        id: { S: id },
        expiresAtEpochSeconds: { N: String(expiresAtEpochSeconds) },
        sealed: { B: sealed },
      };
      await client.send(new PutItemCommand({ TableName, Item }), { abortSignal });
    },
    async open(owner, abortSignal) {
      const id = idOf(stageKey, owner);
      const { Item: item } = await client.send(
        new GetItemCommand({ TableName, Key: { id: { S: id } }, ConsistentRead: true }),
        { abortSignal },
      );
      const expiresAtEpochSeconds = Number(item?.["expiresAtEpochSeconds"]?.N);
      const sealed = item?.["sealed"]?.B;
      // DynamoDB deletes expired items within days, not at once (DynamoDB guide, "Time to Live").
      if (sealed === undefined || !(expiresAtEpochSeconds * 1000 > clock())) return undefined;
      return unseal(stageKey, owner, aad(id, expiresAtEpochSeconds), sealed);
    },
    async forget(owner, abortSignal) {
      const Key = { id: { S: idOf(stageKey, owner) } };
      await client.send(new DeleteItemCommand({ TableName, Key }), { abortSignal });
    },
  };
}

function idOf(stageKey: Uint8Array, { sourceId, login }: SessionOwner): string {
  const key = derive(stageKey, new Uint8Array(), "carryover mfa session id");
  return createHmac("sha256", key)
    .update(JSON.stringify([sourceId, login]))
    .digest("base64url");
}

/** Ties the content to its row, so that nobody can prolong it or swap rows. */
function aad(id: string, expiresAtEpochSeconds: number): Buffer {
  return Buffer.from(JSON.stringify([id, expiresAtEpochSeconds]));
}

/** The secrets go into the input key: HKDF's `info` holds 1,024 bytes at most in Node. */
function contentKey(stageKey: Uint8Array, owner: SessionOwner, salt: Uint8Array): Buffer {
  const { sourceId, login, password } = owner;
  const secrets = Buffer.from(JSON.stringify([sourceId, login, password]));
  return derive(Buffer.concat([stageKey, secrets]), salt, "carryover mfa session content");
}

function derive(input: Uint8Array, salt: Uint8Array, info: string): Buffer {
  return Buffer.from(hkdfSync("sha256", input, salt, info, 32));
}

/** salt, iv, tag, ciphertext */
function seal(
  stageKey: Uint8Array,
  owner: SessionOwner,
  context: Buffer,
  challenge: KeptChallenge,
): Buffer {
  const salt = randomBytes(SALT_BYTES);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", contentKey(stageKey, owner, salt), iv);
  cipher.setAAD(context);
  const text = Buffer.concat([cipher.update(JSON.stringify(challenge), "utf8"), cipher.final()]);
  return Buffer.concat([salt, iv, cipher.getAuthTag(), text]);
}

function unseal(
  stageKey: Uint8Array,
  owner: SessionOwner,
  context: Buffer,
  sealed: Uint8Array,
): KeptChallenge | undefined {
  const bytes = Buffer.from(sealed);
  const salt = bytes.subarray(0, SALT_BYTES);
  const iv = bytes.subarray(SALT_BYTES, SALT_BYTES + IV_BYTES);
  const tag = bytes.subarray(SALT_BYTES + IV_BYTES, SALT_BYTES + IV_BYTES + TAG_BYTES);
  if (tag.length !== TAG_BYTES) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", contentKey(stageKey, owner, salt), iv, {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(context);
  decipher.setAuthTag(tag);
  try {
    const text = Buffer.concat([
      decipher.update(bytes.subarray(SALT_BYTES + IV_BYTES + TAG_BYTES)),
      decipher.final(),
    ]);
    return z.parse(KeptChallenge, JSON.parse(text.toString("utf8")));
  } catch {
    // Another password, or a row that was tampered with: there is no session for this caller.
    return undefined;
  }
}
