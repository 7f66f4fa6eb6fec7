// The embedded engine on a real Docker engine, and its state in the hands of the real CLI.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { destroy, exportStack, preview, up } from "#engine/index";
import type { EngineOptions } from "#engine/index";
import { docker, root, run, tryDocker } from "../support/docker.js";

const projectDirectory = join(import.meta.dirname, "fixtures", "engine");
const label = "label=dev.keelson.stack=test-engine";
const hasPulumi = (process.env["PATH"] ?? "")
  .split(":")
  .some((directory) => existsSync(join(directory, "pulumi")));

let stateDirectory: string;
let image: string;
let lines: string[] = [];

beforeAll(async () => {
  await sweep();
  stateDirectory = await mkdtemp(join(tmpdir(), "keelson-engine-"));
  const { stdout } = await run(join(root, "images", "build"), ["base"]);
  image = stdout.trim().split("\n").at(-1) ?? "";
});
afterAll(async () => {
  await sweep();
  await rm(stateDirectory, { recursive: true });
});

function options(fixture = ""): EngineOptions {
  lines = [];
  return {
    projectDirectory,
    stateDirectory,
    stack: "test-engine",
    passphrase: "e2e-passphrase",
    environment: { ...process.env, FIXTURE: fixture, IMAGE: image },
    output: (line) => lines.push(line),
  };
}

async function names(kind: "container" | "volume" | "network"): Promise<string[]> {
  const all = kind === "container" ? ["--all"] : [];
  const key = kind === "container" ? ".Names" : ".Name";
  const listed = await docker([kind, "ls", ...all, "--filter", label, "--format", `{{${key}}}`]);
  return listed.split("\n").filter((name) => name !== "");
}

async function sweep(): Promise<void> {
  for (const name of await names("container")) await tryDocker(["rm", "--force", name]);
  for (const name of await names("volume")) await tryDocker(["volume", "rm", name]);
  for (const name of await names("network")) await tryDocker(["network", "rm", name]);
}

const files = async (): Promise<string> =>
  docker(["exec", (await names("container"))[0] ?? "", "ls", "/data"]);

test("a stack comes up, and a second run finds nothing to do", async () => {
  const first = await up(options());
  expect(first.changes).toMatchObject({ create: 4, same: 0 });
  expect(await names("container")).toEqual([first.outputs["name"]?.value]);
  expect((await up(options())).changes).toMatchObject({
    same: 4,
    create: 0,
    update: 0,
    replace: 0,
  });
  const refreshed = await up({ ...options(), refresh: true });
  expect(refreshed.changes).toMatchObject({ same: 4, create: 0, update: 0, replace: 0 });
});

test.runIf(hasPulumi)("the real CLI takes the state over and finds nothing to do", async () => {
  const backend = await mkdtemp(join(tmpdir(), "keelson-pulumi-"));
  const exported = join(backend, "export.json");
  await writeFile(exported, JSON.stringify(await exportStack(options())));
  const config = join(projectDirectory, "Pulumi.test-engine.yaml");
  const variables = [
    `PULUMI_BACKEND_URL=file://${backend}`,
    "PULUMI_CONFIG_PASSPHRASE=e2e-passphrase",
    "PULUMI_SKIP_UPDATE_CHECK=1",
    "FIXTURE=",
    `IMAGE=${image}`,
  ];
  const pulumi = async (...args: string[]): Promise<string> => {
    const stack = ["--cwd", projectDirectory, "--stack", "test-engine"];
    return (await run("env", [...variables, "pulumi", ...args, ...stack])).stdout;
  };
  await pulumi("stack", "init");
  try {
    await pulumi("stack", "import", "--file", exported);
    for (const refresh of [[], ["--refresh"]]) {
      const json = JSON.parse(await pulumi("preview", "--json", ...refresh)) as {
        changeSummary: Record<string, number>;
      };
      expect(json.changeSummary).toEqual({ same: 4 });
    }
  } finally {
    await rm(backend, { recursive: true });
    await rm(config, { force: true });
  }
});

test("a changed environment replaces the container only, the new one first", async () => {
  const [before] = await names("container");
  expect((await preview(options("changed"))).changes).toMatchObject({ replace: 1, same: 3 });
  expect(await names("container")).toEqual([before]);
  const changed = await up(options("changed"));
  expect(changed.changes).toMatchObject({ replace: 1, same: 3, delete: 0 });
  expect(await names("container")).toEqual([changed.outputs["name"]?.value]);
  expect(changed.outputs["name"]?.value).not.toBe(before);
  expect(await files()).toBe("one\ntwo");
});

test("a container that was stopped or removed by hand is repaired", async () => {
  const [name = ""] = await names("container");
  await docker(["stop", "--time", "1", name]);
  const started = await up({ ...options("changed"), refresh: true });
  expect(started.changes).toMatchObject({ update: 1, replace: 0, same: 3 });
  expect(await docker(["inspect", "--format", "{{.State.Running}}", name])).toBe("true");
  await docker(["rm", "--force", name]);
  const made = await up({ ...options("changed"), refresh: true });
  expect(made.changes).toMatchObject({ create: 1, same: 3 });
  expect(await names("container")).toHaveLength(1);
});

test("a container that does not get healthy fails the run and shows why; the old one stays", async () => {
  const [old] = await names("container");
  await expect(up(options("sick"))).rejects.toThrow(
    "docker:Container test-engine-box: container failed to be in healthy state",
  );
  const printed = lines.join("\n");
  expect(printed).toContain("test-engine-box | healthcheck (exit code 1): unwell");
  expect(printed).toContain("test-engine-box |   line of the log");
  expect(await names("container")).toHaveLength(2);
  expect(await docker(["inspect", "--format", "{{.State.Running}}", old ?? ""])).toBe("true");
  await up(options());
  expect(await names("container")).toHaveLength(1);
});

test("a kill in the middle of a create leaves nothing behind for good", async () => {
  const program = `
    import { up } from ${JSON.stringify(join(root, "engine", "index.ts"))};
    await up({ ...JSON.parse(process.argv[1]), environment: process.env });`;
  const given = JSON.stringify({ ...options(), environment: undefined });
  const args = ["--import", "tsx", "--input-type=module", "--eval", program, given];
  const env = { ...process.env, FIXTURE: "changed", IMAGE: image };
  const child = spawn(process.execPath, args, { env, cwd: root, stdio: "inherit" });
  const ended = once(child, "exit");
  const state = join(stateDirectory, ".pulumi", "stacks", "keelson", "test-engine.json");
  await expect.poll(() => readFile(state, "utf8"), { timeout: 60_000 }).toContain('"creating"');
  child.kill("SIGKILL");
  await ended;
  await up(options("changed"));
  expect(await names("container")).toHaveLength(1);
  expect(await files()).toBe("one\ntwo");
  expect((await up(options("changed"))).changes).toMatchObject({ same: 4 });
});

test("destroy leaves nothing", async () => {
  expect((await destroy(options())).changes).toMatchObject({ delete: 4 });
  expect(await names("container")).toEqual([]);
  expect(await names("volume")).toEqual([]);
  expect(await names("network")).toEqual([]);
});
