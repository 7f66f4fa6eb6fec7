import { existsSync } from "node:fs";
import { join } from "node:path";
import { isMapping, type Mapping } from "#lib/merge";
import { Failure } from "../../io/failure.js";
import { yamlIn, type Tests } from "./workflows.js";

/** The file that GitLab reads. */
export const gitlabFile = ".gitlab-ci.yml";

/** The file for GitLab, where there is one. @throws Failure where it is broken */
export function gitlabTests(repository: string): Tests | undefined {
  if (!existsSync(join(repository, gitlabFile))) return undefined;
  const { wrong } = yamlIn(repository, gitlabFile);
  if (wrong === undefined) return { name: gitlabFile, file: gitlabFile, others: [] };
  throw new Failure(`${gitlabFile}: is no YAML (${wrong}); mend it first.`);
}

/** A pipeline that names its stages has no others: the one for tests, or else its last. */
export function gitlabStage(repository: string): string {
  const names = stagesOf(read(repository));
  return names.includes("test") ? "test" : (names.at(-1) ?? "test");
}

/** Changes to a file that is there, for the pipeline to run in it. */
export function gitlabChanges(repository: string): string[] {
  const pipeline = read(repository);
  const own = pipeline.files[0] ?? {};
  const include = "{ local: .gitlab/keelson.yml }";
  const lacking = leftOut(pipeline);
  return [
    own["include"] === undefined
      ? `${gitlabFile}: include: [${include}]`
      : `${gitlabFile}: ${include} in its list include`,
    ...(pipeline.unread.length > 0 && stagesOf(pipeline).length === 0
      ? [
          `.gitlab/keelson.yml: the stage of keelson plan, which is a guess, since ${pipeline.unread.join(", ")} may have others`,
        ]
      : []),
    ...(lacking.length > 0
      ? [`${gitlabFile}: workflow: rules that let ${lacking.join(" and ")} through`]
      : []),
  ];
}

/** The file, and those of the repository that it includes; what is elsewhere is named. */
interface Read {
  readonly files: readonly Mapping[];
  readonly unread: readonly string[];
}

function read(repository: string, path = gitlabFile, seen = new Set<string>()): Read {
  seen.add(path);
  if (!existsSync(join(repository, path))) return { files: [], unread: [] };
  const { content } = yamlIn(repository, path);
  const included = [content["include"] ?? []].flat().map((each) => {
    const local = localPath(each);
    if (local === undefined) return { files: [], unread: [JSON.stringify(each)] };
    return seen.has(local) ? { files: [], unread: [] } : read(repository, local, seen);
  });
  return {
    files: [content, ...included.flatMap(({ files }) => files)],
    unread: included.flatMap(({ unread }) => unread),
  };
}

/** A path in the repository; undefined for what is elsewhere, or is a pattern. */
function localPath(include: unknown): string | undefined {
  const local = isMapping(include) ? include["local"] : include;
  if (typeof local !== "string" || /^https?:|[*$]/.test(local)) return undefined;
  return local.replace(/^\//, "");
}

/** Stages of the including file, else of those that it includes. */
function stagesOf({ files }: Read): string[] {
  const stages = files.map((file) => file["stages"]).find((each) => Array.isArray(each));
  return (stages ?? []).filter((each) => typeof each === "string");
}

function leftOut({ files }: Read): string[] {
  const workflow = files.map((file) => file["workflow"]).find(isMapping);
  const rules = workflow?.["rules"];
  // A rule without a condition lets all through.
  if (!Array.isArray(rules) || rules.some((each) => !isMapping(each) || !("if" in each))) return [];
  const text = JSON.stringify(rules);
  return [
    ...(/merge_request/i.test(text) ? [] : ["merge requests"]),
    ...(/CI_COMMIT_(?:TAG|REF)/.test(text) ? [] : ["tags"]),
  ];
}
