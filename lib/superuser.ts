import type { Docker } from "./docker.js";
import { secretsDirectory } from "./platform.js";
import type { CommandResult } from "./run-process.js";

/** A database of a server of ours. */
export interface ServerDatabase {
  /** The server's container, running. */
  readonly server: string;
  readonly database: string;
}

/**
 * Runs SQL as superuser by psql in a server's container, until the first error. The password is read there, and given
 * to psql by its name: no value stands in a command line.
 * @param passed names of variables of this process that psql gets as well
 */
export async function superuserPsql(
  docker: Docker,
  at: ServerDatabase,
  sql: string,
  passed: readonly string[] = [],
): Promise<CommandResult> {
  const found = await superuserPassword(docker, at.server);
  return typeof found === "string" ? psqlWith(found, docker, at, sql, passed) : found;
}

/** The superuser's password, as the server has it; the answer of `docker` where it can't be read. */
export async function superuserPassword(
  docker: Docker,
  server: string,
): Promise<string | CommandResult> {
  const password = await docker(["exec", server, "cat", `${secretsDirectory}/POSTGRES_PASSWORD`]);
  return password.code === 0 ? password.stdout.replace(/\n+$/, "") : password;
}

/** Runs SQL as superuser whose password is known, as `superuserPsql` does. */
export function psqlWith(
  PGPASSWORD: string,
  docker: Docker,
  { server, database }: ServerDatabase,
  sql: string,
  passed: readonly string[] = [],
): Promise<CommandResult> {
  const names = ["PGPASSWORD", ...passed].flatMap((name) => ["--env", name]);
  return docker(["exec", "--interactive", ...names, server, ...psql, `--dbname=${database}`], {
    input: sql,
    env: { ...(docker.environment ?? process.env), PGPASSWORD },
  });
}

const psql = [
  "psql",
  "--no-psqlrc",
  "--quiet",
  "--no-align",
  "--tuples-only",
  "--set=ON_ERROR_STOP=1",
  "--host=127.0.0.1",
  "--username=postgres",
];
