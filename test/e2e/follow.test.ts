// @module-tag long
// A host that follows a branch by itself, with the real `up`: a good commit, one whose smoke test fails, a good one.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { claimName, takePorts } from "../support/claims.js";
import { root, until } from "../support/docker.js";
import { Followed } from "../support/followed.js";

const name = "test-follow";
const ports = await takePorts("http", "admin");
// Below this checkout, whose packages a program in it finds.
const repository = new Followed(join(root, ".keelson"));
const log: Record<string, unknown>[] = [];
let follower: ChildProcess | undefined;

beforeAll(async () => {
  await claimName(name);
  cpSync(join(root, "images/sample-app"), join(repository.clone, "app"), { recursive: true });
  // The program of this checkout, as `node_modules` would have it.
  const stack = `import { Stack } from ${JSON.stringify(join(root, "keelson.ts"))};\n`;
  repository.write("index.ts", `${stack}export default Stack.fromConfig().outputs;\n`);
  repository.write("package.json", JSON.stringify({ name: "shop-deploy", type: "module" }));
  const defaults = {
    app: {
      name,
      build: { context: "../app" },
      port: 3000,
      health: { path: "/health", readyPath: "/ready" },
      migrate: { command: ["node", "migrate.js"] },
      secrets: ["SESSION_SECRET"],
    },
    secrets: { SESSION_SECRET: { generate: { length: 64 } } },
    release: { smoke: [{ path: "/version", json: { gitSha: "$gitSha", version: "$version" } }] },
    postgres: { adminPort: ports.admin },
    proxy: { httpPort: ports.http },
  };
  const nodeargs = `--import ${join(root, "bin/typescript.mjs")}`;
  repository.write(
    "Pulumi.yaml",
    stringify({
      name: "shop",
      runtime: { name: "nodejs", options: { typescript: false, nodeargs } },
      main: "index.ts",
      config: { "keelson:defaults": { value: defaults } },
    }),
  );
});

afterAll(async () => {
  await end("SIGKILL");
  const stop = [join(root, "bin/keelson.mjs"), "stop", "--purge", "--yes"];
  const stopping = spawn(process.execPath, stop, { cwd: repository.project, stdio: "inherit" });
  await once(stopping, "close");
  repository.remove();
});

/** Starts the command as a service does. */
function start(): void {
  const args = ["follow", "--branch", "main", "--every", "5s", "--tries", "1"];
  const command = [join(root, "bin/keelson.mjs"), ...args, "--engine", "embedded"];
  follower = spawn(process.execPath, command, {
    cwd: repository.project,
    stdio: ["ignore", "pipe", "inherit"],
  });
  follower.stdout?.on("data", (chunk: Buffer) => {
    for (const line of chunk.toString().trim().split("\n")) {
      log.push(JSON.parse(line) as Record<string, unknown>);
    }
  });
}

/** Ends it, and waits for that. */
async function end(signal: NodeJS.Signals): Promise<void> {
  const running = follower;
  follower = undefined;
  if (running?.exitCode !== null) return;
  running.kill(signal);
  await once(running, "close");
}

/** Waits for what the follower says of a commit. */
async function said(event: string, id: string): Promise<Record<string, unknown>> {
  return until(
    `${event} of ${id}`,
    () => Promise.resolve(log.find((line) => line["event"] === event && line["id"] === id)),
    280,
    200,
  );
}

async function served(): Promise<unknown> {
  const answer = await fetch(`http://localhost:${String(ports.http)}/version`);
  return ((await answer.json()) as { gitSha?: unknown }).gitSha;
}

/** Makes the app answer another version than it is, or its own again. */
function answerWrong(wrong: boolean): void {
  const file = join(repository.clone, "app/lib/routes.js");
  const text = readFileSync(join(root, "images/sample-app/lib/routes.js"), "utf8");
  writeFileSync(
    file,
    wrong ? text.replace('? "wrong" : settings.version', '? "wrong" : "wrong"') : text,
  );
}

describe("a host that follows a branch", () => {
  it("brings up a commit, and the next one when it is pushed", async () => {
    const first = repository.push("good");
    start();
    await said("live", first.id);
    // What changes the build context is a release.
    writeFileSync(join(repository.clone, "app/second.txt"), "2\n");
    const second = repository.push("good");
    await said("live", second.id);
    expect(await served()).toBe(second.id);
  });

  it("keeps what is live where the smoke test of a commit fails, and takes the next good one", async () => {
    const before = await served();
    answerWrong(true);
    const bad = repository.push("bad");
    expect(await said("failed", bad.id)).toMatchObject({ bad: true, level: "error" });
    expect(await served()).toBe(before);
    await end("SIGTERM");
    // Started again, it knows: the bad one is not tried a second time.
    start();
    await said("bad", bad.id);
    answerWrong(false);
    writeFileSync(join(repository.clone, "app/third.txt"), "3\n");
    const good = repository.push("good");
    await said("live", good.id);
    expect(await served()).toBe(good.id);
    const ups = log.filter(({ event, id }) => event === "up" && id === bad.id);
    expect(ups).toHaveLength(1);
  });
});
