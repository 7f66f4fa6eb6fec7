// A server that archives, its backup container and its drill container, run by hand as the program runs them.
import { proof as proofSchema, type Proof } from "#cli/documents/backups";
import { readDocument } from "#cli/documents/read";
import { repositoryConfig } from "#components/backup/pgbackrest";
import { databaseSettings, roleOptions } from "#components/database/settings";
import { loginRoles, roleInServer } from "#components/database/role-names";
import { ensureSql } from "#components/database/roles";
import { serverSettings } from "#components/postgres/tuning";
import { docker, hardened, tryDocker, until, untilHealthy, type Outcome } from "./docker.js";
import { buildImages, secretLines, volume, writeSecrets, type Tags } from "./images.js";

const database = "close-the-loop_test";
const user = roleInServer(database, "backup");

const maxAge = JSON.stringify({ dump: 93_600, full: 691_200, diff: 93_600, proof: 93_600 });

/** What the files of a repository are, and what is in them. */
export type Fingerprint = string;

export class RepositoryLab {
  tags: Tags = {};
  private readonly prefix: string;
  private readonly network: string;

  /** @param network that the backup container is on; it needs none, unless it tells somebody something */
  constructor(prefix: string, network = "none") {
    this.prefix = prefix;
    this.network = network;
  }

  /** Name of one of its containers or volumes. */
  name(which: string): string {
    return `${this.prefix}-${which}`;
  }

  /** Makes volumes and secrets, starts server, backup and drill, runs SQL, and takes a first full backup. */
  async start(sql: string): Promise<void> {
    this.tags = await buildImages("postgres", "jobs", "backup");
    const owned = ["data", "socket", "repository", "backups", "proofs", "drill", "key", "metrics"];
    await Promise.all(owned.map((each) => volume(this.tags, this.name(each), 999)));
    await volume(this.tags, this.name("secrets"), 0);
    await this.writeConfig("pgbackrest.conf", "first passphrase");
    await this.startServer();
    const passwords = Object.fromEntries(loginRoles.map((role) => [role, "secret"]));
    await this.sql(
      ensureSql(database, passwords, roleOptions(databaseSettings.parse({}), "5s", false)),
      "postgres",
    );
    await this.sql(sql);
    await this.startBackup();
    await this.startDrill();
    await this.must("backup", "prepare-repository");
    await this.must("backup", "physical-backup", "full");
  }

  /** Writes a configuration with a passphrase into the secrets that all share. */
  async writeConfig(file: string, passphrase: string): Promise<void> {
    const config = repositoryConfig({ passphrase, user, prefix: "/none", offsite: [] });
    const lines = secretLines({
      [file]: config,
      POSTGRES_PASSWORD: "secret",
      PGPASSWORD: "secret",
    });
    const { code, stderr } = await writeSecrets(this.tags, this.name("secrets"), 999, lines);
    if (code !== 0) throw new Error(stderr);
  }

  /** Runs a command in one of the containers, whatever comes of it. */
  exec(which: "server" | "backup" | "drill", ...args: string[]): Promise<Outcome> {
    return tryDocker(["exec", this.name(which), ...args]);
  }

  /** Runs a command in one of the containers. @throws Error with its output when it fails */
  async must(which: "server" | "backup" | "drill", ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.exec(which, ...args);
    if (code === 0) return stdout.trim();
    throw new Error(`${args.join(" ")} ended with ${String(code)}:\n${stdout}${stderr}`);
  }

  /** Runs SQL as superuser. */
  sql(text: string, name = database): Promise<string> {
    const script = `PGPASSWORD=secret exec psql --no-psqlrc -qAt -v ON_ERROR_STOP=1 -h 127.0.0.1 -U postgres -d "$0"`;
    return docker(["exec", "-i", this.name("server"), "sh", "-c", script, name], text);
  }

  /** Lets the server's clock come to the next second but one: backups and dumps say in whole seconds when they were. */
  async nextSecond(): Promise<void> {
    await this.sql(
      "SELECT pg_sleep_until(date_trunc('second', clock_timestamp()) + interval '2 s')",
    );
  }

  /** Closes the present WAL segment, and waits until it is archived. */
  async archive(): Promise<string> {
    // A target in time needs a commit after it.
    await this.sql("UPDATE keelson.heartbeat SET at = clock_timestamp()", "postgres");
    const segment = await this.sql("SELECT pg_walfile_name(pg_switch_wal())");
    await until(`${segment} in the archive`, async () => {
      const last = await this.sql("SELECT last_archived_wal FROM pg_stat_archiver");
      return last.slice(0, 24) >= segment;
    });
    return segment;
  }

