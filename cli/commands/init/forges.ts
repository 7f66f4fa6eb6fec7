import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { isMapping, type Mapping } from "#lib/merge";

/** Hosts of repositories, which run their pipelines. */
export type ForgeName = "github" | "gitlab" | "forgejo";

interface Forge {
  /** The files that it reads, and their templates. */
  readonly files: Readonly<Record<string, string>>;
  /** The file for the application's own tests, where there is none yet. */
  readonly ciFile: Readonly<Record<string, string>>;
  /** Name of what tests each push; undefined where nothing does. */
  readonly ciOf: (repository: string) => string | undefined;
  /** The stage in which tests run, where it has stages. */
  readonly testStage?: (repository: string) => string;
  /** Steps that are left to a person. @param tested there were tests already */
  readonly leftToDo: (tested: boolean, secrets: readonly string[]) => string[];
}

const workflows = { github: ".github/workflows", forgejo: ".forgejo/workflows" } as const;
const gitlabFile = ".gitlab-ci.yml";

const keelsonWorkflows = (folder: string) => ({
  [`${folder}/keelson-preview.yml`]: "keelson-preview.yml",
  [`${folder}/keelson-deploy.yml`]: "keelson-deploy.yml",
});

/** The forges for which `keelson init` writes a pipeline. */
export const forges: Readonly<Record<ForgeName, Forge>> = {
  github: {
    files: keelsonWorkflows(workflows.github),
    ciFile: { [`${workflows.github}/ci.yml`]: "ci.yml" },
    ciOf: (repository) => pushWorkflow(repository, workflows.github),
    leftToDo: () => [],
  },
  gitlab: {
    files: { ".gitlab/keelson.yml": "keelson.yml" },
    ciFile: { [gitlabFile]: "ci.yml" },
    ciOf: (repository) => (existsSync(join(repository, gitlabFile)) ? gitlabFile : undefined),
    testStage: gitlabStage,
    leftToDo: (tested, secrets) => [
      ...(tested ? [`${gitlabFile}: include: [{ local: .gitlab/keelson.yml }]`] : []),
      ...variables(secrets, "CI/CD variables of the environments preview and prod"),
    ],
  },
  forgejo: {
    files: keelsonWorkflows(workflows.forgejo),
    ciFile: { [`${workflows.forgejo}/ci.yml`]: "ci.yml" },
    ciOf: (repository) => pushWorkflow(repository, workflows.forgejo),
    leftToDo: (_, secrets) => [
      "the secret REGISTRY_TOKEN: an access token that may write packages",
      ...variables(secrets, "secrets for prod, and the same with PREVIEW_ before it for preview"),
    ],
  },
};

const variables = (secrets: readonly string[], where: string) =>
  secrets.length === 0 ? [] : [`${secrets.join(", ")}: ${where}`];

/** The first workflow that runs for pushes: by its name, or by its path as the forge does. */
function pushWorkflow(repository: string, workflowFolder: string): string | undefined {
  const folder = join(repository, workflowFolder);
  if (!existsSync(folder)) return undefined;
  for (const file of readdirSync(folder).sort()) {
    if (!/\.ya?ml$/.test(file) || file.startsWith("keelson-")) continue;
    const workflow = yamlOf(join(folder, file));
    if (!runsForPushes(workflow["on"])) continue;
    const { name } = workflow;
    return typeof name === "string" ? name : `${workflowFolder}/${file}`;
  }
  return undefined;
}

function runsForPushes(on: unknown): boolean {
  if (Array.isArray(on)) return on.includes("push");
  return on === "push" || (isMapping(on) && "push" in on);
}

/** A pipeline that names its stages has no others: the one for tests, or else its last. */
function gitlabStage(repository: string): string {
  const file = join(repository, gitlabFile);
  const stages = existsSync(file) ? yamlOf(file)["stages"] : undefined;
  const names = Array.isArray(stages) ? stages.filter((each) => typeof each === "string") : [];
  return names.includes("test") ? "test" : (names.at(-1) ?? "test");
}

function yamlOf(file: string): Mapping {
  // GitLab's own tags (!reference) are no fault; a file that is broken runs for nothing.
  const document = parseDocument(readFileSync(file, "utf8"), { logLevel: "silent" });
  const content: unknown = document.errors.length > 0 ? {} : document.toJS();
  return isMapping(content) ? content : {};
}
