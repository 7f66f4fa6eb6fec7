// Repositories of other shapes than one with its project in a folder and the branch main.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { ForgeName } from "#cli/commands/init/forges";
import {
  pipelineFiles,
  pipelineOf,
  requireFree,
  toldOf,
  writePipeline,
} from "#cli/commands/init/pipeline";
import { lintWorkflows } from "#test/support/workflow-lint";

let repository = "";
beforeEach(() => {
  repository = mkdtempSync(join(tmpdir(), "keelson-repositories-"));
  git("init", "-q");
  git("symbolic-ref", "HEAD", "refs/heads/main");
});
afterEach(() => {
  rmSync(repository, { recursive: true });
});

function put(path: string, text: string): void {
  mkdirSync(dirname(join(repository, path)), { recursive: true });
  writeFileSync(join(repository, path), text);
}
function git(...args: string[]): void {
  const who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"];
  execFileSync("git", ["-C", repository, ...who, ...args]);
}
const pipeline = (forge: ForgeName, folder = "deploy", secrets: string[] = []) =>
  pipelineOf(forge, join(repository, folder), secrets);
const files = (...args: Parameters<typeof pipeline>) => pipelineFiles(pipeline(...args));
const told = (...args: Parameters<typeof pipeline>) => toldOf(pipeline(...args)).join("\n");
const github = (name: string) => `.github/workflows/${name}.yml`;
const forgejo = (name: string) => `.forgejo/workflows/${name}.yml`;
const onPush = (more = "") => `on: { push: ${more} }\njobs: {}\n`;

describe("the branch that is deployed", () => {
  const branches = (forge: "github" | "forgejo", path: string) => {
    const { on } = parse(files(forge)[path] ?? "") as {
      on: Record<string, { branches?: string[] } | undefined>;
    };
    return (on["workflow_run"] ?? on["push"])?.branches;
  };

  it.each([
    ["that of a new repository", "trunk", [], "trunk"],
    ["master, from a branch of it", "master", [["switch", "-qc", "feature/x"]], "master"],
    [
      "the remote's",
      "main",
      [
        ["update-ref", "refs/remotes/origin/release/1.x", "HEAD"],
        ["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/release/1.x"],
      ],
      "release/1.x",
    ],
  ])("is %s", (_, first, commands, expected) => {
    git("symbolic-ref", "HEAD", `refs/heads/${first}`);
    if (commands.length > 0) git("commit", "-q", "--allow-empty", "-m", "first");
    for (const command of commands) git(...command);
    expect(branches("github", github("keelson-deploy"))).toEqual([expected]);
    expect(branches("github", github("ci"))).toEqual([expected]);
    expect(branches("forgejo", forgejo("keelson-deploy"))).toEqual([expected]);
    expect(told("github")).toContain(`deploys ${expected} when "ci" is green`);
  });

  it("is seen from a worktree, whose .git is a file", () => {
    git("commit", "-q", "--allow-empty", "-m", "first");
    const worktree = join(repository, "tree");
    git("worktree", "add", "-q", "-b", "side", worktree);
    const { repository: found, folder } = pipelineOf("github", join(worktree, "deploy"), []);
    expect([found, folder]).toEqual([worktree, "deploy"]);
  });
});

