import type { Readable } from "node:stream";
import { prefixOf } from "#config";
import { ask } from "../../io/docker.js";
import { Failure } from "../../io/failure.js";
import type { Stack } from "../../stack/stack.js";
import { isAlive } from "../../stack/releases.js";
import { byLabel, neighboursOf, networkOf, runArgs, type Neighbours } from "./container.js";
import type { Rows } from "../../documents/checks.js";
import { errorIn, readDocument } from "../../documents/read.js";
import {
  counted,
  createdDatabase,
  liveDatabase,
  namedDatabases,
  prepared,
  retainedRestores,
  type CreatedDatabase,
  type NamedDatabase,
  type Prepared,
  type RetainedRestore,
} from "../../documents/restores.js";
import { tail } from "#lib/run-process";

/** Restores the whole server, or a dump of the database. */
export type RestoreMethod = "restore" | "restore-dump";

/** Which of them made what is kept. */
export function methodOf({ kind }: Pick<RetainedRestore, "kind">): RestoreMethod {
  return kind === "dump" ? "restore-dump" : "restore";
}

/** Contents of a dump: the restored database is compared with them. */
export interface DumpContents {
  /** By table; only those that have data in the dump. */
  readonly rows: Rows;
  readonly largeObjects: number;
  readonly extensions: readonly string[];
}

/**
 * Runs restores: in a container of the backup image on the server's volumes, a new one for each step, with the
 * repository read-only, and without a network unless it restores from an off-site repository. It finds all it
 * needs in the containers of the stack.
 */
export class RestoreRunner {
  readonly #o: Stack;
  readonly #args: readonly string[];
  readonly #images: Readonly<Record<RestoreMethod, string | undefined>>;
  readonly #network: string;
  readonly #wayOut: string | undefined;
  readonly #name: string;

  private constructor(
    o: Stack,
    args: readonly string[],
    neighbours: Neighbours,
    tools: string | undefined,
  ) {
    const { backup } = neighbours;
    this.#o = o;
    this.#args = args;
    this.#network = networkOf(neighbours);
    this.#images = { restore: backup?.Image, "restore-dump": tools ?? backup?.Image };
    // The network through which backups reach off-site repositories.
    const networks = Object.keys(backup?.NetworkSettings.Networks ?? {});
    this.#wayOut = networks.find((each) => each !== "none");
    this.#name = `${prefixOf(o.settings, o.stack)}-restore`;
  }

  /**
   * @param tools the jobs image, for what needs no backups; without it the stack has to have a container of backups
   * @throws Failure where the stack has no server or no backups
   */
  public static async of(o: Stack, tools?: string): Promise<RestoreRunner> {
    const neighbours = await neighboursOf(o, o.settings.backup.enabled || tools === undefined);
    const place = new RestoreRunner(o, runArgs(o, neighbours), neighbours, tools);
    await place.#clear();
    return place;
  }

  /** A step may outlive the command that began it: then it is ended here, and never one of a command that goes on. */
  async #clear(): Promise<void> {
    const format = `{{index .Config.Labels "${byLabel}"}}`;
    const found = await this.#o.docker(["inspect", "--format", format, this.#name]);
    if (found.code !== 0) return;
    const by = found.stdout.trim();
    if (isAlive(by)) {
      throw new Failure(
        `Another restore of ${this.#o.stack} is running, in process ${by}; wait for it, or end it with docker rm -f ${this.#name}.`,
      );
    }
    await ask(this.#o.docker, ["rm", "--force", this.#name]);
  }

  /** Everything that restores have left, the newest first. A server that does not answer lists no databases. */
  public async kept(serverAnswers: boolean): Promise<RetainedRestore[]> {
    const folders = this.#images.restore === undefined ? [] : await this.#list("restore");
    const databases = serverAnswers ? await this.#list("restore-dump") : [];
    return [...folders, ...databases].sort((a, b) => (a.id < b.id ? 1 : -1));
  }

