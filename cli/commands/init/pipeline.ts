import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { ofPackage } from "#lib/package-root";
import { Failure } from "../../io/failure.js";
import { defaultBranch } from "./branch.js";
import { withCheckouts } from "./checkout.js";
import type { ProjectFiles } from "./files.js";
import { forges, type ForgeName } from "./forges.js";
import type { Tests } from "./workflows.js";

/** A repository that gets a pipeline, and what the pipeline needs to know. */
export interface Pipeline {
  readonly forge: ForgeName;
  /** Folder with `.git`. */
  readonly repository: string;
  /** Folder of the project in it. */
  readonly folder: string;
  /** The branch that is deployed. */
  readonly branch: string;
  /** Tests that have to be green before a deploy; undefined where there are none yet. */
  readonly tests: Tests | undefined;
  /** Secrets that the pipeline injects. */
  readonly secrets: readonly string[];
}

/** Facts that the files of a pipeline are filled with. @throws Failure where the folder is in no repository */
export function pipelineOf(forge: ForgeName, into: string, secrets: readonly string[]): Pipeline {
  const repository = repositoryAbove(into);
  if (repository === undefined) {
    throw new Failure(`--${forge}: ${into} is in no Git repository; run git init first.`);
  }
  const folder = relative(repository, into);
  const branch = defaultBranch(repository);
  const tests = forges[forge].testsOf(repository, branch);
  return { forge, repository, folder: folder === "" ? "." : folder, branch, tests, secrets };
}

/** The files of a pipeline by their paths in the repository. */
export function pipelineFiles(pipeline: Pipeline): ProjectFiles {
  const { files, ciFile } = forges[pipeline.forge];
  const all = pipeline.tests === undefined ? { ...files, ...ciFile } : files;
  return Object.fromEntries(
    Object.entries(all).map(([path, template]) => {
      const text = readFileSync(ofPackage("templates", pipeline.forge, template), "utf8");
      return [path, filled(text, pipeline)];
    }),
  );
}

/** Writes them; no file that is there is touched. @throws Failure before anything is written */
export function writePipeline(pipeline: Pipeline, files: ProjectFiles): void {
  requireFree(pipeline, files);
  for (const [file, text] of Object.entries(files)) {
    const path = join(pipeline.repository, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { flag: "wx" });
  }
}

/** @throws Failure where a file is there already */
export function requireFree({ forge, repository }: Pipeline, files: ProjectFiles): void {
  const there = Object.keys(files).filter((file) => existsSync(join(repository, file)));
  if (there.length === 0) return;
  throw new Failure(
    `${repository} has ${there.join(", ")} already, so nothing was written; move them away first, or leave out --${forge} for a second application.`,
  );
}

/** Lines on a pipeline that was written: when it deploys, and what is left to a person before it runs. */
export function toldOf({ forge, secrets, ...facts }: Pipeline): string[] {
  const { deploys, leftToDo } = forges[forge];
  const told = { ...facts, secrets: secrets.map((each) => secretName(forge, each)) };
  return [deploys(told), ...leftToDo(told).map((line) => `left to do: ${line}`)];
}

function filled(text: string, pipeline: Pipeline): string {
  const { repository, forge, folder, branch, tests, secrets } = pipeline;
  const { name, file } = tests ?? { name: "ci", file: "ci.yml" };
  // What the pipeline has under the app's name as well is there once.
  const own = new Set(
    [...text.matchAll(/^ {6}(\w+): \$\{\{ secrets\.\1 \}\}/gm)].map(([, each]) => each),
  );
  const lines = (prefix: string) => (_: string, indent: string) =>
    secrets
      .filter((each) => !own.has(each))
      .map((each) => `${indent}${each}: \${{ secrets.${prefix}${secretName(forge, each)} }}\n`)
      .join("");
  return withCheckouts(text, repository)
    .replaceAll("KEELSON_FOLDER", () => JSON.stringify(folder))
    .replaceAll(/KEELSON_PATH\((.*?)\)/g, (_, path: string) => JSON.stringify(join(folder, path)))
    .replaceAll("KEELSON_BRANCH", () => JSON.stringify(branch))
    .replaceAll("KEELSON_STAGE", () => JSON.stringify(forges[forge].testStage?.(repository)))
    .replaceAll("KEELSON_CI_FILE", () => `'${file.replaceAll("'", "'\\''")}'`)
    .replace("workflows: [KEELSON_CI]", () => `workflows: [${JSON.stringify(name)}]`)
    .replaceAll("KEELSON_CI", () => name.replaceAll(/["`$\\]/g, ""))
    .replaceAll(/^( *)# KEELSON_SECRETS\n/gm, lines(""))
    .replaceAll(/^( *)# KEELSON_PREVIEW_SECRETS\n/gm, lines("PREVIEW_"));
}

/** Forges refuse names that begin as their own do, or give something else under them. */
function secretName(forge: ForgeName, name: string): string {
  return forges[forge].refused?.test(name) === true ? `APP_${name}` : name;
}

function repositoryAbove(folder: string): string | undefined {
  if (existsSync(join(folder, ".git"))) return folder;
  const above = join(folder, "..");
  return above === folder ? undefined : repositoryAbove(above);
}
