// Each mistake of a person, sent through the command line: a sentence, and no stack trace of ours.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { registerCommands } from "#cli/commands";
import { CompleteError } from "#lib/complete-error";

const folder = mkdtempSync(join(tmpdir(), "keelson-mistakes-"));
beforeAll(() => {
  vi.stubEnv("KEELSON_ENGINE", "embedded");
  vi.stubEnv("DOCKER_HOST", "unix:///nowhere/docker.sock");
  vi.spyOn(console, "log").mockImplementation(() => undefined);
});
afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});
const at = (name: string) => join(folder, name);
const file = (name: string, text: string) => {
  writeFileSync(at(name), text);
  return at(name);
};
const environment = "  keelson:environment: local\n";
const good = file("good.yaml", `config:\n${environment}`);
const secret = file("secret.yaml", `config:\n${environment}  keelson:secrets: { API: {} }\n`);
const broken = file("broken.yaml", "config: [\n");
const alias = file("alias.yaml", "config: *nothing\n");
const text = file("text", "no dump");
const torn = at("torn/state/.pulumi/stacks/keelson/test-mistakes.json");
mkdirSync(join(torn, ".."), { recursive: true });
writeFileSync(torn, '{"version": 3');
file("torn/passphrase", "passphrase\n");

/**
 * The error that a command line ends with; `cli/main.ts` shows the message alone of those that are complete.
 *
 * @param home where the checkout's own state would be
 */
async function keelson(args: string, config = good, home = at("home")): Promise<unknown> {
  vi.stubEnv("KEELSON_HOME", home);
  const program = new Command().exitOverride();
  registerCommands(program);
  const stack = ["--stack", "test-mistakes", "--config-file", config];
  try {
    await program.parseAsync(["node", "keelson", ...args.split(" "), ...stack]);
  } catch (error) {
    return error;
  }
  return undefined;
}

const noDocker = /docker|Docker engine does not answer/;

describe("a mistake is answered with a sentence, not with a stack trace of ours", () => {
  it.each<[string, string, string | undefined, RegExp]>([
    ["a folder for a file", "check", folder, /: can't be read \(EISDIR\); name a file/],
    ["no YAML", "check", broken, /: is not YAML \(.*\); correct it$/],
    ["an anchor that is nowhere", "up", alias, /: is not YAML \(.*\); correct it$/],
    ["no file", "up", at("nothing"), /: is missing; name a stack that has a file, or create it$/],
    ["no file", "stop", at("nothing"), /: is not there; write it, or name another stack$/],
    ["a secret that is missing", "up", secret, /^secrets\.API: is missing; set API/],
    ["no such dump", `import --dump ${at("no")}`, good, /^There is no file /],
    ["a folder for a dump", `import --dump ${folder}`, good, /is not a regular file/],
    ["no dump", `import --dump ${text}`, good, /is no dump of pg_dump's/],
    ["a time without a zone", "restore --at yesterday", good, /has no time zone/],
    ["two moments", "drill now --random --at x", good, /are two targets; give one\.$/],
    ["no repository", "drill now --offsite 9", good, /^backup\.repositories: is empty/],
    ["a name that is none", "rename --to a/b", good, /is not a stack's name/],
    ["nobody to ask", "destroy", good, /Nobody is here to ask; add --yes to do it\.$/],
    ["nothing there", "outputs", good, /has nothing in its state; run keelson up/],
    ...["up", "stop", "stop --purge --yes", "releases", "rollback", "backups", "preview"].map(
      (command): [string, string, string, RegExp] => ["no Docker", command, good, noDocker],
    ),
  ])("%s: %s", async (_, command, config, message) => {
    const error = await keelson(command, config);
    expect(error).toBeInstanceOf(CompleteError);
    expect((error as Error).message).toMatch(message);
  });

  it.each([
    ["a home below a file", join(text, "home"), /can't be made \(ENOTDIR: .*\); correct KEELSON_/],
    ["a state that is damaged", at("torn"), /is damaged: it is not JSON\. Put back the copy/],
  ])("%s", async (_, home, message) => {
    const error = await keelson("outputs", good, home);
    expect(error).toBeInstanceOf(CompleteError);
    expect((error as Error).message).toMatch(message);
  });
});
