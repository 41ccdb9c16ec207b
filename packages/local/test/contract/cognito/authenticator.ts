import {
  createHash,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";

/** What `navigator.credentials` is asked, as far as it matters here. */
interface CreationOptions {
  readonly challenge: string;
  readonly rp: { readonly id: string };
}
export interface RequestOptions {
  readonly challenge: string;
  readonly rpId: string;
}

const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const HAS_CREDENTIAL = 0x40;

const sha256 = (data: string | Buffer) => createHash("sha256").update(data).digest();
const base64url = (data: string | Buffer) => Buffer.from(data).toString("base64url");

const bigEndian = (bytes: number, value: number) => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
};

type Cbor = number | string | Buffer | ReadonlyMap<number | string, Cbor>;

/** The few forms of CBOR that WebAuthn is made of. */
function cbor(value: Cbor): Buffer {
  const head = (major: number, size: number) => {
    if (size < 24) return Buffer.of((major << 5) | size);
    if (size < 256) return Buffer.of((major << 5) | 24, size);
    return Buffer.concat([Buffer.of((major << 5) | 25), bigEndian(2, size)]);
  };
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === "string") return Buffer.concat([head(3, value.length), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  const entries = [...value].flatMap(([key, item]) => [cbor(key), cbor(item)]);
  return Buffer.concat([head(5, value.size), ...entries]);
}

const decoded = (text = "") => Buffer.from(text, "base64url");

/** How each algorithm makes a key, and puts it in COSE. RFC 9053 */
const ALGORITHMS = {
  ES256: {
    keys: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
    cose: ({ x, y }: JsonWebKey) => [
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, decoded(x)],
      [-3, decoded(y)],
    ],
    hash: "sha256",
  },
  RS256: {
    keys: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
    cose: ({ n, e }: JsonWebKey) => [
      [1, 3],
      [3, -257],
      [-1, decoded(n)],
      [-2, decoded(e)],
    ],
    hash: "sha256",
  },
  EdDSA: {
    keys: () => generateKeyPairSync("ed25519"),
    cose: ({ x }: JsonWebKey) => [
      [1, 1],
      [3, -8],
      [-1, 6],
      [-2, decoded(x)],
    ],
    hash: null,
  },
} satisfies Record<
  string,
  {
    keys: () => { publicKey: KeyObject; privateKey: KeyObject };
    cose: (key: JsonWebKey) => (number | Buffer)[][];
    hash: string | null;
  }
>;

interface Kind {
  readonly algorithm?: keyof typeof ALGORITHMS;
  /** Whether it asks its owner for a fingerprint or the like. */
  readonly verifiesUser?: boolean;
}

/** A passkey and the browser around it, in software. @param origin of the pages that make it and are shown it */
export function authenticator(
  ownOrigin: string,
  { algorithm = "ES256", verifiesUser = true }: Kind = {},
) {
  const { keys, cose, hash } = ALGORITHMS[algorithm];
  const { publicKey, privateKey } = keys();
  const rawId = randomBytes(32);
  const id = base64url(rawId);
  const present = USER_PRESENT | (verifiesUser ? USER_VERIFIED : 0);
  let counter = 0;

  const clientData = (type: string, challenge: string, origin = ownOrigin) =>
    JSON.stringify({ type, challenge, origin, crossOrigin: false });
  const authData = (party: string, flags: number, credential = Buffer.alloc(0)) =>
    Buffer.concat([sha256(party), Buffer.of(flags), bigEndian(4, counter), credential]);

  return {
    id,
    /** How often it says that it has signed. */
    set counter(times: number) {
      counter = times;
    },

    /** The `RegistrationResponseJSON` of `navigator.credentials.create`, without an attestation. */
    create({ challenge, rp }: CreationOptions) {
      const key = new Map(cose(publicKey.export({ format: "jwk" })) as [number, Cbor][]);
      const aaguid = Buffer.alloc(16);
      const credential = Buffer.concat([aaguid, bigEndian(2, rawId.length), rawId, cbor(key)]);
      const attestation = new Map<string, Cbor>([
        ["fmt", "none"],
        ["attStmt", new Map()],
        ["authData", authData(rp.id, present | HAS_CREDENTIAL, credential)],
      ]);
      return {
        id,
        rawId: id,
        type: "public-key",
        authenticatorAttachment: "platform",
        clientExtensionResults: {},
        response: {
          clientDataJSON: base64url(clientData("webauthn.create", challenge)),
          attestationObject: base64url(cbor(attestation)),
          transports: ["internal", "hybrid"],
        },
      };
    },

    /** The `AuthenticationResponseJSON` of `navigator.credentials.get`, as an app sends it on. */
    get({ challenge, rpId }: RequestOptions, origin?: string): string {
      counter += 1;
      const client = clientData("webauthn.get", challenge, origin);
      const data = authData(rpId, present);
      return JSON.stringify({
        id,
        rawId: id,
        type: "public-key",
        clientExtensionResults: {},
        response: {
          clientDataJSON: base64url(client),
          authenticatorData: base64url(data),
          signature: base64url(sign(hash, Buffer.concat([data, sha256(client)]), privateKey)),
        },
      });
    },
  };
}
