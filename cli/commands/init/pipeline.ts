import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { ofPackage } from "#lib/package-root";
import { Failure } from "../../io/failure.js";
import type { ProjectFiles } from "./files.js";
import { forges, type ForgeName } from "./forges.js";

/** A repository that gets a pipeline, and what the pipeline needs to know. */
export interface Pipeline {
  readonly forge: ForgeName;
  /** Folder with `.git`. */
  readonly repository: string;
  /** Folder of the project in it. */
  readonly folder: string;
  /** Name of the workflow whose green runs allow a deploy; undefined where there is none yet. */
  readonly ci: string | undefined;
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
  const ci = forges[forge].ciOf(repository);
  return { forge, repository, folder: folder === "" ? "." : folder, ci, secrets };
}

/** The files of a pipeline by their paths in the repository. */
export function pipelineFiles(pipeline: Pipeline): ProjectFiles {
  const { files, ciFile } = forges[pipeline.forge];
  const all = pipeline.ci === undefined ? { ...files, ...ciFile } : files;
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
export function requireFree({ repository }: Pipeline, files: ProjectFiles): void {
  const there = Object.keys(files).filter((file) => existsSync(join(repository, file)));
  if (there.length === 0) return;
  throw new Failure(
    `${repository} has ${there.join(", ")} already, so nothing was written; move them away first.`,
  );
}

/** Steps that are left to a person before the pipeline runs. */
export function leftToDo({ forge, ci, secrets }: Pipeline): string[] {
  return forges[forge].leftToDo(ci !== undefined, secrets);
}

function filled(text: string, { repository, forge, folder, ci = "ci", secrets }: Pipeline): string {
  const path = folder === "." ? "" : `${folder}/`;
  const lines = (name: (secret: string) => string) => (_: string, indent: string) =>
    secrets.map((each) => `${indent}${each}: \${{ secrets.${name(each)} }}\n`).join("");
  return text
    .replaceAll("KEELSON_FOLDER", () => JSON.stringify(folder))
    .replaceAll("KEELSON_PATH", () => path)
    .replaceAll("KEELSON_STAGE", () => forges[forge].testStage?.(repository) ?? "test")
    .replace("workflows: [KEELSON_CI]", () => `workflows: [${JSON.stringify(ci)}]`)
    .replaceAll('"KEELSON_CI"', () => `'${ci.replaceAll("'", "'\\''")}'`)
    .replaceAll("KEELSON_CI", () => ci.replaceAll(/["`$\\]/g, ""))
    .replaceAll(
      /^( *)# KEELSON_SECRETS\n/gm,
      lines((name) => name),
    )
    .replaceAll(
      /^( *)# KEELSON_PREVIEW_SECRETS\n/gm,
      lines((name) => `PREVIEW_${name}`),
    );
}

function repositoryAbove(folder: string): string | undefined {
  if (existsSync(join(folder, ".git"))) return folder;
  const above = join(folder, "..");
  return above === folder ? undefined : repositoryAbove(above);
}
