// A server with a database like a stack's, and nothing else of one: what works on databases takes it for a stack.
import { databaseSettings, roleOptions } from "#components/database/settings";
import { roleInServer, loginRoles, type LoginRole } from "#components/database/role-names";
import { ensureSql } from "#components/database/roles";
import { act } from "#cli/commands/adopt";
import { OldServer } from "#cli/commands/adopt/old-server";
import { Relay } from "#cli/commands/adopt/relay";
import { parseSource } from "#cli/commands/adopt/source";
import { importInto } from "#cli/commands/import";
import { dockerAt, type Docker } from "#lib/docker";
import { labelArgs } from "#cli/io/docker";
import { Dump } from "#cli/commands/import/dump";
import { RestoreRunner } from "#cli/commands/restore/place";
import { restoreInto } from "#cli/commands/restore";
import type { RestoreRun } from "#cli/commands/restore/run";
import { finishInterrupted } from "#cli/commands/restore/swap";
import { Services } from "#cli/commands/restore/services";
import { settingsFrom, type Settings } from "#config";
import { cleanUp, docker, hardened, tryDocker, untilHealthy } from "./docker.js";
import { superuser } from "./dumps.js";
import { buildImages, secretLines, volume, writeSecrets, type Tags } from "./images.js";
import type { AdoptOptions } from "#cli/registrations/adopt";
import type { ImportOptions } from "#cli/registrations/import";

const password = "p4ss";

/** A stack that has a server alone. */
export class BareServer {
  readonly name: string;
  readonly database: string;
  private readonly prefix: string;
  private readonly settings: Settings;
  private readonly dataMiB: number | undefined;
  private tags: Tags = {};

  /**
   * @param prefix first part of the names of all that it has on the host
   * @param dataMiB size of the disk that its data are on, for `fill`; by default it is the host's
   */
  constructor(prefix: `test-${string}`, dataMiB?: number) {
    this.prefix = prefix;
    this.dataMiB = dataMiB;
    this.name = `${prefix}-postgres`;
    this.settings = settingsFrom({
      environment: "local",
      app: { name: prefix, image: "none:1" },
      backup: { enabled: false },
      database: { extensions: ["pg_trgm"] },
    });
    this.database = `${prefix}_local`;
  }

  async start(): Promise<void> {
    const { prefix, name } = this;
    await this.remove();
    this.tags = await buildImages("postgres", "jobs", "proxy");
    await docker(["network", "create", "--internal", `${prefix}-data`]);
    await this.dataVolume(`${prefix}-volume`);
    await volume(this.tags, `${prefix}-secrets`, 0);
    const secrets = secretLines({ POSTGRES_PASSWORD: password });
    await writeSecrets(this.tags, `${prefix}-secrets`, 999, secrets);
    await docker([
      "run",
      "--detach",
      "--name",
      name,
      ...hardened,
      "--user",
      "999:999",
      ...labelArgs(prefix, "test", "postgres"),
      "--tmpfs",
      "/var/run/postgresql:uid=999,gid=999",
      "--network",
      `${prefix}-data`,
      "--volume",
      `${prefix}-volume:/var/lib/postgresql/data`,
      "--volume",
      `${prefix}-secrets:/run/secrets:ro`,
      "--env",
      "POSTGRES_PASSWORD_FILE=/run/secrets/POSTGRES_PASSWORD",
      "--health-interval",
      "1s",
      this.tags["postgres"] ?? "",
    ]);
    await untilHealthy(name);
    await this.prepare();
  }

  remove(): Promise<void> {
    return cleanUp(`${this.prefix}-`);
  }

  /** Leaves no byte of the disk that its data are on, which has to be one of a size. */
  async fill(): Promise<void> {
    const shell =
      "dd if=/dev/zero of=/volume/ballast bs=64k 2>&1; dd if=/dev/zero bs=1 of=/volume/last 2>&1";
    const { stdout } = await tryDocker(["exec", this.keeper, "sh", "-c", shell]);
    if (!stdout.includes("No space left")) throw new Error(`the disk is not full: ${stdout}`);
  }

  /** Makes room again, and waits until the server answers: a full disk may have ended it, and Docker starts it again. */
  async makeRoom(): Promise<void> {
    await docker(["exec", this.keeper, "rm", "-f", "/volume/ballast", "/volume/last"]);
    await docker(["start", this.name]);
    await untilHealthy(this.name);
  }

  /** Does something as a command does that has taken the stack; what it said. */
  async take(work: (run: RestoreRun) => Promise<void>, through = dockerAt()): Promise<string> {
    const said: string[] = [];
    const run = await this.opened(through, said);
    if ((await finishInterrupted(run)) === undefined) await work(run);
    return said.join("\n");
  }

  /** The stack as a command has it that has taken it. */
  private async opened(through: Docker, said: string[]): Promise<RestoreRun> {
    const say = (line: string) => {
      said.push(line);
    };
    const of = { docker: through, settings: this.settings, stack: "test" };
    const place = await RestoreRunner.of(of, this.tags["jobs"]);
    const release = () => Promise.resolve();
    const services = new Services(of, say);
    return { options: { stack: "test" }, of, releases: [], say, release, place, services };
  }

