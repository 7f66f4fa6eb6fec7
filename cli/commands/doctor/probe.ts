import { readFileSync } from "node:fs";
import { arch, freemem } from "node:os";
import { dockerAt, type Docker } from "#lib/docker";
import { labelFilters } from "../../io/docker.js";
import { machine, onPath } from "../../host/docker-engine.js";
import type { DaemonFacts, Facts } from "./facts.js";
import { lookUpDomains } from "./domains.js";
import { lookAtHost } from "./host.js";
import { withOneInfo } from "./one-info.js";
import { chooseEngine, requestedEngine, type EngineChoice } from "../../engines/choice.js";
import { engineProbes } from "../../engines/probes.js";
import { Failure } from "../../io/failure.js";
import { dockerDisk, freeAt, portHolders } from "../../host/preflight.js";
import type { EngineOptions, StackOptions } from "../../registrations/command.js";
import { runningProblems } from "../../stack/running/judge.js";
import { probeRunning } from "../../stack/running/probe.js";
import {
  checkTarget,
  settingsOf,
  stackFlags,
  targetOf,
  type Target,
} from "../../project/target.js";
import { hostNames, type Settings } from "#config";
import { secretSource } from "#config/secret-source";
import { certificateOutlook } from "#lib/certificate";
import { publishedPorts } from "#config/facts";
import { certificateTexts } from "#config/secret-problems";

/** Looks at everything that a stack needs of its machine; changes nothing. */
export async function probe(options: EngineOptions): Promise<Facts> {
  const target = targetOf(options);
  const checked = checkTarget(target);
  const settings = "settings" in checked ? checked.settings : undefined;
  const docker = withOneInfo(dockerAt(settings?.docker.host));
  // Each waits for Docker, the network or the host, and of one another only for what they need.
  const looking = machine();
  const ready = looking.then(({ answer }) => answer === "ready");
  const [found, base, github, chosen, domains, disk, held, ofEngine] = await Promise.all([
    looking,
    baseImage(docker, settings?.images.base ?? "debian:trixie-slim"),
    answers("https://github.com/aptible/supercronic/releases"),
    engine(options.engine),
    settings === undefined ? undefined : lookUpDomains(settings.proxy),
    ready.then((is) => (is ? dockerDisk(docker) : { root: "/var/lib", free: freeAt("/var/lib") })),
    settings === undefined ? [] : ports(docker, settings, target),
    ready.then((is) => (is ? inEngine(docker, target, options) : {})),
  ]);
  return {
    system: systemName(),
    node: process.versions.node,
    architecture: { x64: "x86_64", arm64: "aarch64" }[arch() as string] ?? arch(),
    machine: found,
    disk,
    memoryFree: memoryAvailable(),
    ports: held,
    base,
    mmdebstrap: onPath("mmdebstrap") !== undefined,
    go: onPath("go") !== undefined,
    github,
    ...chosen,
    ...(settings === undefined ? {} : certificate(settings, target)),
    ...(domains === undefined ? {} : { domains }),
    ...ofEngine,
    settings: checked.problems,
  };
}

/** Returns the facts that only an engine that answers knows. */
async function inEngine(
  docker: Docker,
  target: Target,
  options: StackOptions,
): Promise<Pick<Facts, "daemon" | "running" | "host">> {
  const [daemon, containers, machineOf] = await Promise.all([
    daemonFacts(docker),
    running(target, options),
    host(docker, target),
  ]);
  return { daemon, ...containers, ...machineOf };
}

/** Needs no secrets. */
async function running(target: Target, options: StackOptions): Promise<Pick<Facts, "running">> {
  try {
    const settings = settingsOf(target);
    const docker = dockerAt(settings.docker.host);
    const facts = await probeRunning(docker, ...hostNames(settings, target.stack));
    if (facts.containers.length === 0) return {};
    const problems = runningProblems(facts, settings, stackFlags(options));
    return { running: { count: facts.containers.length, problems } };
  } catch (error) {
    // Settings that are wrong, and a Docker host that does not answer, are findings of their own.
    if (error instanceof Failure) return {};
    throw error;
  }
}

