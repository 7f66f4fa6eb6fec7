// @module-tag long
// The commands of the pipeline, in its order: one image built, pushed, deployed by its digest, approved by the checklist.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Release } from "#cli/stack/releases";
import { ask } from "../support/app.js";
import { takePorts } from "../support/claims.js";
import { Command } from "../support/command.js";
import { docker, tryDocker, until } from "../support/docker.js";
import { fixtureImage } from "../support/fixture-image.js";
import { containerOf } from "../support/inspect.js";
import { Stack } from "../support/stack.js";

const ports = await takePorts("http", "tcp", "admin", "registry");
const registry = "test-pipeline-registry";
const repository = `localhost:${String(ports.registry)}/team/shop`;
const stack = new Stack("test-pipeline", {
  app: { name: "e2e-pipeline" },
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http, tcp: [{ port: ports.tcp, target: 1982 }] },
});
const base = { DOCKER_CONFIG: join(stack.home, "docker"), GIT_SHA: "aaaa111" };

beforeAll(async () => {
  await stack.sweep();
  await tryDocker(["rm", "--force", registry]);
  const image = await fixtureImage("registry");
  const published = `127.0.0.1:${String(ports.registry)}:5000`;
  await docker(["run", "--detach", "--name", registry, "--publish", published, image]);
  mkdirSync(base.DOCKER_CONFIG);
  const auth = Buffer.from("eve:canary-registry").toString("base64");
  const login = { auths: { [`localhost:${String(ports.registry)}`]: { auth } } };
  writeFileSync(join(base.DOCKER_CONFIG, "config.json"), JSON.stringify(login));
});
afterAll(async () => {
  await stack.remove();
  await tryDocker(["rm", "--force", "--volumes", registry]);
  const { stdout } = await tryDocker(["image", "ls", "--quiet", "--no-trunc", repository]);
  const tags = [...new Set(stdout.split("\n"))].filter((id) => id !== "");
  if (tags.length > 0) await tryDocker(["image", "rm", `${repository}:v1.0.1`]);
});

const last = (text: string) => text.trim().split("\n").at(-1) ?? "";
const newest = async () =>
  (JSON.parse(last(await stack.must("releases", "--json"))) as Release[])[0];
const running = async () => (await containerOf(stack, "app")).Config.Image;

interface Checklist {
  readonly ok: boolean;
  readonly gates: readonly { readonly gate: string; readonly ok: boolean; readonly text: string }[];
}
async function checklist(...more: string[]): Promise<Checklist> {
  const { stdout } = await stack.keelson("checklist", "--json", ...more);
  return JSON.parse(last(stdout)) as Checklist;
}
const failedGates = ({ gates }: Checklist) => gates.filter(({ ok }) => !ok).map(({ gate }) => gate);

let reference = "";

describe("the pipeline", () => {
  it("builds one image and pushes it under its version, by its digest", async () => {
    stack.environment = { ...base, APP_VERSION: "v1.0.1" };
    const pushed = async () => {
      const { code, stdout } = await stack.keelson("build", "--push", repository);
      return code === 0 ? last(stdout) : undefined;
    };
    reference = await until("the image is in the registry", pushed, 120, 1000);
    expect(reference).toMatch(new RegExp(`^${repository}@sha256:[0-9a-f]{64}$`));
    await docker(["image", "inspect", `${repository}:v1.0.1`]);
  });

  it("deploys that very image, which the history names with its version", async () => {
    stack.environment = { ...base, APP_VERSION: "v1.0.1", KEELSON_IMAGE: reference };
    await stack.up();
    expect(await running()).toBe(reference);
    expect(await newest()).toMatchObject({ image: reference, version: "v1.0.1", result: "live" });
    expect((await stack.up()).changes).toMatchObject({ create: 0, update: 0, replace: 0 });
  });

  it("is held up by its checklist, gate by gate", async () => {
    await until("the first dump", async () => (await stack.keelson("backup now")).code === 0, 120);
    const unproven = await checklist("--require", "CANARY_KEY", "--after", stack.name);
    expect(failedGates(unproven)).toEqual(["required", "proof", `after ${stack.name}`]);
    await stack.must("drill now");
    expect(failedGates(await checklist())).toEqual([]);
    expect(failedGates(await checklist("--proof-within", "1s"))).toEqual(["proof"]);
    stack.environment = {
      ...stack.environment,
      KEELSON_IMAGE: `${repository}@sha256:${"0".repeat(64)}`,
    };
    expect(failedGates(await checklist())).toEqual(["image"]);
    expect((await stack.keelson("checklist")).code).toBe(1);
  });

  it("leaves what is live when a deploy is cancelled, and the next one ends it", async () => {
    stack.environment = { ...base, APP_VERSION: "v1.0.2", KEELSON_IMAGE: reference };
    const cancelled = new Command(stack, ["up"]);
    await cancelled.runs(/bin\/step\.mjs /);
    cancelled.interrupt();
    expect(await cancelled.ended).not.toBe(0);
    expect((await ask(ports.http, "/health")).status).toBe(200);
    await stack.up();
    expect(await newest()).toMatchObject({ version: "v1.0.2", result: "live", image: reference });
  });

  it("streams an image to a host without a registry", async () => {
    stack.environment = base;
    const built = JSON.parse(last(await stack.must("build", "--json"))) as { id: string };
    const streamed = await stack.must("build", "--stream", "unix:///var/run/docker.sock");
    expect(last(streamed)).toBe(built.id);
    stack.environment = { ...base, APP_VERSION: "v1.0.3", KEELSON_IMAGE: built.id };
    await stack.up();
    expect(await newest()).toMatchObject({ version: "v1.0.3", result: "live" });
  });
});
