import { describe, expect, it } from "vitest";
import { dockerPlan, type Machine } from "#cli/host/docker-plan";

/** A fresh Debian as root. */
const fresh: Machine = {
  client: false,
  daemon: false,
  answer: "down",
  root: true,
  apt: true,
  systemd: true,
  user: "kim",
};
const installed = { client: true, daemon: true };

describe("dockerPlan", () => {
  it.each([
    ["an engine that answers", { ...installed, answer: "ready" }, { kind: "ready" }],
    [
      "a remote engine that answers, without a daemon here",
      { client: true, answer: "ready", remote: "ssh://a" },
      { kind: "ready" },
    ],
    ["a fresh machine with systemd", {}, { kind: "bring-up", install: true, systemd: true }],
    [
      "a fresh machine without systemd",
      { systemd: false },
      { kind: "bring-up", install: true, systemd: false },
    ],
    ["a stopped engine", installed, { kind: "bring-up", install: false, systemd: true }],
    [
      "a client without an engine",
      { client: true },
      { kind: "bring-up", install: true, systemd: true },
    ],
  ] as const)("with %s", (_, has, plan) => {
    expect(dockerPlan({ ...fresh, ...has })).toEqual(plan);
  });

  it.each([
    [
      "no rights on the socket",
      { ...installed, answer: "denied", root: false },
      "Docker refuses kim its socket; run `sudo usermod -aG docker kim`, log in again, then repeat the command.",
    ],
    [
      "nothing, and no root",
      { root: false },
      "There is no Docker engine here; run `sudo apt-get install -y docker.io && sudo usermod -aG docker kim`, log in again, then repeat the command.",
    ],
    [
      "nothing, and no apt",
      { apt: false },
      "There is no Docker engine here; install one (https://docs.docker.com/engine/install/), then repeat the command.",
    ],
    [
      "a stopped engine, and no root",
      { ...installed, root: false },
      "The Docker engine is not running; run `sudo systemctl start docker`, then repeat the command.",
    ],
    [
      "a stopped engine, no root and no systemd",
      { ...installed, root: false, systemd: false },
      "The Docker engine is not running; run `sudo service docker start`, then repeat the command.",
    ],
    [
      "a remote engine that is down",
      { ...installed, remote: "ssh://deploy@host" },
      "No Docker engine answers at ssh://deploy@host; start it there, or unset DOCKER_HOST to use this machine's.",
    ],
  ] as const)("with %s gives one instruction", (_, has, message) => {
    expect(dockerPlan({ ...fresh, ...has })).toEqual({ kind: "refuse", message });
  });
});