describe("the workflow that is waited for", () => {
  it("is one for the branch, not one for tags or other branches, rather one that tests", () => {
    put(github("a-release"), `name: Release\n${onPush('{ tags: ["v*"] }')}`);
    put(github("b-pages"), `name: Pages\n${onPush("{ branches: [gh-pages] }")}`);
    put(github("c-lint"), `name: Lint\n${onPush()}`);
    put(github("d-unit-tests"), `name: "It's: #1"\n${onPush('{ branches: ["**", "!old"] }')}`);
    const text = files("github")[github("keelson-deploy")] ?? "";
    expect(text).toContain(`workflows: ["It's: #1"]`);
    // gh finds a file by its name alone.
    expect(text).toContain("--workflow 'd-unit-tests.yml'");
    expect(told("github")).toContain(`"It's: #1" is green; not waited for: c-lint.yml`);
  });

  it("has its path for a name where it has none", () => {
    put(github("x"), onPush());
    const text = files("github")[github("keelson-deploy")] ?? "";
    expect(text).toContain('workflows: [".github/workflows/x.yml"]');
    expect(text).toContain("--workflow 'x.yml'");
  });

  it.each([
    ["on: pull_request\n", "ci.yml: runs for no push to main"],
    ["name: [x\n", "ci.yml: is no YAML"],
  ])("is not a ci.yml with %j, which is left as it is", (text, message) => {
    put(github("ci"), text);
    expect(() => pipeline("github")).toThrow(message);
  });

  it("keeps running in Forgejo, which reads one folder of workflows", () => {
    put(github("tests"), onPush());
    expect(() => pipeline("forgejo")).toThrow(
      ".github/workflows: Forgejo reads it only while there is no .forgejo/workflows",
    );
    put(".forgejo/workflows/tests.yml", onPush());
    expect(Object.keys(files("forgejo"))).not.toContain(forgejo("ci"));
  });
});

describe("names of secrets", () => {
  const secrets = ["GITHUB_TOKEN", "GITEA_KEY", "PULUMI_ACCESS_TOKEN", "DEPLOY_KEY", "my_token"];

  it("are others where the forge refuses them, and there once", async () => {
    for (const forge of ["forgejo", "github"] as const) {
      const made = pipeline(forge, "deploy", secrets);
      writePipeline(made, pipelineFiles(made));
      const said = await lintWorkflows(join(repository, `.${forge}`, "workflows"));
      expect(said.filter((line) => !line.includes(`label "docker"`))).toEqual([]);
    }
    const deploy = files("github", "deploy", secrets)[github("keelson-deploy")] ?? "";
    const { jobs } = parse(deploy) as { jobs: Record<string, { env?: object }> };
    expect(jobs["prod"]?.env).toMatchObject({
      GITHUB_TOKEN: "${{ secrets.APP_GITHUB_TOKEN }}",
      GITEA_KEY: "${{ secrets.GITEA_KEY }}",
      DEPLOY_KEY: "${{ secrets.DEPLOY_KEY }}",
    });
    expect(files("forgejo", "deploy", secrets)[forgejo("keelson-deploy")]).toContain(
      "GITEA_KEY: ${{ secrets.PREVIEW_APP_GITEA_KEY }}",
    );
    expect(told("github", "deploy", secrets)).toContain("APP_GITHUB_TOKEN, GITEA_KEY");
    expect(told("gitlab", "deploy", secrets)).toContain("GITHUB_TOKEN, GITEA_KEY");
  });
});

describe("the folder of the project", () => {
  it.each(["my app.d/the # one", "it's: a [b]", "."])("may be %j", async (folder) => {
    const text = files("gitlab", folder)[".gitlab/keelson.yml"] ?? "";
    const jobs = parse(text) as Record<string, Record<string, Record<string, unknown>>>;
    const within = (file: string) => (folder === "." ? file : `${folder}/${file}`);
    expect(jobs[".keelson"]?.["variables"]?.["FOLDER"]).toBe(folder);
    expect(jobs["keelson plan"]?.["artifacts"]?.["paths"]).toEqual([within("preview.txt")]);
    expect(jobs["keelson image"]?.["artifacts"]?.["reports"]).toEqual({
      dotenv: within("image.env"),
    });
    const made = pipeline("github", folder);
    writePipeline(made, pipelineFiles(made));
    expect(await lintWorkflows(join(repository, ".github", "workflows"))).toEqual([]);
  });

  it("is one of a repository: a second pipeline is refused, with a way out", () => {
    const first = pipeline("github");
    writePipeline(first, pipelineFiles(first));
    const second = pipeline("github", "apps/b/deploy");
    expect(() => {
      requireFree(second, pipelineFiles(second));
    }).toThrow(/move them away first, or leave out --github for a second application\.$/);
  });
});

