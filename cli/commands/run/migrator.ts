import { namesOf } from "#config";
import { migrationMemoryMiB } from "#components/app/migrate-settings";
import { databaseUrl } from "#lib/database-url";
import type { Docker } from "#lib/docker";
import { ask, labelFilters } from "../../io/docker.js";
import { Failure } from "../../io/failure.js";
import type { EngineOptions } from "../../registrations/command.js";
import { openSession } from "../../stack/session.js";
import type { Stack } from "../../stack/stack.js";
import type { Difference } from "./create.js";
import { hasSecretFiles, type Model } from "./model.js";
import { copyVolume } from "./secrets.js";

/** Returns the migration container's own login, memory and variables. @throws Failure */
export async function migratorOf(
  of: Stack,
  model: Model,
  options: EngineOptions,
): Promise<Difference> {
  const { migrate, memory } = of.settings.app;
  const own =
    migrate === undefined ? {} : { memory: migrationMemoryMiB(migrate, memory) * 1024 * 1024 };
  const env = migrate?.env ?? {};
  if (!hasSecretFiles(model)) {
    const login = await loginOf(of, options);
    return { ...own, env: { ...env, ...login }, fill: () => Promise.resolve() };
  }
  const { docker } = of;
  const volume = await newestSecrets(of);
  return { ...own, env, fill: (container) => copyVolume(docker, volume, model.Image, container) };
}

/** The volume of the migration's secrets; an older one may wait for its deletion. */
async function newestSecrets({ docker, settings, stack }: Stack): Promise<string> {
  const { app, stack: name } = namesOf(settings, stack);
  const filters = ["--filter", "label=dev.keelson.workload=migrate", ...labelFilters(app, name)];
  const list = await ask(docker, ["volume", "ls", "--quiet", ...filters]);
  if (list === "") {
    throw new Failure(
      `--as: ${stack} has no migration, whose login it would be; set app.migrate.command and run keelson up, or use keelson psql --as owner.`,
    );
  }
  return newest(docker, list.split("\n"));
}

async function newest(docker: Docker, volumes: readonly string[]): Promise<string> {
  const format = ["--format", "{{.CreatedAt}} {{.Name}}"];
  const lines = (await ask(docker, ["volume", "inspect", ...format, ...volumes])).split("\n");
  return lines.sort().at(-1)?.split(" ").at(-1) ?? "";
}

/** Variables that the app finds its database by, with the migrator's login, which the state has. */
async function loginOf(
  { settings }: Stack,
  options: EngineOptions,
): Promise<Readonly<Record<string, string>>> {
  const quiet = () => undefined;
  const session = await openSession(options, quiet, { readOnly: true, secrets: "unused" });
  const url = (await session.runner.outputs())["migratorUrl"]?.value;
  if (typeof url !== "string") {
    throw new Failure("--as: the stack's state has no login of the migrator; run keelson up.");
  }
  const { app, database } = settings;
  const { variables } = app;
  if (database.externalUrlSecret !== undefined) return named([[variables.databaseUrl, url]]);
  const at = new URL(url);
  const [user, password, name] = [at.username, at.password, at.pathname.slice(1)].map((each) =>
    decodeURIComponent(each),
  ) as [string, string, string];
  const place = { user, password, host: at.hostname, port: Number(at.port), database: name };
  const style = {
    form: app.databaseUrlForm,
    scheme: app.databaseUrlScheme,
    parameters: app.databaseUrlParameters,
  };
  return named([
    [variables.databaseUrl, databaseUrl(place, style)],
    [variables.databaseUser, user],
    [variables.databasePassword, password],
  ]);
}

/** Those whose name the settings give. */
function named(
  pairs: readonly (readonly [string | null, string])[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.flatMap(([name, value]) => (name === null ? [] : [[name, value] as const])),
  );
}
