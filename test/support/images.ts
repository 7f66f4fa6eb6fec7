// Containers of our images, run by hand as the program runs them.
import { buildImage, docker, hardened, tryDocker, untilHealthy, type Outcome } from "./docker.js";

/** Tags of the built images by their names. */
export type Tags = Readonly<Record<string, string>>;

/** Builds the images that are missing. */
export async function buildImages(...names: Parameters<typeof buildImage>[0][]): Promise<Tags> {
  const tags: Record<string, string> = {};
  for (const name of names) tags[name] = await buildImage(name);
  return tags;
}

/** A new volume that belongs to `uid`. */
export async function volume(tags: Tags, name: string, uid: number): Promise<void> {
  await docker(["volume", "create", name]);
  await docker([
    "run",
    "--rm",
    ...hardened,
    "--user",
    "0:0",
    "--network",
    "none",
    "--cap-add",
    "CHOWN",
    "--volume",
    `${name}:/volume`,
    tags["jobs"] ?? "",
    "own-volume",
    String(uid),
    String(uid),
    "/volume",
  ]);
}

/** Lines as `write-secrets` reads them. */
export function secretLines(values: Readonly<Record<string, string>>): string {
  const lines = Object.entries(values).map(
    ([name, value]) => `${name} ${Buffer.from(value).toString("base64")}\n`,
  );
  return lines.join("");
}

/** Writes secrets into a volume for `uid`, from lines for stdin. */
export function writeSecrets(
  tags: Tags,
  name: string,
  uid: number,
  input: string,
): Promise<Outcome> {
  const args = [
    "run",
    "--rm",
    "--interactive",
    ...hardened,
    "--user",
    "0:0",
    "--network",
    "none",
    "--cap-add",
    "CHOWN",
    "--cap-add",
    "DAC_OVERRIDE",
    "--volume",
    `${name}:/secrets`,
    tags["jobs"] ?? "",
    "write-secrets",
    String(uid),
    String(uid),
  ];
  return tryDocker(args, input);
}

/** The superuser's password in every database of these tests: characters that need care everywhere. */
export const password = `p@ss'w"o$rd %/ä\\`;

interface Postgres {
  readonly name: string;
  readonly data: string;
  readonly secrets: string;
  readonly network?: string;
  readonly user?: string;
}

/** Words of a `docker run` (or `create`) of the Postgres image, up to the image's own command. */
export function postgresArgs(
  tags: Tags,
  { name, data, secrets, network, user }: Postgres,
): string[] {
  return [
    "--name",
    name,
    ...hardened,
    "--user",
    user ?? "999:999",
    "--tmpfs",
    "/var/run/postgresql:uid=999,gid=999",
    "--network",
    network ?? "none",
    "--volume",
    `${data}:/var/lib/postgresql/data`,
    "--volume",
    `${secrets}:/run/secrets:ro`,
    "--env",
    "POSTGRES_USER=keelson",
    "--env",
    "POSTGRES_DB=close-the-loop_test",
    "--env",
    "POSTGRES_PASSWORD_FILE=/run/secrets/password",
    "--health-interval",
    "1s",
    tags["postgres"] ?? "",
  ];
}

/** Starts `<prefix>-pg` on a network `<prefix>-net`, with its password in the volume `<prefix>-secrets`. */
export async function startDatabase(tags: Tags, prefix: string): Promise<void> {
  const [name, network, data] = [`${prefix}-pg`, `${prefix}-net`, `${prefix}-data`];
  const secrets = `${prefix}-secrets`;
  await docker(["network", "create", network]);
  await volume(tags, data, 999);
  await volume(tags, secrets, 0);
  await writeSecrets(tags, secrets, 999, secretLines({ password }));
  const args = postgresArgs(tags, { name, data, secrets, network });
  await docker(["run", "--detach", ...args]);
  await untilHealthy(name);
}

/** Runs one SQL text in a container of the Postgres image, and hands back its rows without decoration. */
export function sql(name: string, text: string, database = "close-the-loop_test"): Promise<string> {
  const script = `PGPASSWORD=$(cat /run/secrets/password) exec psql --no-psqlrc -qAt -v ON_ERROR_STOP=1 -h 127.0.0.1 -U keelson -d "$0"`;
  return docker(["exec", "--interactive", name, "sh", "-c", script, database], text);
}

/** URL of the test database for a container on the same network. */
export function databaseUrl(host: string, scheme = "postgres"): string {
  return `${scheme}://keelson:${encodeURIComponent(password)}@${host}:5432/close-the-loop_test`;
}

interface Job {
  /** The network it shares with the database. */
  readonly network: string;
  /** Volume of the dumps. */
  readonly folder: string;
  readonly secrets: string;
  /** Host name of the database. */
  readonly database: string;
}

/** Words of a `docker run` of the backup image, up to the command. */
export function jobArgs(tags: Tags, job: Job, ...more: string[]): string[] {
  return [
    "--network",
    job.network,
    ...hardened,
    "--user",
    "999:999",
    "--volume",
    `${job.folder}:/backups`,
    "--volume",
    `${job.secrets}:/run/secrets:ro`,
    "--env",
    "PGPASSWORD_FILE=/run/secrets/password",
    "--env",
    `PGHOST=${job.database}`,
    "--env",
    "PGUSER=keelson",
    "--env",
    "PGDATABASE=close-the-loop_test",
    "--health-interval",
    "1s",
    ...more,
    tags["backup"] ?? "",
  ];
}

/** Runs a shell text in a volume, which docker must not give the ownership of the working directory. */
export function inVolume(tags: Tags, name: string, script: string, user = "999"): Promise<string> {
  const run = [
    "run",
    "--rm",
    "--user",
    user,
    "--workdir",
    "/backups",
    "--volume",
    `${name}:/backups:nocopy`,
  ];
  return docker([...run, tags["backup"] ?? "", "bash", "-c", script]);
}
