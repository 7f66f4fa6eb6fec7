// images/inspect-host on a stand-in for apt, which takes seconds of a processor: it is asked once a state of the packages.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { inspectScript } from "#lib/inspect-script";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keelson-inspect-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const waiting = [
  "Inst openssl [3.0.1] (3.0.2 Debian-Security:12/stable-security [amd64])",
  "Inst tzdata [2025a] (2025b Debian:12/stable [all])",
  "Conf openssl (3.0.2 Debian-Security:12/stable-security [amd64])",
];

function aptPrints(lines: readonly string[], code = 0) {
  const printed = lines.map((line) => `echo '${line}'`).join("\n");
  const file = join(folder, "apt-get");
  writeFileSync(
    file,
    `#!/bin/sh\necho "$@" >>'${folder}/asked'\n${printed}\nexit ${String(code)}\n`,
  );
  chmodSync(file, 0o755);
}

/** The lines about updates, and how often apt was asked until now. */
function looked(env: Readonly<Record<string, string>> = { HOME: folder }) {
  const { status, stdout, stderr } = spawnSync("sh", {
    input: inspectScript("host"),
    env: { ...env, PATH: `${folder}:${process.env["PATH"] ?? ""}` },
    encoding: "utf8",
  });
  const asked = existsSync(join(folder, "asked"))
    ? readFileSync(join(folder, "asked"), "utf8")
    : "";
  return {
    status,
    stderr,
    updates: stdout.split("\n").filter((line) => /^(security-)?updates /.test(line)),
    asked: asked.split("\n").length - 1,
  };
}

const found = { status: 0, stderr: "", updates: ["updates 2", "security-updates 1"] };

it("asks apt for updates once, as long as lists, packages and settings are as they were", () => {
  aptPrints(waiting);
  expect([looked(), looked()]).toEqual([
    { ...found, asked: 1 },
    { ...found, asked: 1 },
  ]);
  const kept = join(folder, ".cache", "keelson", "updates");
  writeFileSync(kept, readFileSync(kept, "utf8").replace(/^\d/, "x"));
  expect(looked()).toEqual({ ...found, asked: 2 });
});

it.each<[string, Readonly<Record<string, string>>]>([
  ["a folder for caches", { XDG_CACHE_HOME: "/dev/null/none" }],
  ["a home", {}],
])("asks each time without %s, and says no more", (_what, env) => {
  aptPrints(waiting);
  expect([looked(env), looked(env)]).toEqual([
    { ...found, asked: 1 },
    { ...found, asked: 2 },
  ]);
});

it("keeps nothing of an apt that fails, and says nothing of updates then", () => {
  aptPrints([], 100);
  expect(looked()).toMatchObject({ status: 0, updates: [], asked: 1 });
  aptPrints(waiting);
  expect(looked()).toEqual({ ...found, asked: 2 });
});
