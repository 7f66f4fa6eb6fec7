// What an operator does with a stack that runs: reads its logs, runs a command, asks the database, looks at it.
import { spawn } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { takePorts } from "../support/claims.js";
import { docker, until } from "../support/docker.js";
import { Stack } from "../support/stack.js";

const ports = await takePorts("http", "admin");
const stack = new Stack("test-opr", {
  app: {
    name: "opr",
    secrets: ["TOKEN"],
    env: { GREETING: "a 'b' #c", HOME: "/tmp" },
    migrate: { command: ["node", "migrate.js"] },
  },
  secrets: { TOKEN: { generate: { length: 20 } } },
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http },
  backup: { enabled: false },
});

beforeAll(async () => {
  await stack.sweep();
  await stack.up();
});
afterAll(() => stack.remove());

/** A command whose own arguments come after `--`. @returns its exit code and what it printed, trimmed */
async function keelson(command: string, args: readonly string[], input = "") {
  const child = started(command, args);
  const printed = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8");
    child[stream].on("data", (text: string) => (printed[stream] += text));
  }
  child.stdin.end(input);
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { code, stdout: printed.stdout.trim(), stderr: printed.stderr.trim() };
}

function started(command: string, args: readonly string[]) {
  const argv = [...stack.args(command), "--", ...args];
  return spawn(process.execPath, argv, { env: stack.env, stdio: ["pipe", "pipe", "pipe"] });
}

const ofRuns = ["--filter", "label=dev.keelson.workload=run"];
const shell = (script: string) => ["sh", "-c", script];

describe("keelson run", () => {
  it("has what the live app has, passes input, outputs and the exit code on, and leaves nothing", async () => {
    const script = `read line; echo "$line $GREETING $HOME"; id -u; cat /run/secrets/TOKEN; echo; grep CapEff /proc/self/status; touch /x; exit 7`;
    const ran = await keelson("run", shell(script), "typed\n");
    const lines = ran.stdout.split("\n");
    expect(lines[0]).toBe("typed a 'b' #c /tmp");
    expect(lines[1]).toBe("10001");
    expect(lines[2]).toMatch(/^\w{20}$/);
    expect(lines[3]).toMatch(/0000000000000000$/);
    expect(ran.stderr).toContain("Read-only file system");
    expect(ran.code).toBe(7);
    expect(await docker(["ps", "--all", "--quiet", ...stack.filter, ...ofRuns])).toBe("");
  });

  it("reaches the app's database, as the migrator where that is asked for", async () => {
    const script =
      'const { readFileSync } = require("node:fs"); console.log(new URL(readFileSync(process.env.DATABASE_URL_FILE, "utf8")).username)';
    const app = await keelson("run", ["node", "-e", script]);
    expect(app).toMatchObject({ code: 0, stdout: expect.stringMatching(/_app$/) as string });
    const args = ["node", "-e", script];
    const migrator = await keelson("run --as migrator", args);
    expect(migrator).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/_migrator$/) as string,
    });
  });

  it("passes a signal on, and tells what was run", async () => {
    const script = "trap 'echo ended; exit 9' TERM; echo ready; while :; do sleep 0.1; done";
    const child = started("run", shell(script));
    let printed = "";
    child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
    await until("the command runs", () => Promise.resolve(printed.includes("ready")));
    child.kill("SIGTERM");
    expect(await new Promise((resolve) => child.once("close", resolve))).toBe(9);
    expect(printed).toContain("ended");
    const listed = await stack.must("run", "--list", "--json");
    const runs = JSON.parse(listed) as { code: number; as: string; command: string[] }[];
    expect(runs.map(({ code, as }) => `${String(code)} ${as}`)).toEqual([
      "9 app",
      "0 migrator",
      "0 app",
      "7 app",
    ]);
    expect(runs[0]?.command).toEqual(shell(script));
  });
});

