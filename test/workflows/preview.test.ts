import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { root } from "../support/program.js";

interface Workflow {
  readonly jobs: {
    readonly preview: { readonly steps: readonly { name?: string; run?: string }[] };
  };
}

const workflow = parse(
  readFileSync(join(root, ".github/workflows/preview.yml"), "utf8"),
) as Workflow;
const script = workflow.jobs.preview.steps.find(({ name }) => name === "Comment")?.run ?? "";

describe("the comment on a pull request", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "keelson-comment-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** Runs the step with a `gh` that knows these comments; what it was asked, and the comment that it made. */
  function comment(preview: string, ids: string) {
    const fake = `#!/bin/sh\necho "$*" >>"${folder}/asked"\ncase "$*" in *--jq*) printf '${ids}';; esac\n`;
    writeFileSync(join(folder, "gh"), fake, { mode: 0o755 });
    writeFileSync(join(folder, "preview.txt"), preview);
    const PATH = `${folder}${delimiter}${process.env["PATH"] ?? ""}`;
    const env = { PATH, GITHUB_REPOSITORY: "me/shop", PULL_REQUEST: "7" };
    execFileSync("bash", ["-eo", "pipefail", "-c", script], { cwd: folder, env });
    const asked = readFileSync(join(folder, "asked"), "utf8").trim().split("\n");
    return { last: asked.at(-1), body: readFileSync(join(folder, "comment.md"), "utf8") };
  }

  it("is made once, with what the preview says", () => {
    const { last, body } = comment("Downtime    0 s.\n", "");
    expect(last).toBe("api repos/me/shop/issues/7/comments -F body=@comment.md --silent");
    expect(body).toBe(
      "<!-- keelson preview -->\n### What this would do to `prod`\n```\nDowntime    0 s.\n```\n",
    );
  });

  it("is then brought up to date, and keeps the end of what is too long", () => {
    const { last, body } = comment(`${"x".repeat(70_000)}\nData        kept.\n`, "41\\n42\\n");
    expect(last).toBe(
      "api --method PATCH repos/me/shop/issues/comments/41 -F body=@comment.md --silent",
    );
    expect(body.length).toBeLessThan(65_536);
    expect(body).toMatch(/\nData {8}kept\.\n```\n$/);
  });
});
