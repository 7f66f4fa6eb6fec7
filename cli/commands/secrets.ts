import { generatedResource } from "#components/secrets/settings";
import { prefixOf, type Settings } from "#config";
import { secretSource } from "#config/secret-source";
import { dockerAt, type Docker } from "#lib/docker";
import { isSealed } from "#lib/sealed";
import { ask } from "../io/docker.js";
import { Failure } from "../io/failure.js";
import type { Say } from "../io/progress.js";
import { table } from "../io/table.js";
import { settingsOf, targetOf } from "../project/target.js";
import type { SecretsListOptions, SecretsShowOptions } from "../registrations/secrets.js";
import { processesOf } from "../stack/processes.js";
import { openSession, type Session } from "../stack/session.js";
import { secretEntries, type Delivered } from "./secrets/entries.js";
import { storedPassword } from "../stack/stored-password.js";

/** `keelson secrets list`: what there is, where it comes from and where it goes; no value. */
export async function secretsList(options: SecretsListOptions, say: Say): Promise<void> {
  const target = targetOf(options);
  const settings = settingsOf(target);
  const source = secretSource(settings, process.env, target.projectDirectory);
  const delivered = await deliveredTo(dockerAt(settings.docker.host), settings, target.stack);
  const entries = secretEntries(settings, source, delivered);
  if (options.json === true) {
    say(JSON.stringify(entries));
    return;
  }
  if (entries.length === 0) {
    say("The settings name no secrets.");
    return;
  }
  const rows = entries.map(({ name, from, state, usedBy, since }) => [
    name,
    from,
    state,
    usedBy.join(", "),
    since ?? "",
  ]);
  const heads = ["name", "from", "state", "used by", "in the app since (UTC)"];
  for (const line of table([heads, ...rows], "")) say(line);
}

/** `keelson secrets show`: the value in the stack's state, on standard output alone. */
export async function secretsShow(
  name: string,
  options: SecretsShowOptions,
  say: Say,
): Promise<void> {
  const settings = settingsOf(targetOf(options));
  const secret = settings.secrets[name];
  if (secret === undefined) {
    const known = Object.keys(settings.secrets).sort();
    throw new Failure(
      `There is no secret ${name}: ${known.length === 0 ? "the settings name none" : `there is ${known.join(", ")}`}.`,
    );
  }
  if (options.reveal !== true) {
    throw new Failure(`The value of ${name} would be printed in clear; add --reveal to print it.`);
  }
  if (isSealed(secret.value)) {
    throw new Failure(
      `${name} is sealed in the stack's file; \`pulumi config get --path keelson:secrets.${name}.value\` opens it.`,
    );
  }
  const quiet = () => undefined;
  const session = await openSession(options, quiet, { readOnly: true, secrets: "unused" });
  const value = await valueOf(name, session);
  if (value === undefined) {
    throw new Failure(`${name} is not in the stack's state yet; run keelson up.`);
  }
  say(value);
}

async function valueOf(
  name: string,
  { settings, target, runner }: Session,
): Promise<string | undefined> {
  const generate = settings.secrets[name]?.generate;
  if (generate === undefined) return (await runner.injected())[name];
  const secrets = `${prefixOf(settings, target.stack)}-secrets`;
  const resource = generatedResource(secrets, name, generate.rotation);
  const value = await storedPassword(runner, resource);
  if (value === undefined) return undefined;
  // Of bytes the state has their hexadecimal digits.
  const { encoding } = generate;
  return encoding === "text" ? value : Buffer.from(value, "hex").toString(encoding);
}

/** Returns the secrets that the running app has; undefined where none runs. */
async function deliveredTo(
  docker: Docker,
  settings: Settings,
  stack: string,
): Promise<Delivered | undefined> {
  const all = await processesOf(docker, settings, stack);
  const app = all.find(({ workload, running }) => workload === "app" && running);
  if (app === undefined) return undefined;
  const format = ["--format", '{"created": {{json .Created}}, "env": {{json .Config.Env}}}'];
  const { created, env } = JSON.parse(await ask(docker, ["inspect", ...format, app.id])) as {
    readonly created: string;
    readonly env: readonly string[] | null;
  };
  return { since: created, variables: (env ?? []).map((each) => each.split("=")[0] ?? "") };
}
