// images/jobs/ping-heartbeat on a stand-in for curl: what is said where a watcher can't be pinged, and that no URL is in it.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { root } from "../support/root.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keelson-heartbeat-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Says `success` to a watcher whose URL is this; curl ends with a code, and shows its message where it is asked to. */
function heartbeat(url: string, code: number) {
  const [curl, file] = [join(folder, "curl"), join(folder, "url")];
  const lines = [
    "#!/usr/bin/env bash",
    `printf '%s|' "$@" >'${folder}/args'; cat >'${folder}/config'`,
    `[[ "$*" != *show-error* ]] || echo "curl: (${String(code)}) Could not resolve host: canary.example.com" >&2`,
    `exit ${String(code)}`,
  ];
  writeFileSync(curl, `${lines.join("\n")}\n`);
  chmodSync(curl, 0o755);
  writeFileSync(file, `${url}\n`);
  const env = { PATH: `${folder}:${process.env["PATH"] ?? ""}`, HEARTBEAT_URL_FILE: file };
  const script = join(root, "images/jobs/ping-heartbeat");
  const { status, stdout, stderr } = spawnSync("bash", [script, "success", "done"], {
    env,
    encoding: "utf8",
  });
  return { status, said: stdout + stderr };
}

const read = (name: string) => readFileSync(join(folder, name), "utf8");
const untold = "ping-heartbeat: the watcher could not be pinged (success): ";

describe("a heartbeat", () => {
  it("gives curl its URL on standard input alone, and says nothing", () => {
    const url = "https://canary.example.com/canary";
    expect(heartbeat(url, 0)).toEqual({ status: 0, said: "" });
    expect(read("config")).toBe(`url = "${url}"\n`);
    expect(read("args")).not.toContain("canary");
  });

  it.each([
    [6, "its host is not found"],
    [7, "its host refuses the connection"],
    [22, "it answers with an error"],
    [28, "it does not answer within 10 s"],
    [60, "TLS fails"],
    [3, "curl ended with 3"],
  ])("that curl ends with %i says why, without the host, and fails nothing", (code, why) => {
    const said = `${untold}${why}\n`;
    expect(heartbeat("https://canary.example.com/x", code)).toEqual({ status: 0, said });
  });

  it.each(["ftp://canary/x", 'https://canary/"x', "canary", "https://canary/ x"])(
    "to what is no URL (%j) is not sent, and not shown",
    (url) => {
      const { status, said } = heartbeat(url, 0);
      expect([status, said]).toEqual([0, expect.stringContaining("holds no URL")]);
      expect(said).not.toContain("canary");
    },
  );
});
