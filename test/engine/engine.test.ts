import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, watch } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { destroy, exportStack, outputs, preview, up } from "#engine/index";
import type { EngineOptions } from "#engine/index";

const projectDirectory = join(import.meta.dirname, "fixtures", "program");
// Written by Pulumi's CLI 3.259 with the passphrase below.
const stackFile = `encryptionsalt: v1:OxX0JFDv6mY=:v1:ZIu4+TkQanXUi71Q:NdUO235hneztgoZzRoLeZj5cbUUZjQ==
config:
  keelson:token:
    secure: v1:2TOp/VvViSSXUqsa:k1S0Cs20sYrVtkF4MClvvzkcGocWhy15Z+2zmqH8i9E=
`;

// Each starts a few node processes, whose time depends on what else the machine does.
vi.setConfig({ testTimeout: 120_000 });

// A dozen processes load the same packages: all but the first find them compiled.
const compiled = mkdtempSync(join(tmpdir(), "keelson-compiled-"));
afterAll(() => rm(compiled, { recursive: true }));

let stateDirectory: string;
let statePath: string;
let lines: string[];

beforeEach(async () => {
  stateDirectory = await mkdtemp(join(tmpdir(), "keelson-engine-"));
  statePath = join(stateDirectory, ".pulumi", "stacks", "keelson", "test-unit.json");
  await writeFile(join(stateDirectory, "stack.yaml"), stackFile);
  lines = [];
});
afterEach(() => rm(stateDirectory, { recursive: true }));

function options(fixture = ""): EngineOptions {
  return {
    projectDirectory,
    stateDirectory,
    stack: "test-unit",
    passphrase: "pass",
    configFile: join(stateDirectory, "stack.yaml"),
    environment: {
      ...process.env,
      NODE_COMPILE_CACHE: compiled,
      FIXTURE: fixture,
      ...hold(),
    },
    output: (line) => lines.push(line),
  };
}

async function changeOf(path: string): Promise<void> {
  const watcher = watch(path);
  await once(watcher, "change");
  watcher.close();
}

const hold = () => ({ LOG: join(stateDirectory, "log"), HOLD: join(stateDirectory, "hold") });

test("runs a program from nothing to nothing, secrets sealed and unseen", async () => {
  const first = await up(options());
  expect(first.changes).toEqual({ create: 4, update: 0, replace: 0, delete: 0, same: 0 });
  expect(first.outputs["defaults"]).toEqual({
    value: { greeting: "hello", list: [1, 2] },
    secret: false,
  });
  expect(first.outputs["token"]).toEqual({ value: "tok-secret-value", secret: true });
  const said = String(first.outputs["said"]?.value);
  expect(said).toMatch(/^.{24} once$/);
  expect(first.outputs["said"]?.secret).toBe(true);
  expect(lines[0]).toMatch(/^embedded engine .*: up keelson\/test-unit$/);
  expect(lines.at(-1)).toMatch(/^Resources: \+ 4 created; Duration: \d+\.\d s$/);
  const state = await readFile(statePath, "utf8");
  const password = said.slice(0, 24);
  for (const text of [state, lines.join("\n"), JSON.stringify(await exportStack(options()))]) {
    expect(text).not.toContain(password);
    expect(text).not.toContain("tok-secret-value");
  }
  expect((await stat(statePath)).mode & 0o777).toBe(0o600);

  const planned = await preview(options("changed"));
  expect(planned.changes).toMatchObject({ update: 1, same: 3 });
  expect(planned.steps.map(({ op }) => op).sort()).toEqual(["same", "same", "same", "update"]);
  expect(await readFile(statePath, "utf8")).toBe(state);
  const changed = planned.steps.find(({ op }) => op === "update");
  const [was, is] = [changed?.oldState, changed?.newState];
  expect(was?.inputs).not.toEqual(is?.inputs);
  expect(is?.type).toBe("command:local:Command");
  expect(changed?.diffReasons).not.toEqual([]);
  expect(JSON.stringify(planned.steps)).toContain('"[secret]"');
  expect(JSON.stringify(planned.steps)).not.toContain(password);

  expect((await up(options())).changes).toMatchObject({ same: 4, create: 0, update: 0 });
  expect(await outputs(options())).toEqual(first.outputs);
  expect((await destroy(options())).changes).toMatchObject({ delete: 4 });
  expect(JSON.parse(await readFile(statePath, "utf8"))).toMatchObject({
    checkpoint: { latest: { resources: [] } },
  });
});

test("a program that fails says why", async () => {
  const failing = (fixture: string) => up({ ...options(fixture), stack: `test-${fixture}` });
  await Promise.all([
    expect(failing("unknown")).rejects.toThrow(
      'aws:s3:Bucket logs: the embedded engine has no provider "aws"; use the Pulumi CLI for it.',
    ),
    expect(failing("function")).rejects.toThrow(
      /^The embedded engine does not know the function docker:index\/getNetwork:getNetwork/,
    ),
    expect(failing("throws")).rejects.toThrow(
      /^The program failed\.\n[^]*the program's own mistake/,
    ),
  ]);
});

test("continues a run that was killed in the middle of a step", async () => {
  await writeFile(hold().HOLD, "");
  await writeFile(hold().LOG, "");
  const program = `
    import { up } from ${JSON.stringify(join(import.meta.dirname, "../../engine/index.ts"))};
    await up({ ...JSON.parse(process.argv[1]), environment: process.env });`;
  const child = spawn(
    process.execPath,
    [
      "--import",
      "tsx",
      "--input-type=module",
      "--eval",
      program,
      JSON.stringify({ ...options(), environment: undefined }),
    ],
    { env: { ...process.env, ...hold(), FIXTURE: "slow" }, stdio: "inherit" },
  );
  const exited = once(child, "exit");
  try {
    await Promise.race([changeOf(hold().LOG), exited]);
  } finally {
    child.kill("SIGKILL");
    await exited;
    await rm(hold().HOLD);
  }
  const killed = JSON.parse(await readFile(statePath, "utf8")) as {
    checkpoint: { latest: { pending_operations: { type: string; resource: { urn: string } }[] } };
  };
  const pending = killed.checkpoint.latest.pending_operations;
  expect(pending.map(({ type, resource }) => [type, resource.urn])).toEqual([
    ["creating", "urn:pulumi:test-unit::keelson::command:local:Command::slow"],
  ]);
  const again = await up(options("after"));
  expect(again.changes).toMatchObject({ create: 1, delete: 0 });
  expect(lines.join("\n")).toContain("removed the lock of a run that is gone");
  expect(lines.join("\n")).toContain(
    "command:local:Command slow: a run before was killed while creating it",
  );
  expect(await readFile(hold().LOG, "utf8")).toBe("ran\nran\n");
  expect(await readFile(statePath, "utf8")).not.toContain("pending_operations");
});

test("ends after the running step when it is to stop", async () => {
  await writeFile(hold().HOLD, "");
  await writeFile(hold().LOG, "");
  const stop = new AbortController();
  const running = up({ ...options("slow"), signal: stop.signal });
  await changeOf(hold().LOG);
  stop.abort();
  await rm(hold().HOLD);
  await expect(running).rejects.toThrow("The run was interrupted.");
  const resumed = await up(options("slow"));
  expect(resumed.changes).toMatchObject({ create: 0, update: 0, delete: 0 });
});

test("changes no stack but local and test ones unless told so", async () => {
  await expect(up({ ...options(), stack: "prod" })).rejects.toThrow(
    'The embedded engine changes only the stack "local" and test stacks (test-…), not "prod"; use the Pulumi CLI, or name the embedded engine explicitly.',
  );
});
