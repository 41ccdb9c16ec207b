import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from "node:crypto";
import * as z from "zod/mini";
import type { Store } from "./data/store.ts";
import { ACCOUNT_ID, AwsError, type AwsService, type Clock } from "./service.ts";

type Context = Readonly<Record<string, string>>;

/** What another service may do with a key of this account. */
export interface KeyWrapping {
  /** Encrypts a few bytes, as `Encrypt` does. @param keyId an ARN @throws AwsError NotFoundException */
  wrap(keyId: string, plaintext: Uint8Array, context: Context): Buffer;
}

/** The key-management stand-in: symmetric keys, as Cognito's custom senders and their functions use them. */
export interface Kms extends AwsService, KeyWrapping {
  /** Takes up the keys that an earlier stage kept. */
  restore(): Promise<void>;
}

interface Key {
  readonly arn: string;
  readonly id: string;
  readonly region: string;
  readonly description: string;
  readonly createdAtMs: number;
  readonly material: Buffer;
}

interface KmsOptions {
  readonly clock: Clock;
  readonly store?: Store | undefined;
}

const KEY = "kms/key/";
const IV_BYTES = 12;
const TAG_BYTES = 16;

const Bytes = z.string();
const ContextField = z.optional(z.record(z.string(), z.string()));
const KeyId = z.object({ KeyId: z.string() });
const NewKey = z.object({ Description: z.optional(z.string()) });
const EncryptInput = z.extend(KeyId, { Plaintext: Bytes, EncryptionContext: ContextField });
const DecryptInput = z.object({
  CiphertextBlob: Bytes,
  EncryptionContext: ContextField,
  KeyId: z.optional(z.string()),
});
const DataKeyInput = z.extend(KeyId, {
  EncryptionContext: ContextField,
  KeySpec: z.optional(z.enum(["AES_256", "AES_128"])),
  NumberOfBytes: z.optional(z.int().check(z.gte(1), z.lte(1024))),
});

export function createKms({ clock, store }: KmsOptions): Kms {
  const keys = new Map<string, Key>();

  const find = (keyId: string, region: string): Key => {
    const arn = keyId.startsWith("arn:") ? keyId : keyArn(region, keyId);
    const key = keys.get(arn);
    if (key === undefined) throw new AwsError("NotFoundException", `Key '${arn}' does not exist`);
    return key;
  };

  const operations: Record<string, (region: string, raw: unknown) => object> = {
    CreateKey: (region, raw) => {
      const { Description = "" } = parse(NewKey, raw);
      const id = randomUUID();
      const arn = keyArn(region, id);
      const material = randomBytes(32);
      const key = { arn, id, region, description: Description, createdAtMs: clock(), material };
      keys.set(arn, key);
      store?.put(KEY + arn, key);
      return { KeyMetadata: describe(key) };
    },
    DescribeKey: (region, raw) => ({
      KeyMetadata: describe(find(parse(KeyId, raw).KeyId, region)),
    }),
    ListKeys: (region) => ({
      Keys: [...keys.values()]
        .filter((key) => key.region === region)
        .map(({ id, arn }) => ({ KeyId: id, KeyArn: arn })),
      Truncated: false,
    }),
    Encrypt: (region, raw) => {
      const input = parse(EncryptInput, raw);
      const key = find(input.KeyId, region);
      const plaintext = Buffer.from(input.Plaintext, "base64");
      return {
        ...answered(key),
        CiphertextBlob: base64(seal(key, plaintext, input.EncryptionContext)),
      };
    },
    Decrypt: (region, raw) => {
      const input = parse(DecryptInput, raw);
      const blob = Buffer.from(input.CiphertextBlob, "base64");
      const key = keys.get(sealedBy(blob));
      if (key?.region !== region) throw new AwsError("InvalidCiphertextException", "");
      if (input.KeyId !== undefined && find(input.KeyId, region) !== key) {
        throw new AwsError(
          "IncorrectKeyException",
          "The key ID in the request does not identify a CMK that can perform this operation.",
        );
      }
      return { ...answered(key), Plaintext: base64(open(key, blob, input.EncryptionContext)) };
    },
    GenerateDataKey: (region, raw) => {
      const input = parse(DataKeyInput, raw);
      const key = find(input.KeyId, region);
      const dataKey = randomBytes(input.NumberOfBytes ?? (input.KeySpec === "AES_128" ? 16 : 32));
      return {
        ...answered(key),
        Plaintext: base64(dataKey),
        CiphertextBlob: base64(seal(key, dataKey, input.EncryptionContext)),
      };
    },
  };

  return {
    async call({ region, operation, input }) {
      const run = operations[operation];
      if (run === undefined) {
        throw new AwsError("UnknownOperationException", `${operation} is not an operation here.`);
      }
      return run(region, input);
    },
    wrap: (keyId, plaintext, context) => {
      const key = find(keyId, keyId.split(":")[3] ?? "");
      return seal(key, Buffer.from(plaintext), context);
    },
    restore: async () => {
      for await (const [, record] of store?.entries(KEY) ?? []) {
        const key = record as Key;
        keys.set(key.arn, key);
      }
    },
  };
}

