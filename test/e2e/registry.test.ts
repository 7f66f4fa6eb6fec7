// @module-tag long
// An app's image in a registry with a password: its tag is pushed again, the registry is gone, and what ran comes back.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Release } from "#cli/stack/releases";
import { ask } from "../support/app.js";
import { takePorts } from "../support/claims.js";
import { buildImage, docker, run, tryDocker, until } from "../support/docker.js";
import { fixtureImage } from "../support/fixture-image.js";
import { containerOf } from "../support/inspect.js";
import { Stack } from "../support/stack.js";

const ports = await takePorts("http", "tcp", "admin", "registry");
const registry = "test-registry-server";
const repository = `localhost:${String(ports.registry)}/team/shop`;
const tag = `${repository}:1`;

const stack = new Stack("test-registry", {
  app: {
    name: "e2e-registry",
    image: tag,
    version: "1",
    gitSha: "aaaa111",
    env: { FAULT: "none" },
    migrate: { backwardCompatible: true },
  },
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http, tcp: [{ port: ports.tcp, target: 1982 }] },
});
const config = join(stack.home, "docker");
const logged = { DOCKER_CONFIG: config };

beforeAll(async () => {
  await stack.sweep();
  await tryDocker(["rm", "--force", registry]);
  const image = await fixtureImage("registry");
  const published = `127.0.0.1:${String(ports.registry)}:5000`;
  await docker(["run", "--detach", "--name", registry, "--publish", published, image]);
  mkdirSync(config);
  const auth = Buffer.from("eve:canary-registry").toString("base64");
  const login = { auths: { [`localhost:${String(ports.registry)}`]: { auth } } };
  writeFileSync(join(config, "config.json"), JSON.stringify(login));
  stack.environment = logged;
  await push("one");
});
afterAll(async () => {
  await stack.remove();
  await tryDocker(["rm", "--force", "--volumes", registry]);
  const { stdout } = await tryDocker(["image", "ls", "--quiet", "--no-trunc", repository]);
  const ids = [...new Set(stdout.split("\n"))].filter((id) => id !== "");
  if (ids.length > 0) await tryDocker(["image", "rm", "--force", ...ids]);
});

/** Pushes another image under the same tag, and leaves nothing of it on the host. */
async function push(mark: string): Promise<void> {
  const base = await buildImage("sample-app");
  const text = `FROM ${base}\nLABEL mark=${mark}\n`;
  await docker(["build", "--quiet", "--tag", tag, "-"], text);
  const pushed = () =>
    run("docker", ["--config", config, "push", "--quiet", tag], { mayFail: true });
  await until("the image is in the registry", async () => (await pushed()).code === 0, 60, 500);
  await docker(["image", "rm", tag]);
}

async function history(): Promise<Release[]> {
  const text = await stack.must("releases", "--json");
  return JSON.parse(text.trim().split("\n").at(-1) ?? "") as Release[];
}

const image = async () => (await containerOf(stack, "app")).Config.Image;
const serves = async () => (await ask(ports.http, "/health")).status;

let [first, second] = ["", ""];

describe("an image in a registry", () => {
  it("runs by the digest that its tag has, which the history has too", async () => {
    await stack.up();
    first = await image();
    expect(first).toMatch(new RegExp(`^${repository}@sha256:[0-9a-f]{64}$`));
    expect((await history())[0]).toMatchObject({ image: first, tag, result: "live" });
    expect((await stack.up()).changes).toMatchObject({ create: 0, update: 0, replace: 0 });
    expect(await stack.must("releases")).toContain(
      `team/shop:1@${first.split(":").at(-1)?.slice(0, 12) ?? ""}`,
    );
  });

  it("is released when its tag is pushed again, as a preview says", async () => {
    await push("two");
    expect(await stack.must("preview")).toMatch(/image .* → /);
    await stack.up();
    second = await image();
    expect(second).toMatch(new RegExp(`^${repository}@sha256:`));
    expect(second).not.toBe(first);
    expect(await serves()).toBe(200);
  });

  it("stays where it can't be looked up, which is said", async () => {
    stack.environment = { DOCKER_CONFIG: join(stack.home, "nobody") };
    const denied = await stack.up();
    expect(denied.output + stack.printed).toContain(
      `app.image: ${tag} can't be looked up in its registry: `,
    );
    await docker(["stop", registry]);
    stack.environment = logged;
    const gone = await stack.up();
    for (const { changes } of [denied, gone]) {
      expect(changes).toMatchObject({ create: 0, update: 0, replace: 0 });
    }
    expect([await image(), await serves()]).toEqual([second, 200]);
  });

  it("comes back by its id, though its name is gone and the registry too", async () => {
    const [, before] = await history();
    const id = before?.imageId ?? "";
    await docker(["tag", id, `${repository}:kept`]);
    await docker(["image", "rm", first]);
    await stack.must("rollback", "--yes");
    expect([await image(), (await containerOf(stack, "app")).State.Status]).toEqual([
      id,
      "running",
    ]);
    expect((await history())[0]).toMatchObject({ image: id, imageId: id, backTo: before?.id });
    expect(stack.printed).not.toContain("canary-registry");
  });
});
