import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ensureHome, homeOf, passphraseOf } from "#cli/project/home";

const fresh = () => homeOf(mkdtempSync(join(tmpdir(), "keelson-home-")), {});
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe("homeOf", () => {
  it("is in the checkout, unless KEELSON_HOME says otherwise", () => {
    expect(homeOf("/checkout", {}).state).toBe("/checkout/.keelson/state");
    expect(homeOf("/checkout", { KEELSON_HOME: "/else" }).passphraseFile).toBe("/else/passphrase");
  });
});

describe("ensureHome", () => {
  it("makes folders and passphrase for their owner only", () => {
    const home = ensureHome(fresh());
    expect([home.directory, home.state, home.passphraseFile].map(mode)).toEqual([
      "700",
      "700",
      "600",
    ]);
    expect(passphraseOf(home)).toMatch(/^[\w-]{43}$/);
  });

  it("keeps the passphrase and tightens what was opened", () => {
    const home = ensureHome(fresh());
    const passphrase = passphraseOf(home);
    chmodSync(home.passphraseFile, 0o644);
    chmodSync(home.directory, 0o755);
    ensureHome(home);
    expect(passphraseOf(home)).toBe(passphrase);
    expect([mode(home.passphraseFile), mode(home.directory)]).toEqual(["600", "700"]);
  });

  it("makes no new passphrase for a state that is sealed with a lost one", () => {
    const home = ensureHome(fresh());
    mkdirSync(join(home.state, ".pulumi", "stacks"), { recursive: true });
    rmSync(home.passphraseFile);
    expect(() => ensureHome(home)).toThrow(
      `${home.passphraseFile} is gone, but ${home.state} is sealed with it; put it back`,
    );
  });

  it("refuses an empty passphrase", () => {
    const home = ensureHome(fresh());
    writeFileSync(home.passphraseFile, "\n");
    expect(() => passphraseOf(home)).toThrow(`${home.passphraseFile} is empty`);
    expect(readFileSync(home.passphraseFile, "utf8")).toBe("\n");
  });
});
