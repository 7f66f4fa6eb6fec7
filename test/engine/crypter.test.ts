import { expect, test } from "vitest";
import { Crypter } from "#engine/crypter";

// Written by Pulumi's CLI 3.259: `pulumi stack init`, `pulumi config set --secret`.
const salt = "v1:OxX0JFDv6mY=:v1:ZIu4+TkQanXUi71Q:NdUO235hneztgoZzRoLeZj5cbUUZjQ==";
const sealed = "v1:2TOp/VvViSSXUqsa:k1S0Cs20sYrVtkF4MClvvzkcGocWhy15Z+2zmqH8i9E=";

test("opens what Pulumi's CLI has sealed, and what it seals itself", async () => {
  const crypter = await Crypter.open("pass", salt);
  expect(crypter.decrypt(sealed)).toBe("tok-secret-value");
  const own = crypter.encrypt("größer ≥ 4");
  expect(own).not.toContain("größer");
  expect(crypter.decrypt(own)).toBe("größer ≥ 4");
  expect(crypter.encrypt("same")).not.toBe(crypter.encrypt("same"));
  const altered = own.slice(0, -6) + (own.at(-6) === "A" ? "B" : "A") + own.slice(-5);
  expect(() => crypter.decrypt(altered)).toThrow(/cannot be opened/);
});

test("refuses another passphrase", async () => {
  await expect(Crypter.open("other", salt)).rejects.toThrow(
    "The passphrase is not the one this stack was sealed with.",
  );
});

test("a new salt opens with its own passphrase", async () => {
  const created = await Crypter.create("secret");
  const opened = await Crypter.open("secret", created.salt);
  expect(opened.decrypt(created.encrypt("x"))).toBe("x");
});
