import { inspectScript } from "#lib/inspect-script";
import { superuserPsql } from "#lib/superuser";
import { plan } from "./problem.js";
import type { Docker } from "#lib/docker";

/** Versions of the libraries that order text, as an image's shell tells them. */
export interface Libraries {
  readonly libc: string;
  readonly icu: string;
}

/** A collation whose order depends on a library's version, and by which something is ordered. */
export interface OrderedBy {
  readonly database: string;
  readonly collation: string;
  readonly library: keyof Libraries;
}

/** Returns the collations by which the libraries of an image order otherwise than those of the data; undefined: none. */
export function collationProblem(
  stack: string,
  flags: string,
  ordered: readonly OrderedBy[],
  now: Libraries,
  next: Libraries,
): string | undefined {
  const hurt = ordered.filter(({ library }) => now[library] !== next[library]);
  if (hurt.length === 0) return undefined;
  const changes = (["libc", "icu"] as const)
    .filter((library) => hurt.some((each) => each.library === library))
    .map((library) => `${now[library]} → ${next[library]}`);
  const names = hurt.map(({ collation, database }) => `${collation} of ${database}`);
  return [
    `The new image of Postgres orders text otherwise (${changes.join(", ")}), and ${stack} has indexes by the collations ${names.join(", ")}, which would give wrong answers: nothing was changed. Put them in order:`,
    ...plan(flags),
  ].join("\n");
}

/** Asks a server that runs and the image that is to come; undefined where there is nothing to be asked. */
export async function askCollations(
  docker: Docker,
  server: { readonly id: string },
  image: string,
): Promise<{ ordered: OrderedBy[]; now: Libraries; next: Libraries } | undefined> {
  const next = await libraries(docker, [
    "run",
    "--rm",
    "--interactive",
    "--network",
    "none",
    "--entrypoint",
    "sh",
    image,
  ]);
  const now = await libraries(docker, ["exec", "--interactive", server.id, "sh"]);
  // An image that is not built yet, or somebody's own: the server itself looks when it starts.
  if (now === undefined || next === undefined) return undefined;
  if (now.libc === next.libc && now.icu === next.icu) return undefined;
  const ordered: OrderedBy[] = [];
  const query = async (database: string, sql: string) => {
    const { stdout } = await superuserPsql(docker, { server: server.id, database }, sql);
    return stdout.split("\n").filter((line) => line !== "");
  };
  for (const database of await query("postgres", databasesSql)) {
    for (const line of await query(database, orderedSql)) {
      const [library, collation = ""] = line.split("|");
      if (library === "libc" || library === "icu") ordered.push({ database, collation, library });
    }
  }
  return { ordered, now, next };
}

const databasesSql = "SELECT datname FROM pg_database WHERE datallowconn";

const orderedSql = `SELECT CASE datlocprovider WHEN 'i' THEN 'icu' ELSE 'libc' END, 'its default'
FROM pg_database WHERE datname = current_database() AND datcollversion IS NOT NULL
UNION ALL
SELECT CASE collprovider WHEN 'i' THEN 'icu' ELSE 'libc' END, collname FROM pg_collation c
WHERE collversion IS NOT NULL AND (EXISTS (SELECT FROM pg_index WHERE c.oid = ANY (indcollation))
  OR EXISTS (SELECT FROM pg_depend WHERE refclassid = 'pg_collation'::regclass AND refobjid = c.oid))`;

async function libraries(docker: Docker, args: readonly string[]): Promise<Libraries | undefined> {
  const { code, stdout } = await docker([...args, "-s"], { input: inspectScript("libraries") });
  const [libc, icu] = stdout.trim().split("\n");
  if (code !== 0 || libc === undefined || icu === undefined) return undefined;
  return { libc, icu: icu.replace("libicui18n.so.", "ICU ") };
}
