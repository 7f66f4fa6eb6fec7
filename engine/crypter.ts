import { createCipheriv, createDecipheriv, pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { EngineError } from "./errors.js";

// Pulumi's passphrase provider: these numbers are part of its file format.
const rounds = 1_000_000;
const keyBytes = 32;
const saltBytes = 8;
const nonceBytes = 12;
const tagBytes = 16;
const proof = "pulumi";

const derive = promisify(pbkdf2);

/** Seals and opens text as Pulumi's passphrase secrets provider does (AES-256-GCM). */
export class Crypter {
  /** The text that Pulumi calls salt: the salt and a sealed word that proves the passphrase. */
  readonly salt: string;
  readonly #key: Buffer;

  private constructor(salt: string, key: Buffer) {
    this.salt = salt;
    this.#key = key;
  }

  /** A crypter with a new salt. */
  static async create(passphrase: string): Promise<Crypter> {
    const salt = randomBytes(saltBytes);
    const key = await derive(passphrase, salt, rounds, keyBytes, "sha256");
    return new Crypter(`v1:${salt.toString("base64")}:${sealWith(key, proof)}`, key);
  }

  /** The crypter of an existing salt. Throws when the passphrase is another one. */
  static async open(passphrase: string, salt: string): Promise<Crypter> {
    const [version, encoded, ...sealed] = salt.split(":");
    if (version !== "v1" || encoded === undefined || sealed.length === 0)
      throw new EngineError(`The stack's encryption salt is not one the engine knows: ${salt}`);
    const key = await derive(
      passphrase,
      Buffer.from(encoded, "base64"),
      rounds,
      keyBytes,
      "sha256",
    );
    const crypter = new Crypter(salt, key);
    if (crypter.#tryOpen(sealed.join(":")) !== proof)
      throw new EngineError("The passphrase is not the one this stack was sealed with.");
    return crypter;
  }

  /** Text → `v1:nonce:ciphertext`. */
  encrypt(text: string): string {
    return sealWith(this.#key, text);
  }

  /** `v1:nonce:ciphertext` → text. Throws when it was sealed with another key or was altered. */
  decrypt(sealed: string): string {
    const text = this.#tryOpen(sealed);
    if (text === undefined)
      throw new EngineError(
        "A sealed value cannot be opened: another passphrase, or it was altered.",
      );
    return text;
  }

  #tryOpen(sealed: string): string | undefined {
    const [version, nonce, body] = sealed.split(":");
    if (version !== "v1" || nonce === undefined || body === undefined) return undefined;
    const bytes = Buffer.from(body, "base64");
    if (bytes.length < tagBytes) return undefined;
    const decipher = createDecipheriv("aes-256-gcm", this.#key, Buffer.from(nonce, "base64"));
    decipher.setAuthTag(bytes.subarray(-tagBytes));
    try {
      const text = decipher.update(bytes.subarray(0, -tagBytes));
      return Buffer.concat([text, decipher.final()]).toString("utf8");
    } catch {
      // GCM says no more than "does not authenticate"; both callers turn it into a sentence.
      return undefined;
    }
  }
}

function sealWith(key: Buffer, text: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `v1:${nonce.toString("base64")}:${body.toString("base64")}`;
}
