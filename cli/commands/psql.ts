import { loginInServer, loginOf, passwordResource } from "#components/database/login-settings";
import { databasesWithLogins, prefixOf, type DatabaseLogins, type Settings } from "#config";
import { dockerAt, type Docker } from "#lib/docker";
import { secretsDirectory } from "#lib/platform";
import { releaser } from "#release/step-context";
import { attach, detachKeys, hasTerminal } from "../io/attach.js";
import { ask } from "../io/docker.js";
import { Failure } from "../io/failure.js";
import { settingsOf, targetOf } from "../project/target.js";
import type { PsqlOptions, PsqlRole } from "../registrations/psql.js";
import { processesOf } from "../stack/processes.js";
import { openSession } from "../stack/session.js";
import type { Stack } from "../stack/stack.js";
import { storedPassword } from "../stack/stored-password.js";

/** `keelson psql`: psql of the server's own version, in its container; this process ends as psql does. */
export async function psql(
  database: string | undefined,
  args: readonly string[],
  options: PsqlOptions,
): Promise<void> {
  const target = targetOf(options);
  const settings = settingsOf(target);
  if (settings.database.externalUrlSecret !== undefined) {
    throw new Failure(
      "database.externalUrlSecret: the database is external, and has no server here; run psql with its own URL: keelson run -- psql, where the app's image has it.",
    );
  }
  const docker = dockerAt(settings.docker.host);
  const all = await processesOf(docker, settings, target.stack);
  const server = all.find(({ workload, running }) => workload === "postgres" && running);
  if (server === undefined) {
    throw new Failure(`The database server of ${target.stack} does not run; run keelson up.`);
  }
  const of = { docker, settings, stack: target.stack };
  const place = placeOf(settings, database);
  const call = psqlCall(server.id, {
    role: options.as,
    user: userOf(options.as, place.roles),
    database: place.database,
    args,
    who: releaser(process.env).who,
    term: hasTerminal() ? (process.env["TERM"] ?? "xterm") : undefined,
  });
  const PGPASSWORD = await passwordOf(of, options, { server: server.id, roles: place.roles });
  process.exitCode = await attach(
    docker,
    call,
    (signal, client) => {
      // psql breaks off its query at a terminal's Ctrl-C, which reaches it by the terminal.
      client.kill(signal);
    },
    { PGPASSWORD },
  );
}

/** A call of psql. */
export interface PsqlRequest {
  readonly role: PsqlRole;
  /** Role in the server. */
  readonly user: string;
  readonly database: string;
  /** Further arguments of psql. */
  readonly args: readonly string[];
  readonly who: string;
  /** Kind of the terminal; undefined where there is none. */
  readonly term: string | undefined;
}

/** Arguments of `docker` for psql; the password is passed by its variable's name. */
export function psqlCall(server: string, request: PsqlRequest): string[] {
  const { user, database, args, who, term } = request;
  // Nothing can be written in the container's home.
  const variables = ["PSQL_HISTORY=/dev/null", "PAGER=", `PGAPPNAME=keelson psql: ${who}`];
  return [
    "exec",
    "--interactive",
    ...(term === undefined ? [] : ["--tty", "--env", `TERM=${term}`]),
    detachKeys,
    "--env",
    "PGPASSWORD",
    ...variables.flatMap((each) => ["--env", each]),
    server,
    "psql",
    "--host=127.0.0.1",
    `--username=${user}`,
    `--dbname=${database}`,
    ...args,
  ];
}

function userOf(role: PsqlRole, { database, logins }: DatabaseLogins): string {
  if (role === "superuser") return "postgres";
  const own = loginRoleOf(role);
  return loginInServer(database, own, loginOf(logins, own).rotation);
}

/** The owner can't log in: the migrator becomes it when it does. */
function loginRoleOf(role: Exclude<PsqlRole, "superuser">) {
  return role === "owner" ? "migrator" : role;
}

/** A further database, by its name in the settings or in the server, has roles of its own; any other one the first's. */
function placeOf(
  settings: Settings,
  asked: string | undefined,
): { readonly database: string; readonly roles: DatabaseLogins } {
  const [main, ...further] = databasesWithLogins(settings);
  const found = further.find(
    ({ path, database }) => path === `database.more.${asked ?? ""}` || database === asked,
  );
  if (found !== undefined) return { database: found.database, roles: found };
  return { database: asked ?? main.database, roles: main };
}

async function passwordOf(
  of: Stack,
  options: PsqlOptions,
  { server, roles }: { readonly server: string; readonly roles: DatabaseLogins },
): Promise<string> {
  if (options.as === "superuser") return superuserPassword(of.docker, server);
  const quiet = () => undefined;
  const session = await openSession(options, quiet, { readOnly: true, secrets: "unused" });
  const role = loginRoleOf(options.as);
  const component = `${prefixOf(of.settings, of.stack)}-${roles.resource}`;
  const name = passwordResource(component, role, loginOf(roles.logins, role).rotation);
  const password = await storedPassword(session.runner, name);
  if (password !== undefined) return password;
  throw new Failure(
    `The state of ${of.stack} has no password of the role ${role}; run keelson up where its state is.`,
  );
}

async function superuserPassword(docker: Docker, server: string): Promise<string> {
  return ask(docker, ["exec", server, "cat", `${secretsDirectory}/POSTGRES_PASSWORD`]);
}
