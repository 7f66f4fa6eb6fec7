import { nameOfDatabase, secretSource } from "#config";
import { postgresUser, secretsDirectory } from "#lib/platform";
import { mebibytes } from "#lib/size";
import type { NewHost } from "./new-host.js";
import { offsiteFiles } from "../../../stack/offsite.js";

/** What would be restored, by the script `restore-offsite` of the backup image. */
export interface Found {
  readonly windowFrom: string;
  readonly windowTo: string;
  readonly target: string;
  /** The newest commit in the archive, and its age in seconds. */
  readonly newest: string;
  readonly age: number;
  readonly backup: string;
  /** Size of the server's files. */
  readonly bytes: number;
}

/** What was restored, and what came of its checks. */
export interface MovedIn extends Found {
  readonly rows: Readonly<Record<string, number>>;
  readonly checks: readonly {
    readonly name: string;
    readonly ok: boolean;
    readonly detail: string;
  }[];
}

const role = "postgres-data";
const mount = "/var/lib/postgresql/data";

/** Brings the database from an off-site repository. */
export class OffsiteRestore {
  readonly #host: NewHost;

  public constructor(host: NewHost) {
    this.#host = host;
  }

  /** @param target `latest`, or a time with its zone. @throws Failure */
  public async look(repository: number, target: string): Promise<Found> {
    return (await this.#run(["look", String(repository), target], {}, [])) as Found;
  }

  /** @param ignoreChecks what fails a check goes into its place all the same. @throws Failure */
  public async restore(
    repository: number,
    target: string,
    ignoreChecks: boolean,
  ): Promise<MovedIn> {
    await this.#host.makeVolume(role, "postgres", postgresUser);
    return (await this.#run(
      ["restore", String(repository), target],
      { RESTORE_IGNORE_CHECKS: ignoreChecks ? "1" : "" },
      [`${this.#host.volume(role)}:${mount}`],
    )) as MovedIn;
  }

  async #run(
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    volumes: readonly string[],
  ): Promise<unknown> {
    const { settings, target } = this.#host.context;
    const source = secretSource(settings, process.env, target.projectDirectory);
    const { memory, checks } = settings.backup.drill;
    return this.#host.run({
      role: "move-in",
      user: postgresUser,
      memoryMiB: mebibytes(memory),
      volumes,
      files: offsiteFiles(settings, target.stack, source),
      env: {
        PGDATABASE: nameOfDatabase(settings),
        PGBACKREST_CONFIG: `${secretsDirectory}/pgbackrest.conf`,
        PGBACKREST_STANZA: "main",
        DRILL_CHECKS: JSON.stringify(checks),
        ...env,
      },
      command: ["/usr/local/bin/restore-offsite", ...args],
    });
  }
}
