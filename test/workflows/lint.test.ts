import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { root } from "../support/program.js";
import { lintWorkflows } from "../support/workflow-lint.js";

const folder = mkdtempSync(join(tmpdir(), "keelson-lint-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("actionlint", () => {
  it("accepts the workflows of this repository", async () => {
    expect(await lintWorkflows(join(root, ".github/workflows"))).toEqual([]);
  });

  it("does not accept a wrong key, nor what no context has", async () => {
    const step = "run: echo ${{ github.nothing }}\n        shel: bash";
    const job = `job:\n    runs-on: ubuntu-24.04\n    steps:\n      - ${step}\n`;
    writeFileSync(join(folder, "wrong.yml"), `on: push\njobs:\n  ${job}`);
    const said = await lintWorkflows(folder);
    expect(said).toEqual([
      expect.stringMatching(/^wrong\.yml:6: property "nothing" is not defined/),
      expect.stringMatching(/^wrong\.yml:7: unexpected key "shel"/),
    ]);
  });
});
