import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { isMapping, type Mapping } from "#lib/merge";
import { Failure } from "../../io/failure.js";

/** Workflows that test each push. */
export interface Tests {
  /** Its name, as the forge shows it. */
  readonly name: string;
  /** Its file, in the folder of workflows. */
  readonly file: string;
  /** Files of others that run for pushes too. */
  readonly others: readonly string[];
}

/** Files that say by their name that they test. */
const testing = /(?:^|[-_.])(?:ci|tests?|checks?|build|verify|main)(?=[-_.])/i;

/**
 * The workflow that runs for pushes to a branch, by its name, or by its path as the forge does; undefined where none does.
 *
 * @throws Failure where `ci.yml`, which would be written, is there and runs for no push
 */
export function testWorkflow(
  repository: string,
  folder: string,
  branch: string,
): Tests | undefined {
  const found = workflowFiles(repository, folder).flatMap((file) => {
    const { on, name } = yamlIn(repository, `${folder}/${file}`).content;
    if (!runsForPushes(on, branch)) return [];
    const shown = typeof name === "string" || typeof name === "number" ? String(name) : undefined;
    return [{ file, name: shown ?? `${folder}/${file}` }];
  });
  const chosen = found.find(({ file }) => testing.test(file)) ?? found[0];
  if (chosen === undefined) {
    requireNoCi(repository, folder, branch);
    return undefined;
  }
  const others = found.flatMap(({ file }) => (file === chosen.file ? [] : [file]));
  return { name: chosen.name, file: chosen.file, others };
}

/** Names of a folder's workflows, but for Keelson's own. */
export function workflowFiles(repository: string, folder: string): string[] {
  const path = join(repository, folder);
  if (!existsSync(path)) return [];
  const files = readdirSync(path).filter((file) => /\.ya?ml$/.test(file));
  return files.filter((file) => !file.startsWith("keelson-")).sort();
}

/** A file's mapping, and what is wrong with its YAML; a file that is broken runs for nothing. */
export function yamlIn(repository: string, path: string): { content: Mapping; wrong?: string } {
  // GitLab's own tags (!reference) are no fault; its files may begin with a document of their inputs.
  const text = readFileSync(join(repository, path), "utf8");
  const documents = [...parseAllDocuments(text, { logLevel: "silent" })];
  const wrong = documents.flatMap(({ errors }) => errors)[0]?.message.split("\n")[0];
  if (wrong !== undefined) return { content: {}, wrong };
  const content: unknown = documents.at(-1)?.toJS();
  return { content: isMapping(content) ? content : {} };
}

function requireNoCi(repository: string, folder: string, branch: string): void {
  const path = `${folder}/ci.yml`;
  if (!existsSync(join(repository, path))) return;
  const { wrong } = yamlIn(repository, path);
  throw new Failure(
    wrong === undefined
      ? `${path}: runs for no push to ${branch}, so no deploy can wait for it; add on.push.branches: [${branch}] to it, or move it away.`
      : `${path}: is no YAML (${wrong}); mend it, or move it away.`,
  );
}

function runsForPushes(on: unknown, branch: string): boolean {
  if (Array.isArray(on)) return on.includes("push");
  if (!isMapping(on)) return on === "push";
  if (!("push" in on)) return false;
  const push = isMapping(on["push"]) ? on["push"] : {};
  if (push["branches"] !== undefined) return matches(push["branches"], branch);
  if (push["branches-ignore"] !== undefined) return !matches(push["branches-ignore"], branch);
  return push["tags"] === undefined && push["tags-ignore"] === undefined;
}

/** As forges do: `*` stops at a slash, and the last pattern that fits decides, against where it begins with `!`. */
function matches(patterns: unknown, branch: string): boolean {
  const texts = [patterns].flat().filter((each) => typeof each === "string");
  return texts.reduce((found, text) => {
    const pattern = text.replace(/^!/, "").replaceAll(/[.+?^${}()|\\]/g, String.raw`\$&`);
    const expression = pattern.replaceAll(/\*+/g, (stars) => (stars === "*" ? "[^/]*" : ".*"));
    return new RegExp(`^${expression}$`).test(branch) ? !text.startsWith("!") : found;
  }, false);
}