function keyArn(region: string, id: string): string {
  return `arn:aws:kms:${region}:${ACCOUNT_ID}:key/${id}`;
}

function describe({ arn, id, description, createdAtMs }: Key): object {
  return {
    AWSAccountId: ACCOUNT_ID,
    Arn: arn,
    KeyId: id,
    Description: description,
    CreationDate: createdAtMs / 1000,
    Enabled: true,
    KeyState: "Enabled",
    KeyUsage: "ENCRYPT_DECRYPT",
    KeySpec: "SYMMETRIC_DEFAULT",
    EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
    KeyManager: "CUSTOMER",
    Origin: "AWS_KMS",
  };
}

function answered({ arn }: Key): object {
  return { KeyId: arn, EncryptionAlgorithm: "SYMMETRIC_DEFAULT" };
}

/** The ciphertext names its key, so that Decrypt needs no key id: length of the ARN, ARN, IV, tag, content. */
function seal(key: Key, plaintext: Buffer, context: Context | undefined): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key.material, iv);
  cipher.setAAD(contextBytes(context));
  const content = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const arn = Buffer.from(key.arn);
  return Buffer.concat([Buffer.from([arn.length]), arn, iv, cipher.getAuthTag(), content]);
}

function sealedBy(blob: Buffer): string {
  return blob.subarray(1, 1 + (blob[0] ?? 0)).toString();
}

/** @throws AwsError InvalidCiphertextException for one that was tampered with, or another context */
function open(key: Key, blob: Buffer, context: Context | undefined): Buffer {
  const at = 1 + (blob[0] ?? 0);
  const iv = blob.subarray(at, at + IV_BYTES);
  const tag = blob.subarray(at + IV_BYTES, at + IV_BYTES + TAG_BYTES);
  try {
    const decipher = createDecipheriv("aes-256-gcm", key.material, iv);
    decipher.setAAD(contextBytes(context));
    decipher.setAuthTag(tag);
    return Buffer.concat([
      decipher.update(blob.subarray(at + IV_BYTES + TAG_BYTES)),
      decipher.final(),
    ]);
  } catch {
    // Whatever is wrong with it, the service says no more than this.
    throw new AwsError("InvalidCiphertextException", "");
  }
}

function contextBytes(context: Context | undefined): Buffer {
  const entries = Object.entries(context ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.from(JSON.stringify(entries));
}

function base64(bytes: Buffer): string {
  return bytes.toString("base64");
}

function parse<S extends z.ZodMiniType>(schema: S, raw: unknown): z.infer<S> {
  const parsed = schema.safeParse(raw ?? {});
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join(".") ?? "";
  throw new AwsError("ValidationException", `Value at '${field}' failed to satisfy constraint`);
}
