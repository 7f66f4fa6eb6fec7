import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { configure, type Project } from "#engine/config";
import { Crypter } from "#engine/crypter";
import { openSession } from "#engine/session";

const project: Project = { name: "keelson", main: ".", nodeArguments: [], config: {} };
let crypter: Crypter;
let folder = "";
beforeAll(async () => {
  crypter = await Crypter.create("canary-passphrase");
  folder = mkdtempSync(join(tmpdir(), "keelson-engine-config-"));
  const runtime = "{ name: nodejs, options: { typescript: false } }";
  writeFileSync(join(folder, "Pulumi.yaml"), `name: keelson\nruntime: ${runtime}\n`);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const seal = (text: string) => ({ secure: crypter.encrypt(text) });
const opened = (config: Record<string, unknown>) =>
  configure(project, { encryptionSalt: crypter.salt, config }, crypter);

describe("the configuration of a program", () => {
  it("has what is sealed opened, and says which keys and which texts that are", () => {
    const app = { name: "shop", env: { KEY: seal("canary"), list: ["a", seal("two\nlines")] } };
    expect(opened({ "keelson:app": app, "keelson:plain": "x", "aws:key": seal("5") })).toEqual({
      values: {
        "keelson:app": '{"name":"shop","env":{"KEY":"canary","list":["a","two\\nlines"]}}',
        "keelson:plain": "x",
        "aws:key": "5",
      },
      secretKeys: ["keelson:app", "aws:key"],
      secretTexts: ["canary", "two\nlines", "5"],
    });
  });

  it("takes for sealed what Pulumi does, a mapping of nothing but secure", () => {
    const { values, secretKeys } = opened({ "keelson:a": { secure: "x", other: 1 } });
    expect([values["keelson:a"], secretKeys]).toEqual(['{"secure":"x","other":1}', []]);
  });

  it("is refused where a value was sealed with another passphrase", async () => {
    const other = await Crypter.create("another");
    expect(() => opened({ "keelson:a": { secure: other.encrypt("canary") } })).toThrow(
      "A sealed value cannot be opened: another passphrase, or it was altered.",
    );
  });
});

describe("a session", () => {
  /** The lines of a session with a stack's file, once it has printed some. */
  async function shown(config: string, ...lines: string[]): Promise<string[]> {
    const configFile = join(folder, "Pulumi.test.yaml");
    writeFileSync(configFile, `encryptionsalt: ${crypter.salt}\nconfig:\n  ${config}\n`);
    const output: string[] = [];
    const { display } = await openSession({
      projectDirectory: folder,
      stack: "test",
      configFile,
      stateDirectory: folder,
      passphrase: "canary-passphrase",
      output: (line) => output.push(line),
    });
    for (const line of lines) display.print(line);
    return output;
  }

  it("masks the secret in a section, and nothing else of the section", async () => {
    const { secure } = seal("canary");
    expect(
      await shown(
        `keelson:app: { name: shop, env: { A: { secure: "${secure}" } } }`,
        "shop canary",
      ),
    ).toEqual(["shop [secret]"]);
  });

  it("takes a secret that begins like JSON for the text that it is", async () => {
    const { secure } = seal("{canary");
    expect(await shown(`keelson:key: { secure: "${secure}" }`, "{canary")).toEqual(["[secret]"]);
  });

  it("says of a file that was sealed with another passphrase what to do", async () => {
    const other = await Crypter.create("another");
    const configFile = join(folder, "Pulumi.other.yaml");
    const sealed = other.encrypt("canary");
    writeFileSync(
      configFile,
      `encryptionsalt: ${other.salt}\nconfig: { "keelson:a": { secure: "${sealed}" } }\n`,
    );
    const options = { projectDirectory: folder, stack: "test", stateDirectory: folder };
    await expect(
      openSession({ ...options, configFile, passphrase: "canary-passphrase" }),
    ).rejects.toThrow(
      `${configFile} was sealed with another passphrase than this stack's; remove its encryptionsalt, and seal its values again with the passphrase of the stack.`,
    );
  });
});