describe("keelson psql and exec", () => {
  const user = ["-AXtc", "SELECT current_user"];

  it("connects as readonly, which writes nothing, or as who is asked for", async () => {
    const reader = await keelson("psql", user);
    expect(reader).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/_readonly$/) as string,
    });
    const writes = await keelson("psql", ["-c", "CREATE TABLE t ()"]);
    expect(writes.code).toBe(1);
    expect(writes.stderr).toMatch(/read-only transaction|permission denied/);
    expect((await keelson("psql --as owner", user)).stdout).toMatch(/_owner$/);
    expect((await keelson("psql --as superuser", user)).stdout).toBe("postgres");
    const piped = await keelson("psql --as app", ["-AXt"], "SELECT 40 + 2;\n");
    expect(piped).toMatchObject({ code: 0, stdout: "42" });
  });

  it("enters a container that runs", async () => {
    expect(await keelson("exec postgres", ["id", "-u"])).toMatchObject({ code: 0, stdout: "999" });
    expect((await keelson("exec", shell("exit 6"))).code).toBe(6);
  });
});

describe("keelson secrets", () => {
  it("prints a generated secret where that is asked for", async () => {
    const { stdout } = await keelson("exec", [...shell('cat "$TOKEN_FILE"')]);
    const shown = await stack.must("secrets show", "TOKEN", "--reveal");
    expect(shown.trim()).toBe(stdout);
    expect(stdout).toMatch(/^\S{20,}$/);
    const refused = await stack.keelson("secrets show", "TOKEN");
    expect(refused.code).toBe(1);
    expect(refused.stdout + refused.stderr).not.toContain(stdout);
  });
});

describe("keelson status", () => {
  it("finds nothing wrong, then what is", async () => {
    const fine = await stack.keelson("status", "--json");
    const { problems, processes, ...facts } = JSON.parse(fine.stdout) as {
      problems: string[];
      processes: { instance: string; usage: { memory: number } }[];
      site: { status: number };
    };
    expect({ problems, status: facts.site.status, code: fine.code }).toEqual({
      problems: [],
      status: 200,
      code: 0,
    });
    expect(processes.map(({ instance }) => instance)).toEqual(["proxy", "app", "postgres"]);
    expect(Math.min(...processes.map(({ usage }) => usage.memory))).toBeGreaterThan(1e6);
    const filter = ["--filter", "label=dev.keelson.workload=postgres"];
    const server = await docker(["ps", "--quiet", ...stack.filter, ...filter]);
    await docker(["stop", server]);
    const bad = await stack.keelson("status");
    await docker(["start", server]);
    expect(bad.code).toBe(1);
    expect(bad.stdout).toContain(
      `WRONG: postgres does not run; run keelson up --stack ${stack.name}.`,
    );
  });
});

describe("keelson logs", () => {
  it("follows the app over a restart and a release, and shows no line twice", async () => {
    const args = stack.args("logs", "app", "-f", "-n", "0", "--json");
    const child = spawn(process.execPath, args, { env: stack.env });
    onTestFinished(() => void child.kill());
    let printed = "";
    child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
    const lines = () =>
      printed
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line) as { container: string; time: string; message: string });
    const listening = () => lines().filter(({ message }) => message.includes('"listening"'));
    const filter = ["--filter", "label=dev.keelson.workload=app"];
    const app = await docker(["ps", "--quiet", ...stack.filter, ...filter]);
    await docker(["restart", app]);
    const containers = () => new Set(listening().map(({ container }) => container));
    await until("the app restarts", () => Promise.resolve(containers().size === 1));
    stack.configure({ app: { env: { GREETING: "another" } } });
    await stack.up();
    await until("the new one logs", () => Promise.resolve(containers().size === 2));
    child.kill();
    await new Promise((resolve) => child.once("close", resolve));
    expect(listening()).toHaveLength(2);
    const all = lines().map(({ container, time, message }) => `${container} ${time} ${message}`);
    expect(new Set(all).size).toBe(all.length);
  });
});

describe("keelson load", () => {
  it("asks the site as often as planned, and names the release", async () => {
    const args = ["--rps", "20", "--for", "2s", "--paths", "/version,/ready", "--json"];
    const printed = await stack.must("load", ...args);
    expect(JSON.parse(printed.trim().split("\n").at(-1) ?? "")).toMatchObject({
      requests: 40,
      failed: 0,
      statuses: { 200: 40 },
      release: expect.stringMatching(/^v\d+, 0\.0\.0$/) as string,
    });
    const { code, stderr } = await stack.keelson(
      "load",
      "--for",
      "1s",
      "--url",
      "http://127.0.0.1:1",
    );
    expect([code, stderr]).toEqual([1, expect.stringContaining("50 of 50 requests failed")]);
  });
});
