// Releases leave a history, and can be undone: image and settings, without a build and without a lost request.
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual, promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Release } from "#cli/stack/releases";
import { ask, readNote, writeNote } from "../support/app.js";
import { buildRelease } from "../support/build-release.js";
import { Command } from "../support/command.js";
import { docker, root, until } from "../support/docker.js";
import { containerOf } from "../support/inspect.js";
import { engine, Stack } from "../support/stack.js";
import { long } from "../support/long.js";
import { traffic, type Traffic } from "../support/traffic.js";
import { takePorts } from "../support/claims.js";

const ports = await takePorts("http", "tcp", "admin");
const contexts = mkdtempSync(join(tmpdir(), "keelson-contexts-"));

const stack = new Stack("test-roll", {
  app: {
    name: "e2e-roll",
    version: "1",
    gitSha: "aaaa111",
    env: { FAULT: "none", GREETING: "hello" },
    migrate: { backwardCompatible: true },
    health: { startPeriod: "1s", timeout: "20s", startTimeout: "180s" },
  },
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http, tcp: [{ port: ports.tcp, target: 1982 }] },
  release: { drain: "4s", watch: { window: null }, keepImages: 2 },
});
stack.environment = { KEELSON_ACTOR: "eve" };

beforeAll(async () => {
  await stack.sweep();
  build("1");
  await stack.up();
});
afterAll(async () => {
  await stack.remove();
  rmSync(contexts, { recursive: true });
  // By name: another stack's image may be the very same.
  const images = await docker([
    "image",
    "ls",
    "--format",
    "{{.Repository}}:{{.Tag}}",
    "e2e-roll/app",
  ]);
  if (images !== "") await docker(["image", "rm", "--force", ...images.split("\n")]);
});

const build = (version: string, migration?: string) => {
  buildRelease(stack, contexts, version, migration);
};

async function history(): Promise<Release[]> {
  const text = await stack.must("releases", "--json");
  return JSON.parse(text.trim().split("\n").at(-1) ?? "") as Release[];
}

const told = async () =>
  (await history()).map(({ id, result, backTo }) => `${id} ${result} ${backTo ?? ""}`.trim());

/** What runs: image, version and one variable of the settings. */
async function live() {
  const { Config } = await containerOf(stack, "app");
  const greeting = Config.Env.find((each) => each.startsWith("GREETING="));
  const { version } = JSON.parse((await ask(ports.http, "/version")).body) as { version: string };
  return { image: Config.Image, version, greeting };
}

async function under(work: () => Promise<string>): Promise<{ text: string; seen: Traffic }> {
  const clients = traffic(ports);
  const text = await work();
  return { text, seen: await clients.stop() };
}

/** Asks for a rollback that has to be refused, and hands back the reason. */
async function refused(...args: string[]): Promise<string> {
  const before = (await containerOf(stack, "app")).Id;
  const { code, stderr } = await stack.keelson("rollback", "--yes", ...args);
  expect([code, (await containerOf(stack, "app")).Id]).toEqual([1, before]);
  return stderr.trim();
}

/** A command as a person types it, who then agrees to what is asked. */
async function typed(command: string): Promise<void> {
  const env = { ...stack.env, KEELSON_ENGINE: engine };
  await promisify(execFile)("sh", ["-c", `${command} --yes`], { cwd: root, env });
}

let first = { image: "", version: "", greeting: "" as string | undefined };

