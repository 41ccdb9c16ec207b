import { KMS } from "@aws-sdk/client-kms";
import { describe, expect, it, onTestFinished } from "vitest";
import { startParts } from "./parts.ts";

async function start() {
  const parts = await startParts();
  const kms = new KMS(parts.client());
  onTestFinished(() => kms.destroy());
  const { KeyMetadata } = await kms.createKey({ Description: "for tests" });
  return { ...parts, kms, KeyId: KeyMetadata?.Arn ?? "" };
}
const secret = new TextEncoder().encode("secret");
const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

describe("KMS", () => {
  it("decrypts what it encrypted, for the same context only", async () => {
    const { kms, KeyId } = await start();
    const EncryptionContext = { purpose: "test", a: "b" };
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: secret, EncryptionContext });
    expect(text(CiphertextBlob)).not.toContain("secret");
    const back = await kms.decrypt({
      CiphertextBlob,
      EncryptionContext: { a: "b", purpose: "test" },
    });
    expect(text(back.Plaintext)).toBe("secret");
    expect(back.KeyId).toBe(KeyId);
    const other = kms.decrypt({ CiphertextBlob, EncryptionContext: { purpose: "other" } });
    await expect(other).rejects.toMatchObject({ name: "InvalidCiphertextException" });
    const tampered = Uint8Array.from(CiphertextBlob ?? []);
    tampered[tampered.length - 1] = (tampered.at(-1) ?? 0) ^ 1;
    await expect(
      kms.decrypt({ CiphertextBlob: tampered, EncryptionContext }),
    ).rejects.toMatchObject({ name: "InvalidCiphertextException" });
  });

  it("gives data keys, in clear and wrapped", async () => {
    const { kms, KeyId } = await start();
    const made = await kms.generateDataKey({ KeyId, KeySpec: "AES_256" });
    expect(made.Plaintext).toHaveLength(32);
    const back = await kms.decrypt({ KeyId, CiphertextBlob: made.CiphertextBlob });
    expect(back.Plaintext).toEqual(made.Plaintext);
  });

  it("knows keys by id and ARN, in their own region", async () => {
    const { kms, KeyId, client } = await start();
    const id = KeyId.split("/")[1];
    expect((await kms.describeKey({ KeyId: id })).KeyMetadata?.Arn).toBe(KeyId);
    expect((await kms.listKeys({})).Keys).toContainEqual({ KeyId: id, KeyArn: KeyId });
    const elsewhere = new KMS(client("eu-central-1"));
    onTestFinished(() => elsewhere.destroy());
    await expect(elsewhere.describeKey({ KeyId: id })).rejects.toMatchObject({
      name: "NotFoundException",
    });
  });
});