  /** Returns the remains of one restore; undefined where there are none. */
  public async find(method: RestoreMethod, id: string): Promise<RetainedRestore | undefined> {
    return (await this.#list(method)).find((each) => each.id === id);
  }

  /**
   * Restores alongside the live data, and checks.
   * @param repository number of the one to restore from; 1 is the one on the host
   * @throws Failure
   */
  public async prepare(
    method: RestoreMethod,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    repository = 1,
  ): Promise<Prepared> {
    const network = repository === 1 ? this.#network : this.#wayOut;
    if (network === undefined) {
      throw new Failure(
        `The container of backups has no network, so repository ${String(repository)} can't be reached; run keelson up.`,
      );
    }
    const more = { ...env, RESTORE_REPOSITORY: String(repository) };
    return restored(await this.#run(method, args, { env: more, network }));
  }

  /** Takes a file of the person's own to where dumps are; returns its name there. */
  public async receive(id: string, dump: Readable): Promise<string> {
    await this.#run("restore-dump", ["receive", id], { input: dump });
    return `restore-${id}.dump`;
  }

  /** Makes an empty database like the live one, where there is room for so many bytes. @throws Failure */
  public async create(id: string, bytes: number): Promise<CreatedDatabase> {
    const printed = await this.#run("restore-dump", ["create", id, String(bytes)]);
    return readDocument(createdDatabase, printed, "the new database");
  }

  /** Compares what was restored into it with what the dump has. @throws Failure */
  public async check(
    id: string,
    name: string,
    wanted: DumpContents,
    env: Readonly<Record<string, string>>,
  ): Promise<Prepared> {
    const input = JSON.stringify(wanted);
    const args = ["check", id, name];
    return restored(await this.#run("restore-dump", args, { env, input, complaint: null }));
  }

  /** Refuses where a database of that name can't be made. @param replaces one that `--into` has made @throws Failure */
  public async free(name: string, replaces: boolean): Promise<void> {
    await this.#run("restore-dump", ["free", name, String(replaces)]);
  }

  /** Gives what was restored a name of its own, for good. @throws Failure */
  public async name(id: string, name: string): Promise<void> {
    await this.#run("restore-dump", ["name", id, name], { complaint: null });
  }

  /** The databases that have such names. */
  public async named(): Promise<readonly NamedDatabase[]> {
    const printed = await this.#run("restore-dump", ["named"]);
    return readDocument(namedDatabases, printed, "the restored databases");
  }

  /** Removes one of them, and no other database. @throws Failure */
  public async drop(name: string): Promise<void> {
    await this.#run("restore-dump", ["drop", name]);
  }

  /** The live database, and which server it is on. @throws Failure */
  public async live(): Promise<{ readonly rows: Rows; readonly major: number }> {
    const printed = await this.#run("restore-dump", ["count"]);
    return readDocument(liveDatabase, printed, "the live database");
  }

  /** Rows of the live database by its tables, and those that were written since a transaction. */
  public async count(since?: number): Promise<Pick<Prepared, "written"> & { rows: Rows }> {
    const args = since === undefined ? [] : [String(since)];
    const printed = await this.#run("restore", ["count", ...args]);
    return readDocument(counted, printed, "the live database");
  }

  /** One of the short steps. @throws Failure; whether the step was done has to be looked at then */
  public async step(method: RestoreMethod, ...args: string[]): Promise<void> {
    const [name = "", id = ""] = args;
    await this.#run(method, args, { complaint: `The step ${name} of the restore ${id} failed` });
  }

  async #list(method: RestoreMethod): Promise<readonly RetainedRestore[]> {
    return readDocument(retainedRestores, await this.#run(method, ["list"]), "the restores");
  }

  async #run(
    method: RestoreMethod,
    args: readonly string[],
    o: {
      readonly env?: Readonly<Record<string, string>>;
      readonly network?: string;
      readonly input?: string | Readable;
      /** First words of a failure's message; default: that nothing was changed, as where the live data is only read. */
      readonly complaint?: string | null;
    } = {},
  ): Promise<string> {
    const { complaint = "Nothing was changed" } = o;
    const env = Object.entries(o.env ?? {}).flatMap(([key, value]) => ["--env", `${key}=${value}`]);
    const run = ["run", "--rm", "--name", this.#name, ...(o.input === undefined ? [] : ["-i"])];
    const own = [...this.#args, "--network", o.network ?? this.#network, ...env];
    const image = this.#images[method] ?? "";
    const all = [...run, ...own, image, `/usr/local/bin/${method}`, ...args];
    const result = await this.#o.docker(all, o.input === undefined ? {} : { input: o.input });
    if (result.code === 0) return result.stdout;
    throw new Failure(
      `${complaint === null ? "" : `${complaint}: `}${errorIn(result.stdout) ?? tail(result)}.`,
    );
  }
}

function restored(printed: string): Prepared {
  return readDocument(prepared, printed, "the restore");
}
