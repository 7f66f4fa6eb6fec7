import { existsSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { checkpointFile, copyConfig, mendState, projectName } from "#cli/project/config";
import { targetOf } from "#cli/project/target";

/** A checkout with a stack file that holds a comment and a setting. */
function checkout() {
  const directory = mkdtempSync(join(tmpdir(), "keelson-config-"));
  writeFileSync(join(directory, "Pulumi.yaml"), "name: keelson\n");
  writeFileSync(join(directory, "Pulumi.local.yaml"), "# mine\nconfig:\n  keelson:a: b\n");
  return targetOf({ stack: "local" }, directory);
}

const saltIn = (file: string) =>
  (parse(readFileSync(file, "utf8")) as { encryptionsalt?: string }).encryptionsalt;

function writeState(target: ReturnType<typeof checkout>, salt: string): void {
  const file = checkpointFile(target, "keelson");
  mkdirSync(dirname(file), { recursive: true });
  const latest = { secrets_providers: { type: "passphrase", state: { salt } } };
  writeFileSync(file, JSON.stringify({ version: 3, checkpoint: { latest } }));
}

describe("copyConfig", () => {
  it("leaves the checkout's file alone and copies it for its owner only", () => {
    const target = checkout();
    const copy = copyConfig(target, projectName(target.projectDirectory));
    expect(saltIn(copy.file)).toBeUndefined();
    expect(readFileSync(copy.file, "utf8")).toContain("keelson:a: b");
    expect(statSync(copy.file).mode & 0o777).toBe(0o600);
    expect(readFileSync(target.configFile, "utf8")).toBe("# mine\nconfig:\n  keelson:a: b\n");
  });

  it("puts the app of an earlier release alongside the settings, for one run", () => {
    const target = checkout();
    const { file } = copyConfig(target, "keelson", { app: { env: { A: "it's" } } });
    expect(parse(readFileSync(file, "utf8"))).toEqual({
      config: { "keelson:a": "b", "keelson:released": { env: { A: "it's" } } },
    });
    copyConfig(target, "keelson");
    expect(readFileSync(file, "utf8")).not.toContain("released");
  });

  it("adds no salt of ours to what is sealed elsewhere", () => {
    const target = checkout();
    writeState(target, "v1:state");
    expect(saltIn(copyConfig(target, "keelson", { sealedElsewhere: true }).file)).toBeUndefined();
  });

  it("keeps the salt that Pulumi's CLI wrote into the copy", () => {
    const target = checkout();
    const { file } = copyConfig(target, "keelson");
    writeFileSync(file, "encryptionsalt: v1:cli\n");
    expect(saltIn(copyConfig(target, "keelson").file)).toBe("v1:cli");
  });

  it("takes the state's salt before any other, so that either engine goes on with the other's", () => {
    const target = checkout();
    const { file } = copyConfig(target, "keelson");
    writeFileSync(file, "encryptionsalt: v1:old\n");
    writeState(target, "v1:state");
    expect(saltIn(copyConfig(target, "keelson").file)).toBe("v1:state");
  });
});

describe("mendState", () => {
  it("removes the notes that a kill tore, and no others", () => {
    const target = checkout();
    writeState(target, "v1:any");
    const file = checkpointFile(target, "keelson");
    const whole = '{"user.content_type":"application/json"}';
    writeFileSync(`${file}.attrs`, "");
    writeFileSync(`${file}.bak.attrs`, whole);
    mendState(target, "keelson");
    expect(existsSync(`${file}.attrs`)).toBe(false);
    expect(readFileSync(`${file}.bak.attrs`, "utf8")).toBe(whole);
    expect(existsSync(file)).toBe(true);
  });
});

describe("targetOf", () => {
  it.each([
    ["local", true],
    ["test-kill", true],
    ["prod", false],
    ["pr-12", false],
  ])("keeps the state of %s in the checkout: %s", (stack, own) => {
    expect(targetOf({ stack }).ownState).toBe(own);
  });
});
