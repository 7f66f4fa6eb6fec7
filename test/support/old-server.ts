// A Postgres that is not Keelson's, as in a compose stack: on a network of its own, with a password, written to all the time.
import { docker, hardened, tryDocker, untilHealthy } from "./docker.js";
import { secretLines, volume, writeSecrets, type Tags } from "./images.js";

/** Password of its superuser: characters that need care everywhere. */
export const oldPassword = `o'ld \\p@ss"$ %/ä`;

/** A server named `<prefix>-old`, with the database `shop`. */
export class OldPostgres {
  readonly name: string;
  readonly network: string;
  readonly url: string;
  readonly #tags: Tags;

  constructor(prefix: `test-${string}`, tags: Tags) {
    this.#tags = tags;
    this.name = `${prefix}-old`;
    this.network = `${prefix}-compose`;
    this.url = `postgres://keelson@${this.name}/shop`;
  }

  async start(parameters: readonly string[] = ["wal_level=logical"]): Promise<void> {
    const { name, network } = this;
    await docker(["network", "create", network]);
    await volume(this.#tags, `${name}-volume`, 999);
    await volume(this.#tags, `${name}-secrets`, 0);
    const secrets = secretLines({ password: oldPassword });
    await writeSecrets(this.#tags, `${name}-secrets`, 999, secrets);
    await docker([
      "run",
      "--detach",
      "--name",
      name,
      ...hardened,
      "--user",
      "999:999",
      "--tmpfs",
      "/var/run/postgresql:uid=999,gid=999",
      "--network",
      network,
      "--volume",
      `${name}-volume:/var/lib/postgresql/data`,
      "--volume",
      `${name}-secrets:/run/secrets:ro`,
      "--env",
      "POSTGRES_USER=keelson",
      "--env",
      "POSTGRES_DB=shop",
      "--env",
      "POSTGRES_PASSWORD_FILE=/run/secrets/password",
      "--health-interval",
      "1s",
      this.#tags["postgres"] ?? "",
      "postgres",
      ...parameters.flatMap((each) => ["-c", each]),
    ]);
    await untilHealthy(name);
  }

  /** Runs SQL as its superuser; what it printed. */
  sql(text: string, database = "shop"): Promise<string> {
    return docker(this.#shell(psql, database), text);
  }

  /** Why SQL fails; empty where it does not. */
  async problem(text: string): Promise<string> {
    const { code, stderr } = await tryDocker(this.#shell(psql, "shop"), text);
    return code === 0 ? "" : stderr;
  }

  /** What it holds, in an order that does not depend on where its rows lie. */
  async contents(): Promise<string> {
    return contentsOf(await docker(this.#shell(dump, "shop")));
  }

  /** Begins to run a script of pgbench by some clients, until they are refused or `stopWriting`. */
  async write(script: string, clients = 4): Promise<void> {
    await docker(["exec", "--interactive", this.name, "sh", "-c", "cat >/tmp/load.sql"], script);
    const run = `PGPASSWORD=$(cat /run/secrets/password) exec pgbench --no-vacuum --client=${String(clients)} --time=900 --file=/tmp/load.sql -h 127.0.0.1 -U keelson shop >/tmp/load.log 2>&1`;
    await docker(["exec", "--detach", this.name, "sh", "-c", run]);
  }

  #shell(script: string, database: string): string[] {
    return ["exec", "--interactive", this.name, "sh", "-c", script, database];
  }
}

const psql = `PGPASSWORD=$(cat /run/secrets/password) exec psql --no-psqlrc -qAt -v ON_ERROR_STOP=1 -h 127.0.0.1 -U keelson -d "$0"`;
const dump = `PGPASSWORD=$(cat /run/secrets/password) exec pg_dump --no-owner --no-privileges --no-publications -h 127.0.0.1 -U keelson "$0"`;

/** A dump's lines in order, without what differs from run to run. */
export function contentsOf(dumped: string): string {
  return dumped
    .split("\n")
    .filter((line) => !/^\\(un)?restrict |^-- Dumped |^-- Name: |^--$|^$/.test(line))
    .sort()
    .join("\n");
}
