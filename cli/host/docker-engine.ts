import { spawn } from "node:child_process";
import { existsSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { dockerPlan, type Machine } from "./docker-plan.js";
import { Failure } from "../io/failure.js";
import { ensureHome, homeOf } from "../project/home.js";
import { poll, withProgress, type Say } from "../io/progress.js";
import { run, tail, type CommandResult } from "#lib/run-process";

/** Sees to a Docker engine that answers: installs and starts one where it may, saying so. */
export async function ensureDocker(o: { projectDirectory: string; say: Say }): Promise<void> {
  const plan = dockerPlan(await machine());
  if (plan.kind === "refuse") throw new Failure(plan.message);
  if (plan.kind === "ready") return;
  if (plan.install) {
    o.say("No Docker engine here: installing Debian's docker.io with apt.");
    await aptInstall(["docker.io", "docker-cli"], o.say);
  }
  if (await answers()) return;
  const home = ensureHome(homeOf(o.projectDirectory));
  if (plan.systemd) await startService(o.say);
  else await startDetached(home.directory, o.say);
}

/** Installs the packages of a list that Debian knows, as root. */
export async function aptInstall(packages: readonly string[], say: Say): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const update = await withProgress(say, "apt-get update", run("apt-get", ["update", "-q"]));
  if (update.code !== 0) throw new Failure(`apt-get update failed: ${tail(update)}`);
  const known: string[] = [];
  for (const name of packages) {
    // Older releases have no docker-cli: there docker.io brings the client itself.
    if ((await run("apt-cache", ["show", "--quiet", name])).code === 0) known.push(name);
  }
  const args = ["install", "-y", "-q", "--no-install-recommends", ...known];
  const done = await withProgress(say, "apt-get install", run("apt-get", args, { env }));
  if (done.code !== 0)
    throw new Failure(`apt-get install ${known.join(" ")} failed: ${tail(done)}`);
}

/** Returns the path of a command on the PATH; undefined where there is none. */
export function onPath(command: string, path = process.env["PATH"] ?? ""): string | undefined {
  // Daemons live in sbin, which an ordinary user's PATH leaves out.
  const places = [...path.split(delimiter), "/usr/sbin", "/sbin"].filter((place) => place !== "");
  return places.map((place) => join(place, command)).find((file) => existsSync(file));
}

/** Looks at the machine. */
export async function machine(): Promise<Machine> {
  const asked = await askServer();
  const host = process.env["DOCKER_HOST"];
  const remote = host !== undefined && host !== "" && !host.startsWith("unix://");
  const denied = /permission denied/i.test(asked.stderr);
  return {
    client: onPath("docker") !== undefined,
    daemon: onPath("dockerd") !== undefined,
    answer: asked.code === 0 ? "ready" : denied ? "denied" : "down",
    ...(remote ? { remote: host } : {}),
    root: process.getuid?.() === 0,
    apt: onPath("apt-get") !== undefined,
    systemd: existsSync("/run/systemd/system"),
    user: userInfo().username,
  };
}

/** `docker info` exits 0 on some clients without a server; asking for the server's version does not. */
function askServer(): Promise<CommandResult> {
  const args = ["version", "--format", "{{.Server.Version}}"];
  return run("docker", args, { timeoutMs: 20_000 });
}

async function answers(): Promise<true | undefined> {
  return (await askServer()).code === 0 ? true : undefined;
}

async function startService(say: Say): Promise<void> {
  say("Starting the Docker engine (systemctl enable --now docker).");
  const started = await run("systemctl", ["enable", "--now", "docker"]);
  if (started.code === 0 && (await withProgress(say, "waiting for Docker", poll(answers, 60_000))))
    return;
  throw new Failure("The Docker engine does not start; see `journalctl -u docker -n 50`.");
}

async function startDetached(directory: string, say: Say): Promise<void> {
  const log = join(directory, "dockerd.log");
  say(`Starting the Docker engine (dockerd; no systemd here), its log is ${log}.`);
  const output = openSync(log, "a", 0o600);
  const daemon = spawn(onPath("dockerd") ?? "dockerd", [], {
    detached: true,
    stdio: ["ignore", output, output],
  });
  let ended = false;
  daemon.once("error", () => (ended = true));
  daemon.once("exit", () => (ended = true));
  daemon.unref();
  writeFileSync(join(directory, "dockerd.pid"), `${String(daemon.pid)}\n`, { mode: 0o600 });
  const ask = async () => (ended ? false : await answers());
  const up = await withProgress(say, "waiting for Docker", poll(ask, 60_000));
  if (up === true) return;
  const last = readFileSync(log, "utf8").trim().split("\n").at(-1) ?? "";
  throw new Failure(`dockerd does not come up: ${last} (see ${log}).`);
}
