import { appImage } from "#components/images/recipes";
import { namesOf, type Settings } from "#config";
import { buildOf, factsOf } from "#config/placeholders";
import { secretSource } from "#config/secret-source";
import { dockerAt } from "#lib/docker";
import { buildImage } from "../host/build-image.js";
import { pushImage, streamImage } from "../host/ship-image.js";
import { ask } from "../io/docker.js";
import { Failure } from "../io/failure.js";
import type { Say } from "../io/progress.js";
import { settingsOf, targetOf, type Target } from "../project/target.js";
import type { ImageOptions } from "../registrations/build.js";

/** `keelson build`: the image that the next `up` would run, built where it is missing. */
export async function build(options: ImageOptions, say: Say): Promise<void> {
  const target = targetOf(options);
  const settings = settingsOf(target);
  const { app, images, docker: host } = settings;
  if (options.push !== undefined && options.stream !== undefined) {
    throw new Failure("--push and --stream are mutually exclusive.");
  }
  if (app.build === undefined) {
    throw new Failure(
      `app.image: ${String(app.image)} is not built here; set app.build to build one from source.`,
    );
  }
  const recipe = appImage(
    namesOf(settings, target.stack).app,
    buildOf(app.build, factsOf(settings, versionOf(settings))),
    images,
    target.projectDirectory,
  );
  // What goes elsewhere is built here: its host only runs it.
  const goes = options.push ?? options.stream;
  const engine = goes === undefined ? host.host : undefined;
  const where = { projectDirectory: target.projectDirectory, host: engine };
  const variables = secretVariables(settings, app.build.secrets, target);
  const name = await withVariables(variables, () =>
    buildImage(recipe, where, options.json === true ? () => undefined : say),
  );
  const inspect = ["image", "inspect", "--format", "{{.Id}}", name];
  const docker = dockerAt(engine);
  const id = await ask(docker, inspect);
  if (goes === undefined) {
    say(options.json === true ? JSON.stringify({ name, id }) : `${name} ${id}`);
    return;
  }
  const reference =
    options.push === undefined
      ? await streamImage(docker, name, goes)
      : await pushImage(docker, name, goes, process.env["APP_VERSION"] ?? tagOf(name));
  say(options.json === true ? JSON.stringify({ name, id, reference }) : reference);
}

function tagOf(name: string): string {
  return name.slice(name.lastIndexOf(":") + 1);
}

/** Version and commit as the program knows them. */
function versionOf({ app }: Settings) {
  const { APP_VERSION: version = "0.0.0", GIT_SHA: gitSha = "unknown" } = process.env;
  return { version: app.version ?? version, gitSha: app.gitSha ?? gitSha };
}

/** Returns the variables that images/build-app reads a build's secrets from. @throws Failure for one that this command can't have */
function secretVariables(
  settings: Settings,
  names: readonly string[],
  { projectDirectory }: Target,
): Readonly<Record<string, string>> {
  if (names.length === 0) return {};
  const source = secretSource(settings, process.env, projectDirectory);
  const values = names.map((name) => {
    const value = source(settings.secrets[name]?.variable ?? name);
    if (value !== undefined) return [`BUILD_SECRET_${name}`, value] as const;
    throw new Failure(
      `app.build.secrets: ${name} is not in the environment, which is where keelson build takes it from; set it, or run keelson up.`,
    );
  });
  return { BUILD_SECRETS: names.join(" "), ...Object.fromEntries(values) };
}

/** Does something with variables in this process's environment, which the build has from it. */
async function withVariables<T>(
  variables: Readonly<Record<string, string>>,
  act: () => Promise<T>,
): Promise<T> {
  Object.assign(process.env, variables);
  try {
    return await act();
  } finally {
    for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name);
  }
}
