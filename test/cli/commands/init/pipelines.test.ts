// The pipelines of GitLab and Forgejo as init writes them; their scripts run here, with programs that stand in for a forge.
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { init } from "#cli/commands/init";
import type { InitOptions } from "#cli/registrations/init";
import { keelsonCommands } from "#scripts/cli-page";
import { lintWorkflows } from "#test/support/workflow-lint";

let repository = "";
beforeEach(() => {
  repository = mkdtempSync(join(tmpdir(), "keelson-pipelines-"));
  put(".git/HEAD", "ref: refs/heads/main\n");
  put("Dockerfile", "FROM node\nEXPOSE 3000\n");
  put(".env.example", "STRIPE_API_KEY=\n");
});
afterEach(() => {
  rmSync(repository, { recursive: true });
});

function put(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(repository, path)), { recursive: true });
  writeFileSync(join(repository, path), text, { mode });
}
const text = (path: string) => readFileSync(join(repository, path), "utf8");

async function written(options: Partial<InitOptions>): Promise<string> {
  const lines: string[] = [];
  const all = { into: "deploy", name: "shop", yes: true, ...options };
  await init(repository, all, (line) => lines.push(line));
  return lines.join("\n");
}

/** Runs a step with programs that stand in for others: each writes down what it was given, then does what its text says. */
function runStep(script: string, programs: Record<string, string>, env: Record<string, string>) {
  const asked = join(repository, "asked");
  rmSync(asked, { force: true });
  for (const [name, does] of Object.entries(programs)) {
    put(`bin/${name}`, `#!/bin/bash\necho "${name} $*" >>"${asked}"\n${does}\n`, 0o755);
  }
  const PATH = `${join(repository, "bin")}${delimiter}${process.env["PATH"] ?? ""}`;
  const cwd = join(repository, "deploy");
  const ran = spawnSync("bash", ["-eo", "pipefail", "-c", script], {
    cwd,
    env: { PATH, HOME: repository, ...env },
    encoding: "utf8",
  });
  const calls = existsSync(asked) ? readFileSync(asked, "utf8").trim().split("\n") : [];
  return { code: ran.status, said: ran.stdout + ran.stderr, calls };
}

