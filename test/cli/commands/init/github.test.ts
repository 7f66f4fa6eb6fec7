import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { init } from "#cli/commands/init";
import { keelsonCommands } from "#scripts/cli-page";
import { lintWorkflows } from "#test/support/workflow-lint";

let repository = "";
beforeEach(() => {
  repository = mkdtempSync(join(tmpdir(), "keelson-github-"));
  mkdirSync(join(repository, ".git"));
  writeFileSync(join(repository, "Dockerfile"), "FROM node\nEXPOSE 3000\n");
  writeFileSync(join(repository, ".env.example"), "STRIPE_API_KEY=\n");
});
afterEach(() => {
  rmSync(repository, { recursive: true });
});

const workflows = () => join(repository, ".github", "workflows");
const text = (name: string) => readFileSync(join(workflows(), name), "utf8");

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
}
interface Workflow {
  readonly defaults: { readonly run: { readonly shell: string } };
  readonly on: Record<string, { workflows?: string[] }>;
  readonly jobs: Record<
    string,
    {
      steps: Step[];
      environment?: string;
      if?: string;
      needs?: unknown;
      concurrency?: object;
      env?: object;
    }
  >;
}
const workflow = (name: string) => parse(text(name)) as Workflow;
const steps = (name: string) => Object.values(workflow(name).jobs).flatMap((job) => job.steps);

async function written(more: { into?: string } = {}): Promise<string> {
  const lines: string[] = [];
  const options = { into: "deploy", name: "shop", github: true, yes: true, ...more };
  await init(repository, options, (line) => lines.push(line));
  return lines.join("\n");
}

describe("init --github", () => {
  it("writes workflows into the repository, and a stack to look at", async () => {
    expect(await written()).toContain(".github/workflows/keelson-deploy.yml");
    expect(readdirSync(workflows()).sort()).toEqual([
      "ci.yml",
      "keelson-deploy.yml",
      "keelson-preview.yml",
    ]);
    expect(existsSync(join(repository, "deploy", "Pulumi.preview.yaml"))).toBe(true);
    expect(workflow("keelson-deploy.yml").on["workflow_run"]?.workflows).toEqual(["ci"]);
    for (const name of readdirSync(workflows())) {
      expect(text(name)).not.toContain("KEELSON_FOLDER");
      // With pipefail: a build that fails does not end in an image without a name.
      expect(workflow(name).defaults.run.shell).toBe("bash");
    }
  });

  it("deploys one image, by its digest, to preview, then with approval to prod, one at a time", async () => {
    await written();
    const { jobs } = workflow("keelson-deploy.yml");
    expect(Object.keys(jobs)).toEqual(["image", "preview", "prod"]);
    expect(jobs["prod"]).toMatchObject({ needs: ["image", "preview"], environment: "prod" });
    for (const stack of ["preview", "prod"]) {
      expect(jobs[stack]?.concurrency).toEqual({
        group: `keelson-deploy-${stack}`,
        "cancel-in-progress": false,
      });
      expect(jobs[stack]?.env).toMatchObject({
        KEELSON_IMAGE: "${{ needs.image.outputs.reference }}",
        STRIPE_API_KEY: "${{ secrets.STRIPE_API_KEY }}",
      });
    }
  });

  it("deploys what was pushed here: neither a fork's branch main, nor a commit that is no longer the newest", async () => {
    await written();
    const { image } = workflow("keelson-deploy.yml").jobs;
    const condition = image?.if ?? "";
    expect(condition).toContain("github.event.workflow_run.event == 'push'");
    expect(condition).toContain("workflow_run.head_repository.full_name == github.repository");
    const script = image?.steps.find(({ name }) => name === "Nothing newer was pushed")?.run ?? "";
    const bin = mkdtempSync(join(repository, "bin-"));
    writeFileSync(join(bin, "gh"), "#!/bin/sh\necho aaa\n", { mode: 0o755 });
    const status = (GIT_SHA: string) => {
      const env = {
        PATH: `${bin}:${process.env["PATH"] ?? ""}`,
        GIT_SHA,
        GITHUB_REPOSITORY: "me/shop",
        BRANCH: "main",
      };
      return spawnSync("bash", ["-eo", "pipefail", "-c", script], { env }).status;
    };
    expect([status("aaa"), status("bbb")]).toEqual([0, 1]);
  });

  it("names actions by their commits, and commands that there are, with their options", async () => {
    await written();
    const commands = new Map(keelsonCommands().map(({ name, command }) => [name, command]));
    const all = readdirSync(workflows()).flatMap(steps);
    for (const { uses } of all) if (uses !== undefined) expect(uses).toMatch(/@[0-9a-f]{40}$/);
    const run = all.flatMap((step) => [...(step.run ?? "").matchAll(/npx keelson ([^|"&\n]*)/g)]);
    expect(run.length).toBeGreaterThan(7);
    for (const [, line = ""] of run) {
      const [name = "", ...args] = line.trim().split(/\s+/);
      const known = commands.get(name)?.options.map(({ long }) => long);
      expect([name, known]).toEqual([name, expect.any(Array)]);
      const flags = args.filter((each) => each.startsWith("--"));
      expect(flags.filter((each) => !(known ?? []).includes(each))).toEqual([]);
    }
  });

  it("waits for the repository's own tests, and overwrites nothing", async () => {
    mkdirSync(workflows(), { recursive: true });
    writeFileSync(join(workflows(), "test.yml"), "name: Run tests\non: [push]\njobs: {}\n");
    await written({ into: "." });
    expect(workflow("keelson-deploy.yml").on["workflow_run"]?.workflows).toEqual(["Run tests"]);
    expect(text("keelson-deploy.yml")).toContain("--workflow 'test.yml'");
    expect(existsSync(join(workflows(), "ci.yml"))).toBe(false);
    await expect(written({ into: "other" })).rejects.toThrow(
      "has .github/workflows/keelson-preview.yml, .github/workflows/keelson-deploy.yml already, so nothing was written",
    );
    expect(existsSync(join(repository, "other"))).toBe(false);
  });

  it("is refused outside of a repository, and nothing is written", async () => {
    rmSync(join(repository, ".git"), { recursive: true });
    await expect(written()).rejects.toThrow("is in no Git repository; run git init first.");
    expect(existsSync(join(repository, "deploy"))).toBe(false);
  });

  it("writes workflows that actionlint accepts", async () => {
    await written();
    expect(await lintWorkflows(workflows())).toEqual([]);
  });
});
