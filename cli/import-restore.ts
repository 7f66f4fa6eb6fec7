import { PassThrough, type Readable } from "node:stream";
import { clearSql } from "../lib/clear-database.js";
import { jobsUser } from "../lib/platform.js";
import type { Docker } from "./docker.js";
import { Failure } from "./failure.js";
import { tail, type Ended } from "./shell.js";

/** What a dump says of itself, and of the server that is to take it. */
export interface DumpFacts {
  /** Major version of the server that it was dumped from. */
  readonly major: number;
  readonly serverMajor: number;
}

/** A dump that was read to its end. */
export interface ReadDump extends DumpFacts {
  /** Its table of contents, as `pg_restore --use-list` takes it: what of it is restored. */
  readonly contents: string;
}

/** Where the migrations that passed are recorded. */
const ownSchema = "keelson";

/** Runs PostgreSQL's tools in one-shot containers on the data network; nothing stays behind. */
export class Restore {
  readonly #docker: Docker;
  readonly #image: string;
  readonly #network: string;
  readonly #url: URL;

  public constructor(o: { docker: Docker; image: string; network: string; url: URL }) {
    this.#docker = o.docker;
    this.#image = o.image;
    this.#network = o.network;
    this.#url = o.url;
  }

  /** Reads a dump to its end, without a server. @throws Failure for a torn one, or no dump at all */
  public async readThrough(open: () => Readable): Promise<ReadDump> {
    const listed = await this.#tool("pg_restore --list", open());
    if (listed.code !== 0) throw notADump(tail(listed, 1));
    const read = await this.#tool("pg_restore -f /dev/null", open());
    if (read.code !== 0) throw notADump(tail(read, 1));
    const major = Number(/Dumped from database version: (\d+)/.exec(listed.stdout)?.[1]);
    if (Number.isNaN(major)) throw notADump("it does not say which server it is from");
    const server = await this.#query("show server_version_num");
    const serverMajor = Math.floor(Number(server) / 10_000);
    return { major, serverMajor, contents: restorable(listed.stdout) };
  }

  /** The tables in the database, schema included; without our own record of migrations. */
  public async tables(): Promise<string[]> {
    const list = await this.#query(
      "select format('%I.%I', schemaname, tablename) from pg_tables " +
        `where schemaname not in ('pg_catalog', 'information_schema', '${ownSchema}') order by 1`,
    );
    return list === "" ? [] : list.split("\n");
  }

  /** Restores in the place of what is there, all or nothing; readers see the one or the other. */
  public async replace(dump: Readable, contents: string): Promise<void> {
    // No COMMIT comes where the dump can't be read to its end.
    const script =
      `{ echo "begin;" && echo "$CLEAR" && ${restoreWords} -f - && echo "commit;"; } | ` +
      "psql -X -q -o /dev/null -v ON_ERROR_STOP=1";
    await this.#restoring(script, dump, contents, { CLEAR: clearSql });
  }

  /** Restores all or nothing; the database's owner owns the result. */
  public async restore(dump: Readable, contents: string): Promise<void> {
    const owner = await this.#query(
      "select pg_get_userbyid(datdba) from pg_database where datname = current_database()",
    );
    // What is recorded is no longer so. A dump of ours brings what was, another one nothing: then it is migrated again.
    await this.#query(`drop schema if exists ${ownSchema} cascade`);
    const script = `${restoreWords} -1 -e --role="$ROLE" --dbname="$PGDATABASE"`;
    await this.#restoring(script, dump, contents, { ROLE: owner });
  }

  /** The contents go ahead of the dump: a large database's are too long for the environment. */
  async #restoring(
    script: string,
    dump: Readable,
    contents: string,
    variables: Record<string, string>,
  ): Promise<void> {
    const more = { SCRIPT: `IFS= read -r contents; ${script}`, ...variables };
    const ahead = Buffer.from(contents).toString("base64");
    const ended = await this.#tool('bash -o pipefail -c "$SCRIPT"', dump, more, [ahead]);
    if (ended.code !== 0) throw notRestored(ended);
  }

  /** Every table with its number of rows. */
  public async counts(): Promise<[string, number][]> {
    const counts: [string, number][] = [];
    for (const table of await this.tables()) {
      // The name comes quoted from format('%I').
      counts.push([table, Number(await this.#query(`select count(*) from ${table}`))]);
    }
    return counts;
  }

  async #query(sql: string): Promise<string> {
    const tool = 'psql -X -q -A -t -v ON_ERROR_STOP=1 -c "$SQL" < /dev/null';
    const ended = await this.#tool(tool, undefined, { SQL: sql });
    if (ended.code === 0) return ended.stdout.trim();
    throw new Failure(`The database does not answer: ${tail(ended, 2)}`);
  }

  /** The password goes ahead of the dump through stdin: a container's environment can be inspected. */
  #tool(
    command: string,
    dump?: Readable,
    more: Record<string, string> = {},
    ahead: readonly string[] = [],
  ) {
    const { hostname, port, pathname, username, password } = this.#url;
    const variables = {
      PGHOST: hostname,
      PGPORT: port === "" ? "5432" : port,
      PGDATABASE: decodeURIComponent(pathname.slice(1)),
      PGUSER: decodeURIComponent(username),
      ...more,
    };
    const script = `IFS= read -r PGPASSWORD; export PGPASSWORD; exec ${command}`;
    const args = [
      ...["run", "--rm", "-i", "--network", this.#network, "--user", jobsUser],
      ...["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
      ...Object.entries(variables).flatMap(([name, value]) => ["-e", `${name}=${value}`]),
      ...["--entrypoint", "/bin/sh", this.#image, "-c", script],
    ];
    const input = new PassThrough();
    for (const line of [decodeURIComponent(password), ...ahead]) input.write(`${line}\n`);
    if (dump === undefined) input.end();
    else dump.pipe(input);
    return this.#docker(args, { input });
  }
}

const restoreWords =
  'pg_restore --no-owner --no-privileges --use-list=<(printf %s "$contents" | base64 -d)';

/** A table of contents without the comments on extensions, which only their owner, the superuser, may write. */
export function restorable(contents: string): string {
  const lines = contents.split("\n");
  return lines.filter((line) => !/^\d+; \d+ \d+ COMMENT - EXTENSION /.test(line)).join("\n");
}

function notRestored(ended: Ended): Failure {
  return new Failure(`The dump could not be restored, nothing was changed: ${tail(ended, 4)}`);
}

function notADump(reason: string): Failure {
  return new Failure(
    `The file is not a whole dump of pg_dump's custom format (${reason}); make it with \`pg_dump -Fc\`.`,
  );
}
