import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { settingsFrom } from "#config";
import { slug } from "#lib/identifiers";
import { deepMerge, isMapping, type Mapping } from "#lib/merge";
import { ownVersion } from "#lib/package-root";
import { SettingsError } from "#lib/settings";
import { packageVersion } from "../engines/probes.js";
import { Failure } from "../io/failure.js";
import type { Say } from "../io/progress.js";
import type { InitOptions } from "../registrations/init.js";
import { takeCompose } from "./init/compose.js";
import type { Draft } from "./init/draft.js";
import { projectFiles, type ProjectFiles } from "./init/files.js";
import { forges, type ForgeName } from "./init/forges.js";
import { look } from "./init/look.js";
import { pipelineFiles, pipelineOf, requireFree, toldOf, writePipeline } from "./init/pipeline.js";
import { takeProcfile } from "./init/procfile.js";
import { Repository } from "./init/repository.js";

/** `keelson init`: writes a project for the application in a repository; no file that is there is touched. */
export async function init(directory: string, options: InitOptions, say: Say): Promise<void> {
  const repository = new Repository(directory);
  if (!existsSync(repository.directory)) {
    throw new Failure(`${repository.directory}: is not there; name the application's folder.`);
  }
  const into = resolve(repository.directory, options.into);
  const name = nameOf(options, repository);
  const draft = draftOf(repository, options.from);
  placeBuild(draft, relative(into, repository.directory));
  if (options.yes !== true && process.stdin.isTTY) await ask(draft);
  const forge = forgeOf(options);
  const files = projectFiles(name, sharedOf(name, draft), versions(), forge !== undefined);
  requireRight(name, draft);
  const pipeline = forge === undefined ? undefined : pipelineOf(forge, into, injectedOf(draft));
  const workflows = pipeline === undefined ? {} : pipelineFiles(pipeline);
  if (pipeline !== undefined) requireFree(pipeline, workflows);
  writeProject(into, files);
  if (pipeline !== undefined) {
    writePipeline(pipeline, workflows);
    say(`Written into ${pipeline.repository}: ${Object.keys(workflows).join(", ")}.`);
    for (const line of toldOf(pipeline)) say(`  ${line}`);
  }
  for (const line of report(into, draft, files)) say(line);
}

/** Returns a draft of the settings, by a repository and, over it, a file that is taken over. @throws Failure */
export function draftOf(repository: Repository, from?: string): Draft {
  const draft = look(repository);
  if (from === undefined) return draft;
  const file = resolve(repository.directory, from);
  if (!existsSync(file))
    throw new Failure(`${file}: is not there; name a compose file or a Procfile.`);
  const text = readFileSync(file, "utf8");
  if (basename(file).startsWith("Procfile")) takeProcfile(draft, text);
  else takeCompose(draft, text, file);
  return draft;
}

/** Returns the settings that the stacks share, as Pulumi.yaml has them. */
export function sharedOf(name: string, draft: Draft): Mapping {
  return { app: { name, ...draft.app }, ...draft.sections };
}

/** A slip of ours ends here rather than in the first `up`. @throws Failure for settings that are not accepted */
export function requireRight(name: string, draft: Draft): void {
  try {
    settingsFrom(deepMerge(sharedOf(name, draft), { environment: "local" }));
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new Failure(`Nothing was written, for these settings would be wrong:\n${error.message}`);
  }
}

/** @throws Failure where several are named */
function forgeOf(options: InitOptions): ForgeName | undefined {
  const names = (Object.keys(forges) as ForgeName[]).filter((each) => options[each] === true);
  if (names.length < 2) return names[0];
  const flags = names.map((each) => `--${each}`).join(" and ");
  throw new Failure(`${flags}: a repository has one pipeline; name one of them.`);
}

function nameOf({ name }: InitOptions, repository: Repository): string {
  const wanted = name ?? repository.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  if (slug.safeParse(wanted).success) return wanted;
  throw new Failure(
    `--name: "${wanted}" is not a name; use 2 to 40 lower-case letters, digits and hyphens, a letter first.`,
  );
}

/** Asks for what can't be seen; an empty answer keeps the guess. */
async function ask(draft: Draft): Promise<void> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const health = draft.app["health"] as Mapping;
  try {
    if (draft.open.some((each) => each.startsWith("app.port"))) {
      const answer = (await terminal.question("Port on which the app listens [3000]: ")).trim();
      if (answer !== "") draft.app["port"] = Number(answer);
    }
    if (draft.open.some((each) => each.startsWith("app.health.path"))) {
      const answer = (
        await terminal.question("Path that answers 2xx while it is well [/]: ")
      ).trim();
      if (answer !== "") health["path"] = answer;
    }
  } finally {
    terminal.close();
  }
}

/** A draft has its build's folder as from a folder in the repository; the project may be elsewhere. @param up from the project to the repository */
function placeBuild({ app }: Draft, up: string): void {
  const build = app["build"];
  if (!isMapping(build)) return;
  build["context"] = join(up, String(build["context"]).replace(/^\.\.\/?/, ""));
}

function versions() {
  return { keelson: `^${ownVersion()}`, pulumi: packageVersion("pulumi") };
}

function writeProject(into: string, files: ProjectFiles): void {
  const there = Object.keys(files).filter((file) => existsSync(join(into, file)));
  if (there.length > 0) {
    throw new Failure(
      `${into} has ${there.join(", ")} already, so nothing was written; move them away, or name another folder with --into.`,
    );
  }
  mkdirSync(into, { recursive: true });
  for (const [file, text] of Object.entries(files))
    writeFileSync(join(into, file), text, { flag: "wx" });
}

/** Names of the secrets that the environment has to give. */
function injectedOf({ sections }: Pick<Draft, "sections">): string[] {
  const secrets = Object.entries((sections["secrets"] ?? {}) as Record<string, Mapping>);
  return secrets.filter(([, { generate }]) => generate === undefined).map(([name]) => name);
}

function report(
  into: string,
  { found, open, left, sections }: Draft,
  files: ProjectFiles,
): string[] {
  const injected = injectedOf({ sections });
  const list = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ["", `${title}:`, ...lines.map((line) => `  ${line}`)];
  return [
    `Written into ${into}: ${Object.keys(files).join(", ")}.`,
    ...list("Found", found),
    ...list("To look at", open),
    ...list("Not taken over", left),
    ...list("Next", [
      `cd ${into} && npm install`,
      ...(injected.length === 0 ? [] : [`give ${injected.join(", ")} in .env or the environment`]),
      "npx keelson up",
      ...(found.some((each) => each.includes("Keelson's own Postgres"))
        ? [
            "npx keelson adopt --from postgres://<user>@localhost:<port>/<database>, for the data of the Postgres that runs",
          ]
        : []),
    ]),
  ];
}