describe("a release", () => {
  it("is one in the history, with its figures, though its first run was killed", async () => {
    first = await live();
    build("2");
    stack.configure({ app: { gitSha: "bbbb222", env: { GREETING: "good day" } } });
    const killed = new Command(stack, ["up"]);
    await killed.runs(/^docker start --attach /);
    await killed.kill();
    expect((await history())[0]).toMatchObject({ id: "v2", reason: "it was interrupted" });
    const { seen } = await under(() => stack.must("up"));
    expect(seen.failed).toEqual([]);
    const [newest, oldest, ...others] = await history();
    expect(others).toEqual([]);
    expect(newest).toMatchObject({
      id: "v2",
      result: "live",
      reason: null,
      who: "eve",
      version: "2",
      gitSha: "bbbb222",
      failed: 0,
      errors: 0,
      backTo: null,
      previous: false,
      settings: { env: { GREETING: "good day" }, image: newest?.image, version: "2" },
    });
    expect(newest?.settings).not.toHaveProperty("build");
    expect(newest?.requests).toBeGreaterThan(20);
    expect(newest?.seconds).toBeGreaterThan(1);
    const { begin = "", switched, end } = newest ?? {};
    expect([begin, switched, end].sort()).toEqual([begin, switched, end]);
    expect(oldest).toMatchObject({
      id: "v1",
      result: "superseded",
      image: first.image,
      version: "1",
      previous: true,
    });
    const table = await stack.must("releases");
    expect(table).toMatch(
      /^v2 .* 0 of \d+ .*e2e-roll\/app:[0-9a-f]{12} +[0-9a-f]{12} +2 +bbbb222 +eve +live$/m,
    );
  });

  it("that fails is recorded with its reason, and again when it is tried again", async () => {
    stack.configure({ app: { env: { FAULT: "smoke" } } });
    for (const id of ["v3", "v4"]) {
      expect((await stack.keelson("up")).code).toBe(1);
      expect((await history())[0]).toMatchObject({
        id,
        result: "failed",
        reason: expect.stringMatching(/^smoke test of the new container: \//) as unknown,
      });
    }
    expect(await told()).toEqual(["v4 failed", "v3 failed", "v2 live", "v1 superseded"]);
    stack.configure({ app: { env: { FAULT: "none" } } });
  });
});

describe("a rollback", () => {
  it("says what it would do, and does nothing that nobody agrees to", async () => {
    const { code, stdout, stderr } = await stack.keelson("rollback");
    expect(stdout).toMatch(/^Rolling back to v1: e2e-roll\/app:\w+, version 1, .* by eve\.$/m);
    expect(stdout).toContain('  app.env.GREETING: "good day" → "hello"\n');
    expect([code, stderr]).toEqual([1, expect.stringContaining("Nobody is here to ask")]);
    expect(await stack.must("rollback", "--list")).toMatch(/^v1 .*\nv2 is live\.\n$/m);
    expect(await refused("--to", "v9")).toBe("There is no release v9; there are v1.");
    expect(await refused("--to", "v2")).toBe("v2 is live already.");
    expect(await refused("--to", "v3")).toMatch(/^v3 never was live \(failed: smoke test/);
  });

  it("brings image and settings back, with nothing to build from, and no request is lost", async () => {
    renameSync(contexts, `${contexts}-away`);
    const { text, seen } = await under(() => stack.must("rollback", "--yes"));
    renameSync(`${contexts}-away`, contexts);
    expect(seen.failed).toEqual([]);
    expect(seen.versions).toEqual(["1", "2"]);
    expect(await live()).toEqual(first);
    expect(text).toMatch(/v5 is live: v1 again, [\d.]+ s, 0 of \d+ requests failed\./);
    expect(text).toMatch(/the next keelson up goes forward to them again/);
    const [newest] = await history();
    expect(newest).toMatchObject({ id: "v5", result: "live", backTo: "v1", failed: 0 });
    expect((await history())[3]).toMatchObject({
      id: "v2",
      result: "rolled-back",
      reason: "by v5, which rolled back to v1",
    });
    expect(await refused()).toMatch(
      /^v5 is live, and none of the releases before it can be rolled back to/,
    );
  });

  it(
    "goes forward again to a release that is named, after which the settings change nothing",
    long,
    async () => {
      await stack.must("rollback", "--yes", "--to", "v2");
      expect(await live()).toMatchObject({ version: "2", greeting: "GREETING=good day" });
      const before = (await containerOf(stack, "app")).Id;
      await stack.up();
      expect((await containerOf(stack, "app")).Id).toBe(before);
      expect((await told())[0]).toBe("v6 live v2");
    },
  );

  it("has the images of the last releases and no others", long, async () => {
    const images = async () =>
      (await docker(["image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "e2e-roll/app"]))
        .split("\n")
        .sort();
    const second = (await live()).image;
    build("3");
    await stack.up();
    const kept = [second, (await live()).image].sort();
    // An image stays as long as another stack's proxy, one that is just being replaced, can't be asked whether it needs
    // it; the next release looks again.
    await until("the images of the last releases", async () => {
      if (isDeepStrictEqual(await images(), kept)) return true;
      await stack.must("rollback", "--yes", "--to", "v2");
      await stack.up();
      return false;
    });
    expect(await images()).toEqual(kept);
    expect(await refused("--to", "v1")).toMatch(
      `v1 ran ${first.image}, which is not on the Docker host any more;`,
    );
    expect(await stack.must("rollback", "--list")).toMatch(/^v1 .*; its image is gone$/m);
  });

  it("over a migration is refused, with the command that brings the data back too", async () => {
    const before = await live();
    const note = await writeNote(ports.http, "written before");
    build("4", "CREATE TABLE later (note int REFERENCES notes); DELETE FROM notes;");
    stack.configure({ app: { migrate: { backwardCompatible: false, dumpBefore: true } } });
    await stack.up();
    expect(await readNote(ports.http, note)).toMatch(/^404 /);
    const refusal = await refused();
    const number = Number((await history())[0]?.id.slice(1));
    expect(refusal).toContain(
      `v${number} migrated the database, and it is not marked app.migrate.backward`,
    );
    const commands = refusal.split("\n").filter((line) => line.startsWith("  "));
    expect(commands.map((each) => each.trim().split(" ").at(-1))).toEqual([
      "--keep-data",
      "--with-data",
    ]);
    await typed(commands[1]?.trim() ?? "");
    expect(await live()).toEqual(before);
    expect(await readNote(ports.http, note)).toBe("written before");
    // What was restored says itself that it has not had the migration.
    await stack.up();
    expect((await history())[0]).toMatchObject({
      id: `v${number + 2}`,
      migration: { ran: true },
    });
    expect(await readNote(ports.http, note)).toMatch(/^404 /);
  });
});
