import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parse } from "yaml";
import { isMapping } from "#lib/merge";
import { ofPackage } from "#lib/package-root";
import { Failure } from "../../io/failure.js";
import type { ProjectFiles } from "./files.js";

/** A repository that gets workflows, and what they need to know. */
export interface Pipeline {
  /** Folder with `.git`. */
  readonly repository: string;
  /** Folder of the project in it. */
  readonly folder: string;
  /** Name of the workflow whose green runs allow a deploy; undefined where there is none yet. */
  readonly ci: string | undefined;
  /** Secrets that the pipeline injects. */
  readonly secrets: readonly string[];
}

const folderOfWorkflows = join(".github", "workflows");

/** Facts that the workflows of a repository are filled with. @throws Failure where the folder is in none */
export function pipelineOf(into: string, secrets: readonly string[]): Pipeline {
  const repository = repositoryAbove(into);
  if (repository === undefined) {
    throw new Failure(`--github: ${into} is in no Git repository; run git init first.`);
  }
  const folder = relative(repository, into);
  return { repository, folder: folder === "" ? "." : folder, ci: ciOf(repository), secrets };
}

/** The workflows of a pipeline by their paths in the repository. */
export function workflowFiles(pipeline: Pipeline): ProjectFiles {
  const names = ["keelson-preview.yml", "keelson-deploy.yml"];
  if (pipeline.ci === undefined) names.push("ci.yml");
  return Object.fromEntries(
    names.map((name) => [
      join(folderOfWorkflows, name),
      filled(readFileSync(ofPackage("templates", "github", name), "utf8"), pipeline),
    ]),
  );
}

/** Writes them; no file that is there is touched. @throws Failure before anything is written */
export function writeWorkflows(pipeline: Pipeline, files: ProjectFiles): void {
  requireFree(pipeline, files);
  mkdirSync(join(pipeline.repository, folderOfWorkflows), { recursive: true });
  for (const [file, text] of Object.entries(files)) {
    writeFileSync(join(pipeline.repository, file), text, { flag: "wx" });
  }
}

/** @throws Failure where a file is there already */
export function requireFree({ repository }: Pipeline, files: ProjectFiles): void {
  const there = Object.keys(files).filter((file) => existsSync(join(repository, file)));
  if (there.length === 0) return;
  throw new Failure(
    `${repository} has ${there.join(", ")} already, so nothing was written; move them away first.`,
  );
}

function filled(text: string, { folder, ci = "ci", secrets }: Pipeline): string {
  const lines = secrets.map((name) => `${name}: \${{ secrets.${name} }}`);
  return text
    .replaceAll("KEELSON_FOLDER", () => JSON.stringify(folder))
    .replace("workflows: [KEELSON_CI]", () => `workflows: [${JSON.stringify(ci)}]`)
    .replaceAll('"KEELSON_CI"', () => `'${ci.replaceAll("'", "'\\''")}'`)
    .replaceAll("KEELSON_CI", () => ci.replaceAll(/["`$\\]/g, ""))
    .replaceAll(/^( *)# KEELSON_SECRETS\n/gm, (_, indent: string) =>
      lines.map((line) => `${indent}${line}\n`).join(""),
    );
}

function repositoryAbove(folder: string): string | undefined {
  if (existsSync(join(folder, ".git"))) return folder;
  const above = join(folder, "..");
  return above === folder ? undefined : repositoryAbove(above);
}

/** The first workflow that runs for pushes: by its name, or by its path as GitHub does. */
function ciOf(repository: string): string | undefined {
  const folder = join(repository, folderOfWorkflows);
  if (!existsSync(folder)) return undefined;
  for (const file of readdirSync(folder).sort()) {
    if (!/\.ya?ml$/.test(file) || file.startsWith("keelson-")) continue;
    const workflow = yamlOf(readFileSync(join(folder, file), "utf8"));
    if (!runsForPushes(workflow["on"])) continue;
    const { name } = workflow;
    return typeof name === "string" ? name : `${folderOfWorkflows}/${file}`;
  }
  return undefined;
}

function runsForPushes(on: unknown): boolean {
  if (Array.isArray(on)) return on.includes("push");
  return on === "push" || (isMapping(on) && "push" in on);
}

function yamlOf(text: string) {
  try {
    const content: unknown = parse(text);
    return isMapping(content) ? content : {};
  } catch {
    // A broken workflow runs for nothing.
    return {};
  }
}
