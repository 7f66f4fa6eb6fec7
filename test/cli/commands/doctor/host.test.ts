import { describe, expect, it } from "vitest";
import { lookAtHost, openPortsIn, shellOf, type HostFacts } from "#cli/commands/doctor/host";
import { hostFindings } from "#cli/commands/doctor/host-judge";
import type { Run } from "#lib/run-process";

const at = 1_796_000_000;

/** A host on which nothing is wrong. */
const found = {
  name: "web1",
  time: String(at),
  uid: "0",
  "input-policy": "DROP",
  "ssh-password": "no",
  "ssh-keyboard": "no",
  updates: "0",
  "security-updates": "0",
  lists: String(at - 3600),
  reboot: "no",
  clock: "yes",
  MemTotal: "8000000",
  SwapTotal: "0",
  SwapFree: "0",
};
const sound: HostFacts = { found, openPorts: [], oldestImageDays: 3, at };

/** Without some of what was found. */
const without = (...names: string[]): HostFacts => ({
  ...sound,
  found: Object.fromEntries(Object.entries(found).filter(([name]) => !names.includes(name))),
});
const as = (more: Record<string, string>): HostFacts => ({
  ...sound,
  found: { ...found, ...more },
});
const finding = (name: string, host: HostFacts) =>
  hostFindings(host)
    .filter((each) => each.name === name)
    .map(({ level, text }) => `${level}: ${text}`)
    .join("\n");

describe("hostFindings", () => {
  it("finds nothing wrong with a sound host", () => {
    const findings = hostFindings(sound);
    expect(findings.map(({ level, name }) => `${level} ${name}`)).toEqual(
      ["firewall", "open ports", "SSH", "updates", "reboot", "images", "clock", "swap"].map(
        (name) => `ok ${name}`,
      ),
    );
  });

  it.each<[string, HostFacts, string]>([
    [
      "firewall",
      as({ "input-policy": "ACCEPT" }),
      "warn: every port that this host listens on can be reached; allow SSH and the proxy's ports alone: `ufw allow OpenSSH && ufw allow 80,443/tcp && ufw enable`",
    ],
    ["firewall", as({ "input-policy": "ACCEPT", ufw: "active" }), "ok: ufw is active"],
    [
      "firewall",
      as({ "input-policy": "ACCEPT", "nft-input": "1" }),
      "ok: what comes in is dropped unless a rule allows it",
    ],
    [
      "firewall",
      { ...without("input-policy"), found: { ...without("input-policy").found, uid: "1000" } },
      "unknown: its rules can't be read without root; run keelson doctor as root",
    ],
    [
      "open ports",
      { ...sound, openPorts: [{ container: "redis", port: 6379 }] },
      "warn: redis publishes 6379 on every address, past the host's firewall, whose rules Docker's come before; publish it on 127.0.0.1, or refuse it in the chain DOCKER-USER",
    ],
    [
      "SSH",
      as({ "ssh-password": "yes" }),
      "warn: passwords are taken, and guessed by robots all day; set PasswordAuthentication no in /etc/ssh/sshd_config and reload ssh, once a key works",
    ],
    [
      "SSH",
      as({ "ssh-keyboard": "yes" }),
      "warn: passwords are taken, and guessed by robots all day; set KbdInteractiveAuthentication no in /etc/ssh/sshd_config and reload ssh, once a key works",
    ],
    ["SSH", without("ssh-password"), "unknown: its configuration can't be read"],
    ["SSH", { ...without("ssh-password"), found: { ssh: "none" } }, "ok: no server is installed"],
    [
      "updates",
      as({ updates: "12", "security-updates": "3" }),
      "warn: 12 pending, 3 of them for security; run apt-get upgrade, and install unattended-upgrades",
    ],
    [
      "updates",
      as({ lists: String(at - 9 * 86_400) }),
      "unknown: the list of packages is 9 days old; run apt-get update",
    ],
    ["updates", without("lists"), "unknown: the host has no list of packages of apt's"],
    [
      "updates",
      without("updates"),
      "unknown: apt did not say in time what is pending; run apt-get --simulate upgrade",
    ],
    [
      "reboot",
      as({ reboot: "yes" }),
      "warn: needed: an update of the kernel or of a library waits for it",
    ],
    ["reboot", without("reboot"), "unknown: which kernel is installed is not seen"],
    [
      "images",
      { ...sound, oldestImageDays: 45 },
      "warn: the stack's oldest is 45 days old, without the updates since; change images.revision and run keelson up",
    ],
    ["images", { ...sound, oldestImageDays: undefined }, ""],
    [
      "clock",
      as({ time: String(at - 90) }),
      "warn: it differs by 90 s from this machine's; synchronise both (systemd-timesyncd or chrony)",
    ],
    ["clock", as({ clock: "no" }), "warn: not synchronised; install systemd-timesyncd or chrony"],
    ["clock", without("clock"), "unknown: whether something synchronises it is not seen"],
    [
      "swap",
      as({ MemTotal: "1900000" }),
      "warn: none, and 1.8 GB of memory: a peak ends in killed processes; add a swap file of 1 GB",
    ],
    [
      "swap",
      as({ SwapTotal: "2097152", SwapFree: "524288" }),
      "warn: 1.5 GB of 2.0 GB in use: memory is short; lower limits or add some",
    ],
    ["swap", as({ SwapTotal: "2097152", SwapFree: "2097152" }), "ok: 0.0 GB of 2.0 GB in use"],
    ["swap", without("SwapTotal"), "unknown: the host does not tell of its memory"],
  ])("judges %s", (name, host, expected) => {
    expect(finding(name, host)).toBe(expected);
  });
});