  /** `keelson import --yes`. @throws Failure */
  import(file: string, more: Partial<ImportOptions> = {}, through: Docker = dockerAt()) {
    const login = `${roleInServer(this.database, "migrator")}:${password}`;
    const url = new URL(`postgres://${login}@${this.name}/${this.database}`);
    const network = `${this.prefix}-data`;
    const image = this.tags["jobs"] ?? "";
    return this.take(async (run) => {
      const dump = new Dump(file, { docker: through, image, network, url });
      const options = { stack: "test", dump: file, yes: true, ...more };
      await importInto(run, { dump, read: await dump.read() }, options);
    }, through);
  }

  /** `keelson adopt --yes`, from a server in a Docker network. @throws Failure */
  async adopt(
    from: string,
    sourcePassword: string,
    more: Partial<AdoptOptions> & Pick<AdoptOptions, "network">,
    through: Docker = dockerAt(),
  ): Promise<string> {
    const login = `${roleInServer(this.database, "migrator")}:${password}`;
    const url = new URL(`postgres://${login}@${this.name}/${this.database}`);
    const dataNetwork = `${this.prefix}-data`;
    const said: string[] = [];
    const run = await this.opened(through, said);
    const old = { docker: through, server: this.name, source: parseSource(from) };
    const goOn = await act({
      run,
      options: { stack: "test", from, yes: true, ...more },
      old: new OldServer({ ...old, password: sourcePassword }),
      relay: new Relay(run.of, { image: this.tags["proxy"] ?? "", dataNetwork }),
      server: this.name,
      database: this.database,
      tools: { image: this.tags["jobs"] ?? "", network: dataNetwork, url },
    });
    await goOn?.();
    return said.join("\n");
  }

  /** `keelson restore --yes --undo`, or `--discard`. @throws Failure */
  restore(kind: "undo" | "discard", through: Docker = dockerAt()): Promise<string> {
    const options = { stack: "test", yes: true };
    return this.take((run) => restoreInto(run, { kind }, options), through);
  }

  /** Has the volume too: what is in memory stays for as long as somebody has it. */
  private get keeper(): string {
    return `${this.prefix}-keeper`;
  }

  private async dataVolume(name: string): Promise<void> {
    if (this.dataMiB === undefined) {
      await volume(this.tags, name, 999);
      return;
    }
    const size = `o=size=${String(this.dataMiB)}m,uid=999,gid=999,mode=0700`;
    const kind = ["--opt", "type=tmpfs", "--opt", "device=tmpfs", "--opt", size];
    await docker(["volume", "create", ...kind, name]);
    await docker([
      "run",
      "--detach",
      "--init",
      "--no-healthcheck",
      "--name",
      this.keeper,
      ...hardened,
      "--user",
      "999:999",
      "--network",
      "none",
      "--volume",
      `${name}:/volume`,
      "--entrypoint",
      "sleep",
      this.tags["jobs"] ?? "",
      "infinity",
    ]);
  }

  /** Makes the roles and their rights what some settings of the database say, as `up` does. */
  async ensure(settings: object = {}): Promise<void> {
    const passwords = Object.fromEntries(loginRoles.map((role) => [role, password]));
    const options = roleOptions(databaseSettings.parse(settings), "5s", false);
    const sql = ensureSql(this.database, passwords, options);
    await superuser(this.name, "postgres", sql);
  }

  /** Runs a statement as one of the roles: what it printed, or the server's error. */
  async as(role: LoginRole, sql: string): Promise<string> {
    const psql = `exec psql --no-psqlrc -qAt -v ON_ERROR_STOP=1 -v VERBOSITY=terse -h 127.0.0.1 -U "$1" -d "$2" 2>&1`;
    const args = ["sh", roleInServer(this.database, role), this.database];
    const env = ["--env", `PGPASSWORD=${password}`, "-i", this.name];
    return (await tryDocker(["exec", ...env, "sh", "-c", psql, ...args], sql)).stdout.trim();
  }

  private async prepare(): Promise<void> {
    const { database, name } = this;
    await this.ensure();
    const [owner, app] = (["owner", "app"] as const).map((role) => roleInServer(database, role));
    await superuser(
      name,
      database,
      `REVOKE ALL ON DATABASE "${database}" FROM PUBLIC; GRANT CONNECT, TEMPORARY ON DATABASE "${database}" TO "${app}";
       GRANT CONNECT ON DATABASE "${database}" TO "${database}_readonly", "${database}_backup";
       GRANT USAGE ON SCHEMA public TO "${app}"; CREATE EXTENSION pg_trgm;
       ALTER DEFAULT PRIVILEGES FOR ROLE "${owner}" IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "${app}";
       ALTER DATABASE "${database}" SET work_mem = '5MB';`,
    );
  }
}
