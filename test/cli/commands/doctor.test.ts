import { describe, expect, it } from "vitest";
import type { Facts } from "#cli/commands/doctor/facts";
import { findingsOf, screen } from "#cli/commands/doctor/judge";
import { registryOf } from "#cli/commands/doctor/probe";
import { inDays } from "../../support/certificates.js";

const onDay = (days: number) => inDays(days).toISOString().slice(0, 10);
const gigabyte = 1024 ** 3;
const port = { setting: "proxy.httpPort", address: "127.0.0.1", port: 8080 };

/** A machine on which nothing is wrong. */
const sound: Facts = {
  system: "Debian GNU/Linux 13 (trixie)",
  node: "24.1.0",
  architecture: "x86_64",
  machine: {
    client: true,
    daemon: true,
    answer: "ready",
    root: false,
    apt: true,
    systemd: true,
    user: "kim",
  },
  daemon: {
    version: "26.1.5",
    architecture: "x86_64",
    memory: 8 * gigabyte,
    cgroupVersion: "2",
    memoryLimit: true,
    pidsLimit: true,
    cpuLimit: true,
  },
  disk: { root: "/var/lib/docker", free: 20 * gigabyte },
  memoryFree: 4 * gigabyte,
  ports: [{ wanted: port }],
  base: { reference: "debian:trixie-slim", from: "registry" },
  mmdebstrap: false,
  go: false,
  github: true,
  engine: { kind: "cli", binary: "/usr/bin/pulumi", why: "on the PATH" },
  settings: [],
};

function finding(name: string, change: Partial<Facts>): string {
  const found = findingsOf({ ...sound, ...change }).find((each) => each.name === name);
  return `${found?.level ?? "none"}: ${found?.text ?? ""}`;
}

describe("judge", () => {
  it("finds nothing wrong with a sound machine", () => {
    expect(findingsOf(sound).filter((each) => each.level !== "ok")).toEqual([]);
  });

  it.each<[string, Partial<Facts>, string]>([
    ["system", { system: "Arch Linux" }, "warn: Arch Linux; Keelson is tried on Debian and Ubuntu"],
    ["node", { node: "20.1.0" }, "fail: 20.1.0 is too old; install Node 22 or newer"],
    [
      "docker",
      { machine: { ...sound.machine, answer: "denied" } },
      "fail: Docker refuses kim its socket; run `sudo usermod -aG docker kim`, log in again, then repeat the command.",
    ],
    [
      "docker",
      { machine: { ...sound.machine, answer: "down", root: true } },
      "fail: no engine answers; npm start will start it",
    ],
    [
      "architecture",
      { architecture: "aarch64" },
      "warn: the engine is x86_64, this machine aarch64; images are built for the engine",
    ],
    [
      "disk",
      { disk: { root: "/data", free: 1.5 * gigabyte } },
      "fail: Only 1.5 GB are free at /data, 3 GB are needed; make room there (`docker system df` shows what Docker uses).",
    ],
    ["memory", { memoryFree: 1.5 * gigabyte }, "warn: 1.5 GB available; 2 GB are comfortable"],
    [
      "memory",
      { memoryFree: gigabyte / 2 },
      "fail: 0.5 GB available; the stack needs 1 GB, stop something or add memory",
    ],
    ["containers", { running: { count: 5, problems: [] } }, "ok: 5 run as they should"],
    [
      "containers",
      {
        running: { count: 5, problems: [{ level: "fail", workload: "app", text: "It is down." }] },
      },
      "fail: It is down.",
    ],
    [
      "certificate",
      { certificate: { validUntil: inDays(14.5), missingIssuer: undefined } },
      `ok: valid until ${onDay(14.5)}, 14 days`,
    ],
    [
      "certificate",
      { certificate: { validUntil: inDays(13.5), missingIssuer: undefined } },
      `warn: valid until ${onDay(13.5)}, 13 days; renew it, set the secret and run keelson up`,
    ],
    [
      "certificate",
      { certificate: { validUntil: inDays(90.5), missingIssuer: "R10" } },
      `warn: valid until ${onDay(90.5)}, 90 days; the certificate of its issuer (R10) is missing: put fullchain.pem first`,
    ],
    [
      "port 8080",
      { ports: [{ wanted: port, holder: { own: false, name: "nginx (pid 7)" } }] },
      "fail: Port 8080 (proxy.httpPort) is taken by nginx (pid 7); stop that, or set another proxy.httpPort.",
    ],
    [
      "port 8080",
      { ports: [{ wanted: port, holder: { own: true, name: "the container p" } }] },
      "ok: held by the container p, this stack's own",
    ],
    [
      "base image",
      { base: { reference: "debian:trixie-slim", from: "nowhere" } },
      "fail: debian:trixie-slim is not here and its registry does not answer; run `sudo apt-get install mmdebstrap`",
    ],
    [
      "base image",
      { base: { reference: "debian:trixie-slim", from: "nowhere" }, mmdebstrap: true },
      "ok: no registry answers; mmdebstrap makes it",
    ],
    ["supercronic", { github: false, go: true }, "ok: its releases do not answer; Go builds it"],
    [
      "engine",
      { engine: { kind: "embedded", why: "no CLI" } },
      "warn: embedded: no CLI; other stacks than local need Pulumi's CLI",
    ],
    [
      "settings",
      { settings: ["a: b; c", "d: e; f"] },
      "fail: 2 problems; keelson check names them",
    ],
  ])("judges %s of %j", (name, change, expected) => {
    expect(finding(name, change)).toBe(expected);
  });

  it("names the limits that the kernel does not enforce", () => {
    const daemon = { ...(sound.daemon ?? expect.fail()), memoryLimit: false, pidsLimit: false };
    expect(finding("limits", { daemon })).toBe(
      "fail: the kernel enforces no limit on memory, pids; enable these cgroup controllers and restart Docker",
    );
  });
});

describe("screen", () => {
  it("aligns its columns", () => {
    expect(
      screen([
        { level: "ok", name: "node", text: "24" },
        { level: "fail", name: "base image", text: "no" },
      ]),
    ).toEqual(["ok    node        24", "fail  base image  no"]);
  });
});

describe("registryOf", () => {
  it.each([
    ["debian:trixie-slim", "registry-1.docker.io"],
    ["library/debian", "registry-1.docker.io"],
    ["registry.example.com/base@sha256:0", "registry.example.com"],
    ["localhost:5000/base", "localhost:5000"],
  ])("of %s is %s", (reference, host) => {
    expect(registryOf(reference)).toBe(host);
  });
});