/** Needs no secrets. */
async function host(docker: Docker, target: Target): Promise<Pick<Facts, "host">> {
  try {
    const settings = settingsOf(target);
    return { host: await lookAtHost(docker, settings, hostNames(settings, target.stack)) };
  } catch (error) {
    // Settings that are wrong are a finding of their own.
    if (error instanceof Failure) return {};
    throw error;
  }
}

/** The one that runs out first. */
function certificate(settings: Settings, target: Target): Pick<Facts, "certificate"> {
  const source = secretSource(settings, process.env, target.projectDirectory);
  const outlooks = certificateTexts(settings, source).map(certificateOutlook);
  const [first] = outlooks.toSorted((a, b) => a.validUntil.getTime() - b.validUntil.getTime());
  const missing = outlooks.find(({ missingIssuer }) => missingIssuer !== undefined);
  if (first === undefined) return {};
  return { certificate: { ...first, missingIssuer: missing?.missingIssuer } };
}

async function daemonFacts(docker: Docker): Promise<DaemonFacts> {
  const info = await docker(["info", "--format", "{{json .}}"]);
  const said = JSON.parse(info.stdout) as Record<string, unknown>;
  const text = (key: string) => (typeof said[key] === "string" ? said[key] : "unknown");
  return {
    version: text("ServerVersion"),
    architecture: text("Architecture"),
    memory: Number(said["MemTotal"]),
    cgroupVersion: text("CgroupVersion"),
    memoryLimit: said["MemoryLimit"] === true,
    pidsLimit: said["PidsLimit"] === true,
    cpuLimit: said["CpuCfsQuota"] === true,
  };
}

async function ports(docker: Docker, settings: Settings, target: Target): Promise<Facts["ports"]> {
  const labels = labelFilters(...hostNames(settings, target.stack));
  const own = await docker(["ps", "--quiet", "--no-trunc", ...labels]);
  return portHolders(docker, publishedPorts(settings), new Set(own.stdout.split("\n")));
}

async function baseImage(docker: Docker, reference: string): Promise<Facts["base"]> {
  for (const image of [reference, "keelson/base:trixie"]) {
    if ((await docker(["image", "inspect", image])).code === 0) {
      return { reference: image, from: "local" };
    }
  }
  const reached = await answers(`https://${registryOf(reference)}/v2/`);
  return { reference, from: reached ? "registry" : "nowhere" };
}

/** The host of an image reference's registry. */
export function registryOf(reference: string): string {
  const first = reference.split("/")[0] ?? "";
  const named = reference.includes("/") && (/[.:]/.test(first) || first === "localhost");
  return named ? first : "registry-1.docker.io";
}

async function engine(option?: string): Promise<{ engine?: EngineChoice }> {
  const quiet = () => undefined;
  const probes = engineProbes(quiet);
  // The doctor looks; it does not download.
  const download = () => Promise.resolve("to be downloaded");
  try {
    return { engine: await chooseEngine(requestedEngine(option), { ...probes, download }) };
  } catch (error) {
    if (error instanceof Failure) return {};
    throw error;
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    // Any answer will do: a registry asks for a login first.
    await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(3000) });
    return true;
  } catch {
    // No name, no route, no answer in time.
    return false;
  }
}

function systemName(): string {
  try {
    const release = readFileSync("/etc/os-release", "utf8");
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(release)?.[1] ?? process.platform;
  } catch {
    // Not Linux, or one without the file.
    return process.platform;
  }
}

/** Returns the memory that could be used without swapping, in bytes; freemem alone leaves out caches. */
function memoryAvailable(): number {
  try {
    const kilobytes = /^MemAvailable:\s+(\d+)/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1];
    return kilobytes === undefined ? freemem() : Number(kilobytes) * 1024;
  } catch {
    // No /proc here.
    return freemem();
  }
}
