import { generateKeyPair, randomBytes } from "node:crypto";
import { promisify } from "node:util";

/** A certificate that is signed by itself, and its key, both as PEM. @param options the extensions as node-forge takes them */
export async function selfSigned(options: {
  readonly name: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly extensions?: object[];
}): Promise<{ key: string; cert: string }> {
  // Loaded only now: it is large, and most stages never need it.
  const { default: forge } = await import("node-forge");
  const pair = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  const key = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const cert = forge.pki.createCertificate();
  cert.publicKey = forge.pki.publicKeyFromPem(
    pair.publicKey.export({ type: "spki", format: "pem" }).toString(),
  );
  cert.serialNumber = `00${randomBytes(16).toString("hex")}`;
  cert.validity.notBefore = new Date(options.fromMs);
  cert.validity.notAfter = new Date(options.untilMs);
  const name = [{ name: "commonName", value: options.name }];
  cert.setSubject(name);
  cert.setIssuer(name);
  cert.setExtensions(options.extensions ?? []);
  cert.sign(forge.pki.privateKeyFromPem(key), forge.md.sha256.create());
  return { key, cert: forge.pki.certificateToPem(cert) };
}
