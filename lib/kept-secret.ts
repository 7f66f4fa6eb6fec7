import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from "node:crypto";

/**
 * Seals a text for the record of a release: AES-256-GCM under keys that follow from the stack's own. The nonce follows
 * from name and text, so that the same secret is the same record, however often the configuration sealed it again.
 *
 * @param key of the stack, base64
 */
export function keepSecret(name: string, text: string, key: string): string {
  const nonce = createHmac("sha256", derived(key, "nonce"))
    .update(`${name}\0${text}`)
    .digest()
    .subarray(0, nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", derived(key, "seal"), nonce);
  const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return [version, nonce.toString("base64"), body.toString("base64")].join(":");
}

/** The text that `keepSecret` sealed. @throws Error where it was sealed under another key, or was altered */
export function openKept(kept: string, key: string): string {
  const [form, nonce = "", encoded = ""] = kept.split(":");
  const body = Buffer.from(encoded, "base64");
  if (form !== version || body.length < tagBytes) throw unreadable();
  const seal = derived(key, "seal");
  const decipher = createDecipheriv("aes-256-gcm", seal, Buffer.from(nonce, "base64"));
  decipher.setAuthTag(body.subarray(-tagBytes));
  try {
    const text = decipher.update(body.subarray(0, -tagBytes));
    return Buffer.concat([text, decipher.final()]).toString("utf8");
  } catch (error) {
    throw unreadable(error);
  }
}

const version = "k1";
const nonceBytes = 12;
const tagBytes = 16;

function derived(key: string, use: string): Buffer {
  const bytes = Buffer.from(key, "base64");
  return Buffer.from(hkdfSync("sha256", bytes, "", `keelson kept secret: ${use}`, 32));
}

function unreadable(cause?: unknown): Error {
  const text =
    "a sealed value of the release's record can't be opened: it is of another stack, or was altered";
  return new Error(text, cause === undefined ? {} : { cause });
}
