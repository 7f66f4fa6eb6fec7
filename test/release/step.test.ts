import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../support/root.js";

/** Runs a step as its resource does, with a `docker` that fails. */
async function step(name: string, environment: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "keelson-step-"));
  try {
    writeFileSync(join(folder, "docker"), "#!/bin/sh\necho no daemon >&2\nexit 1\n", {
      mode: 0o755,
    });
    const PATH = [folder, dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter);
    return await new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const options = { cwd: root, env: { PATH, ...environment } };
      execFile("node", ["bin/step.mjs", name], options, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      });
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("a step, as a process", () => {
  it("ends with the one sentence that says why it failed", async () => {
    expect(await step("image", { PROXY_FILTERS: "", IMAGE: "shop:1" })).toEqual({
      code: 1,
      stdout: "",
      stderr: "proxy: Docker does not say where it is: no daemon\n",
    });
  });

  it("shows where a fault of ours is", async () => {
    const { code, stderr } = await step("ready");
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /The step's parameter PROXY_FILTERS is missing\.[^]*release\/parameters/,
      ),
    ]);
  });

  it("is known by its name", async () => {
    const { code, stderr } = await step("nonsense");
    expect([code, stderr]).toEqual([1, expect.stringContaining('There is no step "nonsense".')]);
  });
});
