// A server with a database like a stack's, and nothing else of one: what works on databases takes it for a stack.
import { roleInServer, loginRoles, ensureSql, type LoginRole } from "#components/database/roles";
import { importInto } from "#cli/commands/import";
import { dockerAt, type Docker } from "#lib/docker";
import { labelWords } from "#cli/io/docker";
import { Dump } from "#cli/commands/import/dump";
import { Place } from "#cli/commands/restore/place";
import { restoreInto } from "#cli/commands/restore";
import type { RestoreRun } from "#cli/commands/restore/run";
import { finishInterrupted } from "#cli/commands/restore/swap";
import { Services } from "#cli/commands/restore/services";
import { settingsFrom, type Settings } from "#config";
import { cleanUp, docker, hardened, untilHealthy } from "./docker.js";
import { superuser } from "./dumps.js";
import { buildImages, secretLines, volume, writeSecrets, type Tags } from "./images.js";
import type { ImportOptions } from "../../cli/registrations/import.js";

const password = "p4ss";

/** A stack that has a server alone. */
export class BareServer {
  readonly name: string;
  readonly database: string;
  private readonly prefix: string;
  private readonly settings: Settings;
  private tags: Tags = {};

  /** @param prefix first part of the names of all that it has on the host */
  constructor(prefix: `test-${string}`) {
    this.prefix = prefix;
    this.name = `${prefix}-postgres`;
    this.settings = settingsFrom({
      ...{ environment: "local", app: { name: prefix, image: "none:1" } },
      ...{ backup: { enabled: false }, database: { extensions: ["pg_trgm"] } },
    });
    this.database = `${prefix}_local`;
  }

  async start(): Promise<void> {
    const { prefix, name } = this;
    await this.remove();
    this.tags = await buildImages("postgres", "jobs");
    await docker(["network", "create", "--internal", `${prefix}-data`]);
    await volume(this.tags, `${prefix}-volume`, 999);
    await volume(this.tags, `${prefix}-secrets`, 0);
    const secrets = secretLines({ POSTGRES_PASSWORD: password });
    await writeSecrets(this.tags, `${prefix}-secrets`, 999, secrets);
    await docker([
      ...["run", "--detach", "--name", name, ...hardened, "--user", "999:999"],
      ...labelWords(prefix, "test", "postgres"),
      ...["--tmpfs", "/var/run/postgresql:uid=999,gid=999", "--network", `${prefix}-data`],
      ...["--volume", `${prefix}-volume:/var/lib/postgresql/data`],
      ...["--volume", `${prefix}-secrets:/run/secrets:ro`],
      ...["--env", "POSTGRES_PASSWORD_FILE=/run/secrets/POSTGRES_PASSWORD"],
      ...["--health-interval", "1s", this.tags["postgres"] ?? ""],
    ]);
    await untilHealthy(name);
    await this.prepare();
  }

  remove(): Promise<void> {
    return cleanUp(`${this.prefix}-`);
  }

  /** Does something as a command does that has taken the stack; what it said. */
  async take(work: (run: RestoreRun) => Promise<void>, through = dockerAt()): Promise<string> {
    const said: string[] = [];
    const say = (line: string) => {
      said.push(line);
    };
    const of = { docker: through, settings: this.settings, stack: "test" };
    const place = await Place.of(of, this.tags["jobs"]);
    const release = () => Promise.resolve();
    const run = { options: { stack: "test" }, of, releases: [], say, release, place };
    const taken = { ...run, services: new Services(of, say) };
    if ((await finishInterrupted(taken)) === undefined) await work(taken);
    return said.join("\n");
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

  /** `keelson restore --yes --undo`, or `--discard`. @throws Failure */
  restore(kind: "undo" | "discard"): Promise<string> {
    return this.take((run) => restoreInto(run, { kind }, { stack: "test", yes: true }));
  }

  private async prepare(): Promise<void> {
    const { database, name } = this;
    const passwords = Object.fromEntries(loginRoles.map((role) => [role, password]));
    await superuser(
      name,
      "postgres",
      ensureSql(database, passwords as Record<LoginRole, string>, "5s"),
    );
    const [owner, app] = (["owner", "app"] as const).map((role) => roleInServer(database, role));
    await superuser(
      name,
      database,
      `REVOKE ALL ON DATABASE "${database}" FROM PUBLIC; GRANT CONNECT ON DATABASE "${database}" TO "${app}";
       GRANT USAGE ON SCHEMA public TO "${app}"; CREATE EXTENSION pg_trgm;
       ALTER DEFAULT PRIVILEGES FOR ROLE "${owner}" IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "${app}";
       ALTER DATABASE "${database}" SET work_mem = '5MB';`,
    );
  }
}
