// The Go tests of images/runner (schedules with a clock that is set, the ledger, what jobs may do) and of images/logs
// (what is kept of files that are rotated, torn and deleted).
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../support/root.js";

/** Where Go's own archive and Debian put it, for those whose PATH does not have it. */
const go = ["go", "/usr/local/go/bin/go", "/usr/lib/go/bin/go"].find((each) =>
  each === "go" ? spawnSync("go", ["version"]).status === 0 : existsSync(each),
);

describe.each(["runner", "logs"])("the program of images/%s", (image) => {
  it("passes its own tests", { timeout: 300_000 }, ({ skip }) => {
    if (go === undefined) return skip("Go is not on this machine; the image's build has its own");
    const env = { ...process.env, CGO_ENABLED: "0", GOTOOLCHAIN: "local", GOPROXY: "off" };
    const cwd = join(root, "images", image);
    const { status, stdout, stderr } = spawnSync(go, ["test", "./..."], { cwd, env });
    expect([status, `${String(stdout)}${String(stderr)}`]).toEqual([
      0,
      expect.stringContaining("ok "),
    ]);
    const vet = spawnSync(go, ["vet", "./..."], { cwd, env });
    expect([vet.status, String(vet.stderr)]).toEqual([0, ""]);
  });
});
