import type { Writable } from "node:stream";
import { tail, type CommandResult } from "#lib/run-process";
import type { Docker } from "#lib/docker";
import { Failure } from "../../io/failure.js";
import { conninfo, shown, type Source } from "./source.js";

/**
 * The server that a database is adopted from, asked by the tools in the container of the stack's own server: no tool of
 * this machine is needed. Its password is passed by its variable's name, and stands in no command line.
 */
export class OldServer {
  readonly source: Source;
  readonly password: string;
  readonly #docker: Docker;
  readonly #server: string;

  /** @param server container of the stack's own server */
  constructor(o: {
    readonly docker: Docker;
    readonly server: string;
    readonly source: Source;
    readonly password: string;
  }) {
    this.#docker = o.docker;
    this.#server = o.server;
    this.source = o.source;
    this.password = o.password;
  }

  /** Runs SQL there, until the first error, also while writes are paused; what it printed. @throws Failure */
  async sql(text: string): Promise<string> {
    const result = await this.#run(["psql", ...quiet, `--dbname=${conninfo(this.source)}`], {
      input: text,
    });
    if (result.code === 0) return result.stdout.trim();
    throw new Failure(this.#problem(result));
  }

  /** Fails where the server does not let its log be followed: by its rights, pg_hba.conf or a pooler in between. */
  async requireReplication(): Promise<void> {
    const dbname = `--dbname=${conninfo(this.source)} replication=database`;
    const result = await this.#run(["psql", ...quiet, dbname], { input: "IDENTIFY_SYSTEM;" });
    if (result.code === 0) return;
    throw new Failure(
      `${this.#problem(result)} Replication from there has to be allowed: by pg_hba.conf, and to the server itself, not to a pooler.`,
    );
  }

  /** Writes what pg_dump gives of the database. @throws Failure */
  async dump(args: readonly string[], to: Writable): Promise<void> {
    const result = await this.#run(
      ["pg_dump", ...args, "--no-password", `--dbname=${conninfo(this.source)}`],
      { output: to },
    );
    if (result.code !== 0) throw new Failure(this.#problem(result));
  }

  #run(
    command: readonly string[],
    o: { readonly input?: string; readonly output?: Writable },
  ): Promise<CommandResult> {
    const env = { ...(this.#docker.environment ?? process.env) };
    env["PGPASSWORD"] = this.password;
    env["PGOPTIONS"] = options;
    const names = ["PGPASSWORD", "PGOPTIONS"].flatMap((name) => ["--env", name]);
    const args = ["exec", "--interactive", ...names, this.#server, ...command];
    return this.#docker(args, { env, ...o });
  }

  #problem(result: CommandResult): string {
    const said = tail(result, 2).replace(/^psql: error: /, "");
    return `The old server (${shown(this.source)}) says: ${said}`;
  }
}

// Its own sessions write while those of others may not, and take as long as they take.
const options =
  "-c default_transaction_read_only=off -c statement_timeout=0 -c idle_in_transaction_session_timeout=0";

const quiet = [
  "--no-psqlrc",
  "--quiet",
  "--no-align",
  "--tuples-only",
  "--no-password",
  "--set=ON_ERROR_STOP=1",
] as const;
