// Dumps of databases that a test makes up, in a server's container; and what a database holds, in one text.
import { dockerAt } from "#lib/docker";
import { superuserPsql } from "#lib/superuser";
import { docker, run } from "./docker.js";

/** SQL as the superuser. */
export async function superuser(server: string, database: string, text: string): Promise<string> {
  const { code, stdout, stderr } = await superuserPsql(dockerAt(), { server, database }, text);
  if (code === 0) return stdout.trim();
  throw new Error(`psql ended with ${String(code)}: ${stderr}`);
}

/** Dumps what some SQL makes in an empty database, with arguments of pg_dump, into a file of this machine. */
export async function dumpOf(
  server: string,
  sql: string,
  file: string,
  args: readonly string[] = ["-Fc"],
): Promise<void> {
  await superuser(server, "postgres", "CREATE DATABASE made_up TEMPLATE template0");
  try {
    await superuser(server, "made_up", sql);
    const dump = `PGPASSWORD=$(cat /run/secrets/POSTGRES_PASSWORD) exec pg_dump -h 127.0.0.1 -U postgres "$@" made_up`;
    const command = ["docker", "exec", server, "sh", "-c", dump, "sh", ...args];
    // Not through this process: a dump is no text.
    await run("sh", ["-c", 'file=$1; shift; exec "$@" >"$file"', "sh", file, ...command]);
  } finally {
    await superuser(server, "made_up", withoutSubscriptions);
    await superuser(server, "postgres", "DROP DATABASE made_up WITH (FORCE)");
  }
}

/** All that a database holds, as a text that is another one when anything of it is. */
export async function fingerprint(server: string, database: string): Promise<string> {
  const dump = `PGPASSWORD=$(cat /run/secrets/POSTGRES_PASSWORD) exec pg_dump -h 127.0.0.1 -U postgres "$0"`;
  const text = await docker(["exec", server, "sh", "-c", dump, database]);
  // A key against injection, which is another one each time.
  return text.replace(/^\\(un)?restrict .*$/gm, "");
}

/** The databases of a server that a restore or an import has made. */
export async function restored(server: string): Promise<string[]> {
  const list = await superuser(
    server,
    "postgres",
    "SELECT datname FROM pg_database WHERE datname LIKE 'keelson%' ORDER BY 1",
  );
  return list === "" ? [] : list.split("\n");
}

/** One that follows nobody keeps its database from being dropped. */
const withoutSubscriptions = `SELECT format(words, subname) FROM pg_subscription JOIN pg_database d ON d.oid = subdbid,
  unnest(ARRAY['ALTER SUBSCRIPTION %I DISABLE', 'ALTER SUBSCRIPTION %I SET (slot_name = NONE)', 'DROP SUBSCRIPTION %I']) AS words
  WHERE datname = current_database() \\gexec
`;
