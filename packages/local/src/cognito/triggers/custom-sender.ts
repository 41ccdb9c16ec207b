import { randomBytes } from "node:crypto";
import { buildEncrypt } from "@aws-crypto/encrypt-node";
import {
  AlgorithmSuiteIdentifier,
  CommitmentPolicy,
  EncryptedDataKey,
  KeyringNode,
  KeyringTraceFlag,
  type NodeDecryptionMaterial,
  type NodeEncryptionMaterial,
} from "@aws-crypto/material-management-node";
import type { KeyWrapping } from "../../kms.ts";
import { AwsError } from "../../service.ts";
import type { Ctx, Pool, User } from "../state.ts";
import { eventAttributes, triggerEvent } from "./triggers.ts";

/** A message that the pool's own function is to send. */
interface HandedOver {
  readonly medium: "EMAIL" | "SMS";
  /** As in the trigger's source, for example `SignUp`. */
  readonly kind: string;
  readonly user: User;
  readonly clientId: string;
  readonly code: string;
  readonly clientMetadata?: Record<string, string> | undefined;
}

const SENDERS = {
  EMAIL: { name: "CustomEmailSender", type: "customEmailSenderRequestV1" },
  SMS: { name: "CustomSMSSender", type: "customSMSSenderRequestV1" },
} as const;

/** The function that sends a pool's messages of a kind instead of Cognito. */
export function customSender(pool: Pool, medium: HandedOver["medium"]): string | undefined {
  return pool.settings.LambdaConfig?.[SENDERS[medium].name]?.LambdaArn;
}

/**
 * Gives a message to the pool's sender, its code encrypted under the pool's key, and does not wait for it.
 * @throws AwsError CodeDeliveryFailureException where the code cannot be encrypted
 */
export async function handToSender(
  ctx: Ctx,
  pool: Pool,
  arn: string,
  message: HandedOver,
): Promise<void> {
  const { name, type } = SENDERS[message.medium];
  const { user, kind, clientId, clientMetadata } = message;
  const event = triggerEvent(pool, {
    source: `${name}_${kind}`,
    userName: user.username,
    clientId,
    request: {
      type,
      code: await encryptCode(ctx, pool, message.code),
      clientMetadata: clientMetadata ?? null,
      userAttributes: eventAttributes(user),
    },
    response: {},
  });
  if (ctx.deps.invokeLater) ctx.deps.invokeLater(arn, event);
  // Where nobody invokes asynchronously, waiting is the next best; the outcome is ignored all the same.
  else await ctx.deps.invoke(arn, event);
}

// Its messages are not key-committing, which is why the guide's function sets REQUIRE_ENCRYPT_ALLOW_DECRYPT.
const { encrypt } = buildEncrypt(CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT);

async function encryptCode(ctx: Ctx, pool: Pool, code: string): Promise<string> {
  const keyArn = pool.settings.LambdaConfig?.KMSKeyID;
  const { kms } = ctx.deps;
  if (keyArn === undefined || kms === undefined) throw undeliverable();
  try {
    const { result } = await encrypt(new PoolKeyring(kms, keyArn), code, {
      suiteId: AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384,
      encryptionContext: { "userpool-id": pool.id },
    });
    return result.toString("base64");
  } catch (error) {
    if (error instanceof AwsError) throw undeliverable();
    throw error;
  }
}

function undeliverable(): AwsError {
  return new AwsError("CodeDeliveryFailureException", "Failed to encrypt the code for the sender.");
}

const PROVIDER = "aws-kms";

/** Wraps data keys as the KMS keyring of the Encryption SDK does, so that any KMS keyring unwraps them. */
class PoolKeyring extends KeyringNode {
  readonly #kms: KeyWrapping;
  readonly #keyArn: string;

  constructor(kms: KeyWrapping, keyArn: string) {
    super();
    this.#kms = kms;
    this.#keyArn = keyArn;
  }

  async _onEncrypt(material: NodeEncryptionMaterial): Promise<NodeEncryptionMaterial> {
    // A copy of its own, for the library wipes it: the buffer could be a part of a shared one.
    const dataKey = Uint8Array.from(randomBytes(material.suite.keyLengthBytes));
    const wrapped = this.#kms.wrap(this.#keyArn, dataKey, material.encryptionContext);
    material.setUnencryptedDataKey(dataKey, {
      keyNamespace: PROVIDER,
      keyName: this.#keyArn,
      flags: KeyringTraceFlag.WRAPPING_KEY_GENERATED_DATA_KEY,
    });
    return material.addEncryptedDataKey(
      new EncryptedDataKey({
        providerId: PROVIDER,
        providerInfo: this.#keyArn,
        encryptedDataKey: wrapped,
      }),
      KeyringTraceFlag.WRAPPING_KEY_ENCRYPTED_DATA_KEY |
        KeyringTraceFlag.WRAPPING_KEY_SIGNED_ENC_CTX,
    );
  }

  /** Cognito only encrypts. */
  async _onDecrypt(material: NodeDecryptionMaterial): Promise<NodeDecryptionMaterial> {
    return material;
  }
}
