import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run as runProcess, tail, type Run } from "#lib/run-process";
import { Failure } from "../../io/failure.js";
import type { Say } from "../../io/progress.js";
import { environmentFile, unitName, unitText, type UnitFacts } from "./unit.js";

/** Places of a host's services; replaced in tests. */
export interface UnitHost {
  readonly root: boolean;
  /** True where systemd is the one that starts services. */
  readonly systemd: boolean;
  readonly units: string;
  readonly run: Run;
}

/** This host. */
export function thisHost(): UnitHost {
  return {
    root: process.getuid?.() === 0,
    systemd: existsSync("/run/systemd/system"),
    units: "/etc/systemd/system",
    run: runProcess,
  };
}

/** Installs a follower as a service that starts with the host, and starts it. @throws Failure before anything is written */
export async function installUnit(facts: UnitFacts, say: Say, host = thisHost()): Promise<void> {
  if (!host.systemd) {
    throw new Failure(
      "systemd does not run on this host; have something else start keelson follow.",
    );
  }
  if (!host.root) {
    throw new Failure("Only root installs a service: run it by sudo, or take what --print prints.");
  }
  const text = unitText(facts);
  const name = unitName(facts);
  await requireRight(name, text, host.run);
  const file = join(host.units, name);
  const same = existsSync(file) && readFileSync(file, "utf8") === text;
  if (!same) writeFileSync(file, text, { mode: 0o644 });
  await must(host.run, ["daemon-reload"]);
  await must(host.run, ["enable", name]);
  await must(host.run, same ? ["start", name] : ["restart", name]);
  say(`${file} ${same ? "is as it should be" : "is written"}, and the service runs.`);
  say(`Its variables, such as secrets: ${environmentFile(facts)} (root's, 0600).`);
  say(`Its log: journalctl --unit ${name} --follow`);
}

/** A unit that systemd would refuse is not installed. @throws Failure */
export async function requireRight(name: string, text: string, run: Run): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "keelson-unit-"));
  try {
    const file = join(folder, name);
    writeFileSync(file, text);
    const result = await run("systemd-analyze", ["verify", "--man=no", file]);
    // Without the program it is systemd that says so.
    if (result.code !== 0 && result.code !== 127) {
      throw new Failure(`The unit is not accepted: ${tail(result)}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function must(run: Run, args: readonly string[]): Promise<void> {
  const result = await run("systemctl", args);
  if (result.code !== 0) throw new Failure(`systemctl ${args.join(" ")} failed: ${tail(result)}`);
}