describe("what the repository keeps elsewhere", () => {
  it("is checked out as well, submodules and large files", async () => {
    put(".gitmodules", '[submodule "x"]\n');
    put(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n");
    const jobs = parse(files("gitlab")[".gitlab/keelson.yml"] ?? "") as Record<string, unknown>;
    expect(jobs[".keelson"]).toMatchObject({ variables: { GIT_SUBMODULE_STRATEGY: "recursive" } });
    expect(told("forgejo")).toContain("git-lfs in the image");
    const made = pipeline("github");
    writePipeline(made, pipelineFiles(made));
    expect(await lintWorkflows(join(repository, ".github", "workflows"))).toEqual([]);
    const deploy = parse(pipelineFiles(made)[github("keelson-deploy")] ?? "") as {
      jobs: Record<string, { steps: { uses?: string; with?: object }[] }>;
    };
    const checkouts = Object.values(deploy.jobs).flatMap(({ steps }) =>
      steps.filter(({ uses }) => uses?.startsWith("actions/checkout@")),
    );
    expect(checkouts).toHaveLength(3);
    for (const { with: inputs } of checkouts)
      expect(inputs).toMatchObject({ submodules: "recursive", lfs: true });
  });

  it("is not asked for where there is none", () => {
    const all = (["github", "gitlab", "forgejo"] as const).flatMap((f) => Object.values(files(f)));
    expect(all.join("\n")).not.toMatch(/submodule|lfs/i);
  });
});

describe("a .gitlab-ci.yml that is there", () => {
  const include = "{ local: .gitlab/keelson.yml }";

  it.each([
    ["stages of a file that it includes", "include: [{ local: /ci/base.yml }]", "ship"],
    ["stages of its own over those", "include: ci/base.yml\nstages: [a, b]", "b"],
    ["a document of inputs first", "spec:\n  inputs: {}\n---\nstages: [a, c]", "c"],
    ["no stages", "unit: { script: [!reference [.x, script]] }", "test"],
  ])("gives the plan a stage: %s", (_, text, stage) => {
    put("ci/base.yml", "stages: [check, ship]\n");
    put(".gitlab-ci.yml", `${text}\n`);
    const jobs = parse(files("gitlab")[".gitlab/keelson.yml"] ?? "") as Record<string, unknown>;
    expect(jobs["keelson plan"]).toMatchObject({ stage });
    expect(told("gitlab")).not.toContain("is a guess");
  });

  it("is asked about what can't be read here", () => {
    put(".gitlab-ci.yml", "include: [{ template: Auto-DevOps.gitlab-ci.yml }]\n");
    expect(told("gitlab")).toContain(`${include} in its list include`);
    expect(told("gitlab")).toMatch(/stage of keelson plan, which is a guess, since .*Auto-DevOps/);
  });

  it.each([
    ["if: $CI_COMMIT_BRANCH", "workflow: rules that let merge requests and tags through"],
    ["if: $CI_PIPELINE_SOURCE == 'merge_request_event'", "workflow: rules that let tags through"],
    ["when: always", undefined],
  ])("has to run merge requests and tags: %s", (rule, expected) => {
    put(".gitlab-ci.yml", `workflow:\n  rules:\n    - ${rule}\n`);
    const lines = told("gitlab");
    if (expected === undefined) expect(lines).not.toContain("workflow:");
    else expect(lines).toContain(expected);
  });

  it("is not joined while it is broken", () => {
    put(".gitlab-ci.yml", "stages: [a\nunit: {\n");
    expect(() => pipeline("gitlab")).toThrow(
      /^\.gitlab-ci\.yml: is no YAML \(.*\); mend it first\.$/,
    );
  });
});
