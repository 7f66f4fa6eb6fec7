import { deepMerge } from "#lib/merge";
import { defaultAppUser } from "#lib/platform";
import { addSecret, emptyDraft, within, type Draft } from "./draft.js";
import { frameworks, redisUse, type Framework } from "./frameworks.js";
import type { Repository } from "./repository.js";
import { takeVariables, variablesIn } from "./variables.js";

/** Returns a draft, by the files of a repository. */
export function look(repository: Repository): Draft {
  const draft = emptyDraft();
  const framework = frameworks.find((each) => each.is(repository));
  if (framework !== undefined) {
    draft.found.push(framework.name);
    Object.assign(draft.app, deepMerge(draft.app, framework.app?.(repository) ?? {}));
  }
  lookAtDockerfile(draft, repository);
  lookAtPort(draft, repository, framework);
  lookAtHealth(draft, repository, framework);
  lookAtMigration(draft, repository, framework);
  lookAtSecrets(draft, repository, framework);
  lookAtRedis(draft, repository);
  return draft;
}

function lookAtDockerfile(draft: Draft, repository: Repository): void {
  const file = repository.first("Dockerfile", "docker/Dockerfile", "Containerfile");
  draft.app["build"] = {
    context: "..",
    ...(file === undefined || file === "Dockerfile" ? {} : { dockerfile: file }),
  };
  if (file === undefined) {
    draft.open.push("there is no Dockerfile: write one, or set app.image instead of app.build");
    return;
  }
  const text = repository.text(file);
  const user = /^USER\s+(\S+)\s*$/gm;
  const last = [...text.matchAll(user)].at(-1)?.[1];
  if (last !== undefined && /^[1-9]\d*:[1-9]\d*$/.test(last)) draft.app["user"] = last;
  else if (last !== undefined && /^[1-9]\d*$/.test(last)) draft.app["user"] = `${last}:${last}`;
  else if (last !== undefined) {
    draft.open.push(`app.user: the ${file} runs as ${last}, Keelson as ${defaultAppUser}`);
  }
}

function lookAtPort(draft: Draft, repository: Repository, framework?: Framework): void {
  const exposed = /^EXPOSE\s+(\d+)/m.exec(dockerfile(repository))?.[1];
  const listened =
    framework?.name === "Go" ? repository.find(/["`](?:0\.0\.0\.0)?:(\d{4,5})["`]/) : undefined;
  const seen = exposed ?? listened;
  if (seen !== undefined) draft.app["port"] = Number(seen);
  else if (framework !== undefined) draft.app["port"] = framework.port;
  else draft.open.push("app.port is not to be seen: 3000 is a guess");
}

/** A route of that name; else an answer at `/` is taken for health. */
function lookAtHealth(draft: Draft, repository: Repository, framework?: Framework): void {
  const health = within(draft.app, "health");
  const path =
    framework?.health?.(repository) ??
    /HEALTHCHECK[^\n]*(?:\\\n[^\n]*)*https?:\/\/[^/\s]+(\/[\w./-]+)/.exec(
      dockerfile(repository),
    )?.[1] ??
    repository.find(
      /["'`](?:GET )?(\/?(?:[\w-]+\/)*(?:healthz?|health[-_]?check|livez|up|_health))\/?["'`]/,
    );
  health["path"] = path === undefined ? "/" : `/${path.replace(/^\//, "")}`;
  if (path === undefined) draft.open.push("app.health.path is not to be seen: / is a guess");
  const ready = repository.find(/["'`](?:GET )?(\/?(?:[\w-]+\/)*(?:readyz?|readiness))\/?["'`]/);
  if (ready !== undefined) health["readyPath"] = `/${ready.replace(/^\//, "")}`;
  const text = dockerfile(repository);
  // What asks in the container has to be there; the proxy asks from outside in any case.
  if (text !== "" && !/alpine|curl|wget/.test(text)) health["test"] = "outside";
}

function lookAtMigration(draft: Draft, repository: Repository, framework?: Framework): void {
  const command = framework?.migrate?.(repository);
  if (command !== undefined) draft.app["migrate"] = { command: [...command] };
}

function lookAtSecrets(draft: Draft, repository: Repository, framework?: Framework): void {
  const file = repository.first(".env.example", ".env.sample", ".env.dist", "env.example");
  const generated = framework?.generated ?? {};
  if (file !== undefined) takeVariables(draft, variablesIn(repository.text(file)), file, generated);
  for (const [name, generate] of Object.entries(generated)) {
    const reads = new RegExp(`["'\`{.](${name})\\b`);
    if (repository.find(reads) !== undefined) addSecret(draft, name, generate);
  }
  if (framework?.name === "Rails")
    addSecret(draft, "SECRET_KEY_BASE", generated["SECRET_KEY_BASE"]);
  // Most read variables; an app that reads files says so by the name of one.
  const readsFiles = repository.find(/["'`{.](\w+_FILE)\b/);
  if (readsFiles === undefined) draft.app["secretsAs"] = "environment";
}

function lookAtRedis(draft: Draft, repository: Repository): void {
  const use = redisUse(repository);
  if (use !== undefined) draft.sections["redis"] = { [use]: { for: use } };
}

function dockerfile(repository: Repository): string {
  const file = repository.first("Dockerfile", "docker/Dockerfile", "Containerfile");
  return file === undefined ? "" : repository.text(file);
}
