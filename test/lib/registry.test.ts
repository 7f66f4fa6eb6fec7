import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { askRegistry } from "#lib/registry";
import type { CommandResult, Run, RunOptions } from "#lib/run-process";

const digest = `sha256:${"a".repeat(64)}`;
const image = { repository: "hub.example.com/shop", tag: "1" };
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keelson-login-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Asks an engine that answers in some way; what it was sent is handed back as well. */
async function ask(
  answer: Partial<CommandResult>,
  { wanted = image, helper }: { wanted?: typeof image; helper?: Run } = {},
) {
  let sent = "";
  let open = false;
  const docker = (args: readonly string[], { input }: RunOptions = {}) => {
    expect(args).toEqual(["system", "dial-stdio"]);
    if (!(input instanceof Readable)) throw new Error("nothing was sent");
    sent = String(input.read());
    open = !input.readableEnded;
    return Promise.resolve({ code: 0, stdout: "", stderr: "", ...answer });
  };
  const own = Object.assign(docker, { environment: { DOCKER_CONFIG: folder } });
  const none: Run = () => Promise.resolve({ code: 127, stdout: "", stderr: "" });
  const found = await askRegistry(own, wanted, helper ?? none);
  const [, auth] = /^X-Registry-Auth: (\S+)/m.exec(sent) ?? [];
  const login: unknown =
    auth === undefined ? undefined : JSON.parse(Buffer.from(auth, "base64url").toString());
  return { found, sent, open, login, header: auth ?? "" };
}

const answered = (status: string, body: object) => ({
  stdout: `HTTP/1.0 ${status}\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(body)}\n`,
});
const fine = answered("200 OK", { Descriptor: { digest } });

const config = (content: object) => {
  writeFileSync(join(folder, "config.json"), JSON.stringify(content));
};
const auth = (login: string) => ({ auth: Buffer.from(login).toString("base64") });

describe("askRegistry", () => {
  it("asks the engine, whose connection stays open until it has answered", async () => {
    const { found, sent, open, login } = await ask(fine);
    expect(found).toEqual({ digest });
    expect(sent).toBe(
      "GET /distribution/hub.example.com/shop:1/json HTTP/1.0\r\nHost: docker\r\n\r\n",
    );
    expect([open, login]).toEqual([true, undefined]);
  });

  it.each([
    [answered("401 Unauthorized", { message: "unauthorized" }), "unauthorized"],
    [answered("200 OK", { unknown: 1 }), "hub.example.com gave no answer that can be read"],
    [{ stdout: "" }, "hub.example.com gave no answer that can be read"],
    [{ code: 124 }, "hub.example.com does not answer"],
    [{ code: 1, stderr: "no daemon\n" }, "no daemon"],
  ])("says why there is none: %j", async (answer, reason) => {
    expect((await ask(answer)).found).toEqual({ reason });
  });

  it.each<[string, object, string, object]>([
    [
      "as it stands in the file",
      { auths: { "hub.example.com": auth("eve:a:b") } },
      "hub.example.com/shop",
      { username: "eve", password: "a:b", serveraddress: "hub.example.com" },
    ],
    [
      "of an address with a scheme",
      { auths: { "https://hub.example.com/v1/": auth("eve:a") } },
      "hub.example.com/shop",
      { username: "eve", password: "a" },
    ],
    [
      "of Docker's own registry under its first address",
      { auths: { "https://index.docker.io/v1/": auth("eve:a") } },
      "shop",
      { username: "eve", password: "a", serveraddress: "https://index.docker.io/v1/" },
    ],
  ])("logs in %s", async (_, content, repository, login) => {
    config(content);
    const asked = await ask(fine, { wanted: { repository, tag: "1" } });
    expect(asked.login).toMatchObject(login);
  });

  it.each([
    [{ credsStore: "box" }, { Username: "eve", Secret: "pw" }, { username: "eve", password: "pw" }],
    [
      { credHelpers: { "hub.example.com": "box" } },
      { Username: "<token>", Secret: "t" },
      { identitytoken: "t" },
    ],
  ])("logs in by the helper of %j", async (content, given, login) => {
    config(content);
    const helper: Run = (command, args, options) => {
      expect([command, args, options?.input]).toEqual([
        "docker-credential-box",
        ["get"],
        "hub.example.com",
      ]);
      return Promise.resolve({ code: 0, stdout: JSON.stringify(given), stderr: "" });
    };
    expect((await ask(fine, { helper })).login).toMatchObject(login);
  });

  // The engine's decoder wants them, and takes what it can't read for no login.
  it.each(["a", "ab", "abc"])("pads what it sends, with the password %s too", async (password) => {
    config({ auths: { "hub.example.com": auth(`eve:${password}`) } });
    const { header, login } = await ask(fine);
    expect([header.length % 4, login]).toMatchObject([0, { password }]);
  });

  it("asks without a login where the file can't be read", async () => {
    writeFileSync(join(folder, "config.json"), "{");
    expect((await ask(fine)).login).toBeUndefined();
  });
});
