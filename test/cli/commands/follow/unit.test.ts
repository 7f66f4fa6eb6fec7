import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Run } from "#lib/run-process";
import { installUnit } from "#cli/commands/follow/install";
import { followArgs } from "#cli/commands/follow/service";
import { unitText, type UnitFacts } from "#cli/commands/follow/unit";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keelson-unit-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const facts: UnitFacts = {
  stack: "prod",
  project: "shop",
  command: ["/usr/bin/env", "/srv/my shop/keelson.mjs", "follow", "--branch", 'a"$b%c\\d'],
  directory: "/srv",
  user: "root",
  home: "/root",
  groups: [],
  writes: ["/srv/100%"],
};

const verify = spawnSync("systemd-analyze", ["--version"]).status === 0;

describe("the unit of a follower", () => {
  it("waits for an up that runs, and quotes what systemd would read", () => {
    const lines = unitText(facts).split("\n");
    expect(lines).toEqual(expect.arrayContaining(["KillMode=mixed", "TimeoutStopSec=1h"]));
    expect(lines).toContain(
      String.raw`ExecStart="/usr/bin/env" "/srv/my shop/keelson.mjs" "follow" "--branch" "a\"$$b%%c\\d"`,
    );
    expect(lines).toContain('ReadWritePaths="-/srv/100%%"');
    expect(lines).toContain("NoNewPrivileges=yes");
    expect(unitText({ ...facts, user: "ann", groups: ["docker"] })).toContain(
      "User=ann\nSupplementaryGroups=docker\n",
    );
  });

  it.skipIf(!verify)("is one that systemd accepts, and rates as hardened", () => {
    const file = join(folder, "keelson-follow-shop-prod.service");
    writeFileSync(file, unitText(facts));
    const checked = spawnSync("systemd-analyze", ["verify", "--man=no", file], {
      encoding: "utf8",
    });
    expect([checked.status, checked.stderr]).toEqual([0, ""]);
    const rated = execFileSync(
      "systemd-analyze",
      ["security", "--offline=true", "--no-pager", file],
      { encoding: "utf8" },
    );
    const exposure = Number(/exposure level for .*: ([0-9.]+)/.exec(rated)?.[1]);
    expect(exposure).toBeLessThan(3);
  });

  it("runs what was asked for, under the same options", () => {
    const options = { stack: "prod", every: "60s", tries: "3", tag: "v*", engine: "cli" };
    expect(followArgs({ ...options, install: true })).toEqual([
      ...["--stack", "prod", "--engine", "cli", "--tag", "v*", "--every", "60s", "--tries", "3"],
    ]);
    expect(followArgs({ ...options, image: true }).at(-1)).toBe("--image");
  });
});

describe("the installation of a follower", () => {
  const asked: string[] = [];
  const answers: Record<string, number> = {};
  const run: Run = (command, args) => {
    asked.push([command, ...args].join(" "));
    const code = answers[command] ?? 0;
    return Promise.resolve({ code, stdout: "", stderr: code === 0 ? "" : "it is wrong" });
  };
  const host = () => ({ root: true, systemd: true, units: folder, run });
  const name = "keelson-follow-shop-prod.service";
  const quiet = () => undefined;
  beforeEach(() => {
    asked.length = 0;
    Reflect.deleteProperty(answers, "systemd-analyze");
  });

  it("writes the unit and starts it, and restarts it only where it has changed", async () => {
    await installUnit(facts, quiet, host());
    expect(readFileSync(join(folder, name), "utf8")).toBe(unitText(facts));
    const systemctl = () => asked.splice(0).filter((each) => each.startsWith("systemctl"));
    const enabled = ["systemctl daemon-reload", `systemctl enable ${name}`];
    expect(systemctl()).toEqual([...enabled, `systemctl restart ${name}`]);
    await installUnit(facts, quiet, host());
    expect(systemctl()).toEqual([...enabled, `systemctl start ${name}`]);
  });

  it.each([
    [{ systemd: false }, "systemd does not run on this host"],
    [{ root: false }, "Only root installs a service"],
  ])("is refused with %j, and nothing is written", async (wrong, message) => {
    await expect(installUnit(facts, quiet, { ...host(), ...wrong })).rejects.toThrow(message);
    expect([asked, existsSync(join(folder, name))]).toEqual([[], false]);
  });

  it("is refused where systemd does not accept the unit, and nothing is written", async () => {
    answers["systemd-analyze"] = 1;
    await expect(installUnit(facts, quiet, host())).rejects.toThrow(
      "The unit is not accepted: it is wrong",
    );
    expect([asked.length, existsSync(join(folder, name))]).toEqual([1, false]);
  });
});
