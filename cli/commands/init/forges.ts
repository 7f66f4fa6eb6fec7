import { existsSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../io/failure.js";
import { largeFiles } from "./checkout.js";
import { gitlabChanges, gitlabFile, gitlabStage, gitlabTests } from "./gitlab.js";
import { testWorkflow, workflowFiles, type Tests } from "./workflows.js";

/** Hosts of repositories, which run their pipelines. */
export type ForgeName = "github" | "gitlab" | "forgejo";

/** Facts about a pipeline that is written. */
interface Told {
  readonly repository: string;
  readonly branch: string;
  /** Undefined where a file for the tests was written. */
  readonly tests: Tests | undefined;
  /** Names of the secrets, as the forge has them. */
  readonly secrets: readonly string[];
}

interface Forge {
  /** The files that it reads, and their templates. */
  readonly files: Readonly<Record<string, string>>;
  /** The file for the application's own tests, where there is none yet. */
  readonly ciFile: Readonly<Record<string, string>>;
  /** Tests of each push to the branch; undefined where there are none. @throws Failure where the pipeline would harm it */
  readonly testsOf: (repository: string, branch: string) => Tests | undefined;
  /** The stage in which tests run, where it has stages. */
  readonly testStage?: (repository: string) => string;
  /** Names that it refuses for secrets. */
  readonly refused?: RegExp;
  /** The sentence on the branch that is deployed, and what is waited for. */
  readonly deploys: (told: Told) => string;
  /** Steps that are left to a person. */
  readonly leftToDo: (told: Told) => string[];
}

const workflows = { github: ".github/workflows", forgejo: ".forgejo/workflows" } as const;

const keelsonWorkflows = (folder: string) => ({
  [`${folder}/keelson-preview.yml`]: "keelson-preview.yml",
  [`${folder}/keelson-deploy.yml`]: "keelson-deploy.yml",
});

/** The forges for which `keelson init` writes a pipeline. */
export const forges: Readonly<Record<ForgeName, Forge>> = {
  github: {
    files: keelsonWorkflows(workflows.github),
    ciFile: { [`${workflows.github}/ci.yml`]: "ci.yml" },
    testsOf: (repository, branch) => testWorkflow(repository, workflows.github, branch),
    refused: /^GITHUB_/i,
    deploys: ({ branch, tests }) => {
      const others = tests?.others ?? [];
      const not = others.length === 0 ? "" : `; not waited for: ${others.join(", ")}`;
      return `deploys ${branch} when "${tests?.name ?? "ci"}" is green${not}`;
    },
    leftToDo: ({ secrets }) =>
      variables(
        secrets,
        "secrets of the environments preview and prod, and for plans of pull requests of the repository",
      ),
  },
  gitlab: {
    files: { ".gitlab/keelson.yml": "keelson.yml" },
    ciFile: { [gitlabFile]: "ci.yml" },
    testsOf: gitlabTests,
    testStage: gitlabStage,
    deploys: () => "deploys the default branch when the jobs of all other stages are green",
    leftToDo: ({ repository, tests, secrets }) => [
      ...(tests === undefined ? [] : gitlabChanges(repository)),
      ...variables(secrets, "CI/CD variables of the environments preview and prod"),
    ],
  },
  forgejo: {
    files: keelsonWorkflows(workflows.forgejo),
    ciFile: { [`${workflows.forgejo}/ci.yml`]: "ci.yml" },
    testsOf: (repository, branch) => {
      requireRead(repository);
      return testWorkflow(repository, workflows.forgejo, branch);
    },
    refused: /^(?:GITHUB|GITEA|FORGEJO)_/i,
    deploys: ({ branch }) => `deploys ${branch} when all other workflows of a commit are green`,
    leftToDo: ({ repository, secrets }) => [
      ...(largeFiles(repository)
        ? ["git-lfs in the image of the jobs, before their checkout"]
        : []),
      "the secret REGISTRY_TOKEN: an access token that may write packages",
      ...variables(secrets, "secrets for prod, and the same with PREVIEW_ before it for preview"),
    ],
  },
};

const variables = (secrets: readonly string[], where: string) =>
  secrets.length === 0 ? [] : [`${secrets.join(", ")}: ${where}`];

/** Forgejo reads one folder of workflows, its own first: that of another would fall silent. */
function requireRead(repository: string): void {
  if (existsSync(join(repository, workflows.forgejo))) return;
  const read = [".gitea/workflows", workflows.github].find(
    (folder) => workflowFiles(repository, folder).length > 0,
  );
  if (read === undefined) return;
  throw new Failure(
    `${read}: Forgejo reads it only while there is no ${workflows.forgejo}; make that folder, and move into it what is to run in Forgejo.`,
  );
}