describe.each([
  { gitlab: true, files: [".gitlab/keelson.yml", ".gitlab-ci.yml"] },
  {
    forgejo: true,
    files: ["keelson-preview.yml", "keelson-deploy.yml", "ci.yml"].map(
      (name) => `.forgejo/workflows/${name}`,
    ),
  },
])("init --$files.0", ({ files, ...forge }) => {
  it("writes its files and a stack to look at, and overwrites none", async () => {
    expect(await written(forge)).toContain(`: ${files.join(", ")}.`);
    for (const file of files) expect(text(file)).not.toMatch(/KEELSON_(FOLDER|PATH|STAGE|SECRETS)/);
    expect(existsSync(join(repository, "deploy", "Pulumi.preview.yaml"))).toBe(true);
    await expect(written({ ...forge, into: "other" })).rejects.toThrow(`has ${files[0] ?? ""}`);
    expect(existsSync(join(repository, "other"))).toBe(false);
  });

  it("runs commands that there are, with their options", async () => {
    await written(forge);
    const commands = new Map(keelsonCommands().map(({ name, command }) => [name, command]));
    const run = files.flatMap((file) => [...text(file).matchAll(/npx keelson ([^|"&\n]*)/g)]);
    expect(run.length).toBeGreaterThan(7);
    for (const [, line = ""] of run) {
      const [name = "", ...args] = line.trim().split(/\s+/);
      const known = commands.get(name)?.options.map(({ long }) => long);
      expect([name, known]).toEqual([name, expect.any(Array)]);
      const flags = args.filter((each) => each.startsWith("--"));
      expect(flags.filter((each) => !(known ?? []).includes(each))).toEqual([]);
    }
  });

  it("is refused besides another", async () => {
    await expect(written({ ...forge, github: true })).rejects.toThrow(
      /^--github and --(gitlab|forgejo): a repository has one pipeline; name one of them\.$/,
    );
    expect(existsSync(join(repository, "deploy"))).toBe(false);
  });
});

interface Job {
  readonly extends: string | string[];
  readonly stage?: string;
  readonly needs?: string[];
  readonly rules?: { readonly if: string; readonly when?: string }[];
  readonly environment?: unknown;
  readonly before_script?: string[];
  readonly script: string[];
  readonly after_script?: string[];
  readonly resource_group?: string;
  readonly artifacts?: { readonly reports: { readonly dotenv: string } };
}
const gitlab = () => parse(text(".gitlab/keelson.yml")) as Record<string, Job>;

describe("the pipeline for GitLab", () => {
  it("deploys one image to preview, and to prod when a person starts it, one at a time", async () => {
    await written({ gitlab: true });
    const jobs = gitlab();
    expect(jobs["keelson prod"]).toMatchObject({
      needs: ["keelson image", "keelson preview"],
      environment: "prod",
      resource_group: "keelson-prod",
    });
    expect(jobs["keelson prod"]?.rules?.map(({ when }) => when)).toEqual(["manual", "manual"]);
    expect(jobs["keelson preview"]).toMatchObject({ needs: ["keelson image"] });
    // Whatever a test is called, and in whichever stage, it is before.
    expect(jobs[".keelson-main"]?.stage).toBe(".post");
    expect(jobs["keelson image"]?.needs).toBeUndefined();
  });

  it("names an image by the digest that build prints", async () => {
    await written({ gitlab: true });
    const { script = [], artifacts } = gitlab()["keelson image"] ?? {};
    const build = { npx: 'echo "building"; echo "registry.example.com/shop@sha256:aa"' };
    const env = { CI_REGISTRY_IMAGE: "registry.example.com/shop" };
    expect(runStep(script.join("\n"), build, env).code).toBe(0);
    expect(text(artifacts?.reports.dotenv ?? "")).toBe(
      "KEELSON_IMAGE=registry.example.com/shop@sha256:aa\n",
    );
    expect(runStep(script.join("\n"), { npx: "exit 3" }, env).code).not.toBe(0);
  });

  it.each([
    ["a path, as a variable of the type File has it", true],
    ["a text, as another has it", false],
  ])("takes the way to the host from %s, and shows no key", async (_, file) => {
    await written({ gitlab: true });
    const way = gitlab()[".keelson"]?.before_script?.find((each) => each.includes("DEPLOY_KEY"));
    const key = "-----BEGIN KEY-----\r\ncanary\r\n-----END KEY-----";
    put("key", key);
    const env = {
      DEPLOY_KEY: file ? join(repository, "key") : key,
      DEPLOY_HOST_KEYS: "host ssh-ed25519 AA",
    };
    expect(runStep(way ?? "exit 9", {}, env)).toMatchObject({ code: 0, said: "" });
    expect(text(".ssh/id_ed25519").trimEnd()).toBe(key.replaceAll("\r", ""));
    expect(text(".ssh/id_ed25519")).toMatch(/KEY-----\n+$/);
    expect(statSync(join(repository, ".ssh/id_ed25519")).mode & 0o777).toBe(0o600);
    expect(text(".ssh/known_hosts")).toBe("host ssh-ed25519 AA\n");
  });

  it("says what to turn on where there is no registry", async () => {
    await written({ gitlab: true });
    const login = gitlab()[".keelson"]?.before_script?.find((each) => each.includes("login"));
    const env = { CI_REGISTRY: "", CI_REGISTRY_USER: "", CI_REGISTRY_PASSWORD: "" };
    const ran = runStep(login ?? "exit 9", { docker: "cat >/dev/null" }, env);
    expect([ran.code, ran.said]).toEqual([
      1,
      expect.stringContaining("turn on the container registry"),
    ]);
  });

  it("plans with the variables of prod, deploys nothing then, and nothing by a schedule", async () => {
    await written({ gitlab: true });
    const jobs = gitlab();
    expect(jobs["keelson plan"]?.environment).toEqual({ name: "prod", action: "access" });
    for (const job of [".keelson-main", "keelson prod"]) {
      const conditions = jobs[job]?.rules?.map((rule) => rule.if);
      expect(conditions).toEqual([
        '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $CI_PIPELINE_SOURCE != "schedule"',
        String.raw`$CI_COMMIT_TAG =~ /^v\d/`,
      ]);
    }
    // A name that has been lost is refused as empty.
    for (const job of ["keelson preview", "keelson prod"])
      expect(jobs[job]?.script[0]).toBe('export KEELSON_IMAGE="${KEELSON_IMAGE:-}"');
  });

  it("joins a pipeline that is there, in a stage that it has, and says how", async () => {
    put(".gitlab-ci.yml", "stages: [lint, verify]\nx:\n  script: [!reference [.a, b]]\n");
    const said = await written({ gitlab: true });
    expect(said).toContain("left to do: .gitlab-ci.yml: include: [{ local: .gitlab/keelson.yml }]");
    expect(said).toContain("STRIPE_API_KEY: CI/CD variables of the environments preview and prod");
    expect(gitlab()["keelson plan"]?.stage).toBe("verify");
    expect(text(".gitlab-ci.yml")).toContain("!reference");
  });

  const api = "https://gitlab.example.com/api/v4";
  const request = {
    CI_API_V4_URL: api,
    CI_PROJECT_ID: "7",
    CI_MERGE_REQUEST_IID: "3",
    FOLDER: "deploy",
  };

  it.each([
    ["a new comment", "[]", `${api}/projects/7/merge_requests/3/notes`],
    [
      "the comment of the plan before",
      String.raw`[{"id":1,"body":"hello"},{"id":5,"body":"<!-- keelson preview -->\nold"}]`,
      `--request PUT .* ${api}/projects/7/merge_requests/3/notes/5`,
    ],
  ])("puts the plan into %s", async (_, notes, expected) => {
    await written({ gitlab: true });
    put("deploy/preview.txt", "3 to create\n");
    const script = (gitlab()["keelson plan"]?.after_script ?? []).join("\n");
    const curl = `cat >"${repository}/config"; case "$*" in *per_page*) printf '%s' '${notes}';; esac`;
    // The step begins in the repository's folder.
    const { code, said, calls } = runStep(
      `cd ..\n${script}`,
      { curl },
      { ...request, KEELSON_COMMENT_TOKEN: "canary-token" },
    );
    expect([code, said]).toEqual([0, ""]);
    expect(calls.at(-1)).toMatch(new RegExp(`${expected}$`));
    expect(text("deploy/comment.md")).toContain("3 to create");
    // No argument that others on the machine can see.
    expect(calls.join("\n")).not.toContain("canary-token");
    expect(text("config")).toContain("canary-token");
    expect(runStep(`cd ..\n${script}`, { curl }, request)).toMatchObject({ code: 0, calls: [] });
  });
});

interface Workflow {
  readonly concurrency?: object;
  readonly jobs: Record<
    string,
    {
      readonly if?: string;
      readonly env?: Record<string, string>;
      readonly steps: { readonly name?: string; readonly uses?: string; readonly run?: string }[];
    }
  >;
}
const forgejo = (name: string) => parse(text(`.forgejo/workflows/${name}.yml`)) as Workflow;
const step = (workflow: string, job: string, name: string) =>
  forgejo(workflow).jobs[job]?.steps.find((each) => each.name === name)?.run ?? "";

describe("the pipeline for Forgejo", () => {
  it("is accepted by actionlint, and names actions by their commits", async () => {
    await written({ forgejo: true });
    const said = await lintWorkflows(join(repository, ".forgejo/workflows"));
    // A runner's labels are its owner's; `docker` is the one of Forgejo's own documentation.
    expect(said.filter((each) => !each.includes('label "docker" is unknown'))).toEqual([]);
    for (const name of ["keelson-preview", "keelson-deploy", "ci"]) {
      const steps = Object.values(forgejo(name).jobs).flatMap((job) => job.steps);
      for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/@[0-9a-f]{40}$/);
    }
  });

  it("deploys a branch to preview and a tag to prod, each with its own secrets, one at a time", async () => {
    expect(await written({ forgejo: true })).toContain("left to do: the secret REGISTRY_TOKEN");
    const { preview, prod } = forgejo("keelson-deploy").jobs;
    expect([preview?.if, prod?.if]).toEqual([
      "github.ref_type == 'branch'",
      "github.ref_type == 'tag'",
    ]);
    expect(preview?.env?.["STRIPE_API_KEY"]).toBe("${{ secrets.PREVIEW_STRIPE_API_KEY }}");
    expect(prod?.env?.["STRIPE_API_KEY"]).toBe("${{ secrets.STRIPE_API_KEY }}");
    // The workflow's, since Forgejo ignores those of jobs, and cancels the run before where there is none.
    expect(forgejo("keelson-deploy").concurrency).toEqual({
      group: "keelson-deploy",
      "cancel-in-progress": false,
    });
  });

  it("finds the image of a tag's commit, and builds none", async () => {
    await written({ forgejo: true });
    const script = step(
      "keelson-deploy",
      "image",
      "Build and push, or find what was deployed to preview",
    );
    const output = join(repository, "output");
    const env = {
      GITHUB_OUTPUT: output,
      // The forge is in a folder of its host, its registry is not.
      GITHUB_SERVER_URL: "https://git.example.com/forge",
      GITHUB_REPOSITORY: "Ann/Shop",
      GIT_SHA: "abc",
    };
    const programs = { docker: "echo sha256:bb", npx: "echo git.example.com/ann/shop@sha256:cc" };
    const tag = runStep(script, programs, { ...env, GITHUB_REF_TYPE: "tag" });
    expect(tag.calls).toEqual([
      expect.stringContaining("imagetools inspect git.example.com/ann/shop:abc"),
    ]);
    const branch = runStep(script, programs, { ...env, GITHUB_REF_TYPE: "branch" });
    expect(branch.calls).toEqual([
      "npx keelson build --stack prod --push git.example.com/ann/shop",
    ]);
    expect(text("output")).toBe(
      "reference=git.example.com/ann/shop@sha256:bb\nreference=git.example.com/ann/shop@sha256:cc\n",
    );
    const failed = { ...programs, docker: "exit 1" };
    expect(runStep(script, failed, { ...env, GITHUB_REF_TYPE: "tag" }).code).not.toBe(0);
  });

  const status = (context: string, state: string) => ({ context, status: state });
  const own = status("keelson deploy / image (push)", "pending");
  const many = Array.from({ length: 50 }, (_, index) => status(`ci / ${String(index)}`, "success"));
  it.each([
    ["green", [status("ci / test (push)", "success"), own], 0, ""],
    [
      "failed on page 2",
      [...many, status("ci / 51", "failure")],
      1,
      "The tests of abc have failed.",
    ],
    ["failed", [status("ci / test (push)", "failure"), own], 1, "The tests of abc have failed."],
    ["none", [own], 1, "No workflow runs for abc"],
  ])("waits for the tests of the commit: %s", async (_, statuses, code, said) => {
    await written({ forgejo: true });
    const script = step("keelson-deploy", "image", "The tests of this commit are green");
    // Pending at first; fifty to a page.
    const page = (of: readonly object[], number: number) =>
      JSON.stringify({ statuses: of.slice(50 * (number - 1), 50 * number) });
    const pending = [status("ci / test (push)", "pending"), own];
    const curl = [
      "cat >/dev/null",
      `if [ -e "${repository}/once" ]; then first='${page(statuses, 1)}'; second='${page(statuses, 2)}'`,
      `else first='${page(pending, 1)}'; second='${page([], 1)}'; fi`,
      `case "$*" in *page=1) echo "$first";; *page=2) echo "$second";; *) echo '{"statuses":null}';; esac`,
    ].join("\n");
    const ran = runStep(
      script,
      { curl, sleep: `touch "${repository}/once"` },
      {
        GITHUB_SERVER_URL: "https://git.example.com",
        GITHUB_REPOSITORY: "ann/shop",
        GIT_SHA: "abc",
        TOKEN: "t",
      },
    );
    expect([ran.code, ran.said]).toEqual([code, expect.stringContaining(said)]);
    expect(ran.calls).toContain("sleep 10");
  });

  it("waits no longer than half an hour, and says what may keep the tests from running", async () => {
    await written({ forgejo: true });
    const script = step("keelson-deploy", "image", "The tests of this commit are green");
    expect(script).toContain("{1..180}");
    const pending = JSON.stringify({ statuses: [status("ci / test (push)", "pending")] });
    const curl = `cat >/dev/null; case "$*" in *page=1) echo '${pending}';; *) echo '{}';; esac`;
    const env = {
      GITHUB_SERVER_URL: "https://git.example.com",
      GITHUB_REPOSITORY: "a/b",
      GIT_SHA: "abc",
    };
    const ran = runStep(script.replace("{1..180}", "{1..2}"), { curl, sleep: "exit 0" }, env);
    expect([ran.code, ran.said]).toEqual([1, expect.stringContaining("capacity: 1")]);
    expect(runStep(script, { curl: "exit 22" }, env)).toMatchObject({ code: 22, said: "" });
  });

  it("deploys no commit that its branch has left behind", async () => {
    await written({ forgejo: true });
    const script = step("keelson-deploy", "image", "Nothing newer was pushed");
    const curl = `cat >/dev/null; echo '{"commit":{"id":"aaa"}}'`;
    const ran = (GIT_SHA: string) =>
      runStep(
        script,
        { curl },
        {
          GITHUB_SERVER_URL: "https://git.example.com",
          GITHUB_REPOSITORY: "a/b",
          GITHUB_REF_NAME: "main",
          GIT_SHA,
        },
      );
    expect([ran("aaa").code, ran("bbb").code]).toEqual([0, 1]);
    expect(ran("aaa").calls.at(-1)).toMatch(/api\/v1\/repos\/a\/b\/branches\/main$/);
  });

  it("puts the plan into a comment, which it brings up to date", async () => {
    await written({ forgejo: true });
    put("deploy/preview.txt", "3 to create\n");
    const script = step("keelson-preview", "preview", "Comment");
    const comments = (body: string) =>
      `cat >/dev/null; case "$*" in *--data*) ;; *) printf '%s' '${body}';; esac`;
    const env = {
      GITHUB_SERVER_URL: "https://git.example.com",
      GITHUB_REPOSITORY: "ann/shop",
      PULL_REQUEST: "4",
      TOKEN: "canary-token",
    };
    const api = "https://git.example.com/api/v1/repos/ann/shop/issues";
    const first = runStep(script, { curl: comments("[]") }, env);
    expect([first.code, first.calls.at(-1)]).toEqual([
      0,
      expect.stringContaining(`${api}/4/comments`),
    ]);
    const old = String.raw`[{"id":9,"body":"<!-- keelson preview -->\nold"}]`;
    const second = runStep(script, { curl: comments(old) }, env);
    expect([second.code, second.calls.at(-1)]).toEqual([
      0,
      expect.stringMatching(new RegExp(`--request PATCH .*${api}/comments/9$`)),
    ]);
    expect(JSON.parse(text("deploy/comment.json"))).toMatchObject({
      body: expect.stringContaining("3 to create") as string,
    });
    expect(second.calls.join("\n")).not.toContain("canary-token");
  });
});