  /** Runs a drill and reads what it prints. */
  async drill(target = "latest", ...env: string[]): Promise<{ code: number; proof: Proof }> {
    const args = env.flatMap((each) => ["--env", each]);
    const run = ["exec", ...args, this.name("drill"), "drill", target];
    const { code, stdout, stderr } = await tryDocker(run);
    if (!stdout.startsWith("{")) throw new Error(`the drill printed ${stdout}${stderr}`);
    return { code, proof: readDocument(proofSchema, stdout, "proof") };
  }

  /** Runs a step of `restore` or `restore-dump` as the command line does, and returns what it prints. */
  async restore(script: "restore" | "restore-dump", ...args: string[]): Promise<string> {
    const volumes = ["data:/var/lib/postgresql/data", "backups:/backups", "proofs:/proofs"];
    const [run = "", , ...own] = this.runArgs("restore", volumes, ":ro");
    const image = this.tags["backup"] ?? "";
    return docker([run, "--rm", ...own, "--env", `PGDATABASE=${database}`, image, script, ...args]);
  }

  /** Checksums of every file in the repository, and when each was written. */
  fingerprint(): Promise<Fingerprint> {
    const script =
      "cd /repository && find . -type f | sort | xargs sha256sum && find . -printf '%p %T@\\n' | sort";
    return this.must("backup", "bash", "-c", script);
  }

  /** Runs a shell text on the repository. */
  inRepository(script: string): Promise<string> {
    return this.must("backup", "bash", "-c", `set -e; cd /repository; ${script}`);
  }

  private async startServer(): Promise<void> {
    const parameters = {
      ...serverSettings(256, 40),
      max_wal_size: "256MB",
      archive_timeout: "20s",
    };
    await docker([
      ...this.runArgs("server", ["data:/var/lib/postgresql/data"]),
      "--shm-size",
      "256m",
      "--env",
      "POSTGRES_USER=postgres",
      "--env",
      "POSTGRES_DB=postgres",
      "--env",
      "POSTGRES_PASSWORD_FILE=/run/secrets/POSTGRES_PASSWORD",
      "--env",
      "PGDATA=/var/lib/postgresql/data/pgdata",
      this.tags["postgres"] ?? "",
      "postgres",
      ...Object.entries(parameters).flatMap(([key, value]) => ["-c", `${key}=${value}`]),
    ]);
    await untilHealthy(this.name("server"), 120);
  }

  private async startBackup(): Promise<void> {
    const volumes = ["data:/var/lib/postgresql/data:ro", "backups:/backups", "proofs:/proofs:ro"];
    await docker([
      ...this.runArgs("backup", [...volumes, "key:/key", "metrics:/metrics"], "", this.network),
      "--env",
      `KEELSON_STACK=${this.prefix}`,
      "--env",
      `WATCH_MAX_AGE=${maxAge}`,
      "--env",
      "PGHOST=/var/run/postgresql",
      "--env",
      `PGUSER=${user}`,
      "--env",
      "PGPASSWORD_FILE=/run/secrets/PGPASSWORD",
      "--env",
      `PGDATABASE=${database}`,
      "--env",
      "CRONTAB=0 0 1 1 * true",
      this.tags["backup"] ?? "",
      "serve",
    ]);
    await untilHealthy(this.name("backup"));
  }

  private async startDrill(): Promise<void> {
    const volumes = ["backups:/backups:ro", "proofs:/proofs", "drill:/drill"];
    await docker([
      ...this.runArgs("drill", volumes, ":ro"),
      "--env",
      `PGDATABASE=${database}`,
      "--env",
      "CRONTAB=0 0 1 1 * true",
      this.tags["backup"] ?? "",
      "cron",
    ]);
    await untilHealthy(this.name("drill"));
  }

  private runArgs(
    which: string,
    volumes: readonly string[],
    access = "",
    network = "none",
  ): string[] {
    const socket = which === "drill" ? [] : ["socket:/var/run/postgresql"];
    const all = [
      ...volumes,
      ...socket,
      `repository:/repository${access}`,
      "secrets:/run/secrets:ro",
    ];
    return [
      "run",
      "--detach",
      "--name",
      this.name(which),
      ...hardened,
      "--user",
      "999:999",
      "--network",
      network,
      "--health-interval",
      "1s",
      ...all.flatMap((each) => ["--volume", `${this.prefix}-${each}`]),
      "--env",
      "PGBACKREST_CONFIG=/run/secrets/pgbackrest.conf",
      "--env",
      "PGBACKREST_STANZA=main",
    ];
  }
}
