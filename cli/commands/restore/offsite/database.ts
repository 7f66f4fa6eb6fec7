import { nameOfDatabase } from "#config";
import { secretSource } from "#config/secret-source";
import {
  offsiteFound,
  offsiteRestored,
  type OffsiteFound,
  type OffsiteRestored,
} from "../../../documents/offsite.js";
import { readDocument } from "../../../documents/read.js";
import { postgresUser, secretsDirectory } from "#lib/platform";
import { mebibytes } from "#lib/size";
import type { NewHost } from "./new-host.js";
import { offsiteFiles } from "../../../stack/offsite.js";

const role = "postgres-data";
const mount = "/var/lib/postgresql/data";

/** Brings the database from an off-site repository. */
export class OffsiteRestore {
  readonly #host: NewHost;

  public constructor(host: NewHost) {
    this.#host = host;
  }

  /** @param target `latest`, or a time with its zone. @throws Failure */
  public async look(repository: number, target: string): Promise<OffsiteFound> {
    const printed = await this.#run(["look", String(repository), target], {}, []);
    return readDocument(offsiteFound, printed, "the off-site backup");
  }

  /** @param ignoreChecks what fails a check goes into its place all the same. @throws Failure */
  public async restore(
    repository: number,
    target: string,
    ignoreChecks: boolean,
  ): Promise<OffsiteRestored> {
    await this.#host.makeVolume(role, "postgres", postgresUser);
    const printed = await this.#run(
      ["restore", String(repository), target],
      { RESTORE_IGNORE_CHECKS: ignoreChecks ? "1" : "" },
      [`${this.#host.volume(role)}:${mount}`],
    );
    return readDocument(offsiteRestored, printed, "the restored database");
  }

  async #run(
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    volumes: readonly string[],
  ): Promise<string> {
    const { settings, target } = this.#host.context;
    const source = secretSource(settings, process.env, target.projectDirectory);
    const { memory, checks } = settings.backup.drill;
    return this.#host.run({
      role: "restore-offsite",
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