describe("lookAtHost", () => {
  const containers = [
    ["1", "db", "", "", "", "postgres:17", "0.0.0.0:5432->5432/tcp, :::5432->5432/tcp"],
    ["2", "shop-proxy", "shop", "prod", "proxy", "keelson/proxy:1", "0.0.0.0:80->8080/tcp"],
    ["3", "shop-app", "shop", "prod", "app", "shop:1", "3000/tcp"],
    ["4", "other-proxy", "other", "prod", "proxy", "keelson/proxy:0", "0.0.0.0:81->8080/tcp"],
  ];
  const made = { "keelson/proxy:1": Date.now() - 3.5 * 86_400_000, "keelson/proxy:0": 0 };
  const docker = (args: readonly string[]) => {
    const answers: Readonly<Record<string, () => string>> = {
      info: () => "web1\n",
      ps: () => containers.map((each) => `${each.join("\t")}\n`).join(""),
      image: () =>
        args
          .slice(4)
          .map((name) => new Date(made[name as keyof typeof made]).toISOString())
          .join("\n"),
    };
    return Promise.resolve({ code: 0, stdout: answers[args[0] ?? ""]?.() ?? "", stderr: "" });
  };
  const said =
    (stdout: string, code = 0): Run =>
    () =>
      Promise.resolve({ code, stdout, stderr: "no route" });

  it("is of the engine's own host, or it is not known", async () => {
    const settings = { docker: { host: "ssh://root@web1" } };
    const names = ["shop", "prod"] as const;
    expect(await lookAtHost(docker, settings, names, said("name web1\nuid 0\n"))).toMatchObject({
      found: { name: "web1", uid: "0" },
      openPorts: [{ container: "db", port: 5432 }],
      oldestImageDays: 3,
    });
    expect(await lookAtHost(docker, settings, names, said("name laptop\n"))).toEqual({
      unknown: "the engine calls its host web1, and this machine is another one",
    });
    expect(await lookAtHost(docker, settings, names, said("", 255))).toEqual({
      unknown: "its shell does not answer: no route",
    });
    const tcp = { docker: { host: "tcp://web1:2376" } };
    expect(await lookAtHost(docker, tcp, names, said(""))).toEqual({
      unknown: "the engine is at tcp://web1:2376, which is neither this machine nor SSH",
    });
  });

  it("is asked by a shell here or over SSH, which asks for no password", () => {
    expect(shellOf("unix:///var/run/docker.sock")).toEqual(["sh"]);
    expect(shellOf("ssh://kim@web1:2222")?.join(" ")).toBe(
      "ssh -o BatchMode=yes -o ConnectTimeout=10 -p 2222 kim@web1 sh",
    );
  });

  it("takes a port for open that is published beyond the host", () => {
    const ports =
      "127.0.0.1:15432->5432/tcp, [::1]:1->1/tcp, 10.0.0.5:2->2/tcp, 3000/tcp, [::]:2->2/tcp, 0.0.0.0:8000-8002->8000-8002/tcp";
    expect(openPortsIn("c", ports).map(({ port }) => port)).toEqual([2, 8000, 8001, 8002]);
  });
});
