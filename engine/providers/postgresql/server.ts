import { readFile } from "node:fs/promises";
import type { ConnectionOptions } from "node:tls";
import pg from "pg";
import { EngineError, messageOf } from "../../errors.js";
import type { Properties, Value } from "../../values.js";
import { text } from "../shape.js";

const defaultConnectSeconds = 180;
const defaultPort = 5432;

/** The name, quoted. */
export const identifier = (name: Value | undefined): string => pg.escapeIdentifier(text(name));
/** The text, quoted. */
export const literal = (value: Value | undefined): string => pg.escapeLiteral(text(value));

/** A PostgreSQL server as the provider's settings name it. */
export class Server {
  readonly #settings: Properties;
  readonly #environment: NodeJS.ProcessEnv;
  #last: Promise<unknown> = Promise.resolve();

  constructor(settings: Properties, environment: NodeJS.ProcessEnv) {
    this.#settings = settings;
    this.#environment = environment;
  }

  /** The role that all this is done as. */
  get user(): string {
    return this.#setting("username", "PGUSER") || "postgres";
  }

  /** The database that is connected to unless another one is named. */
  get database(): string {
    return this.#setting("database", "PGDATABASE") || "postgres";
  }

  /**
   * Connects and acts. One at a time: PostgreSQL refuses concurrent changes of the same catalogue row,
   * and two grants on one database are just that.
   */
  run<T>(database: string, act: (client: pg.Client) => Promise<T>): Promise<T> {
    const result = this.#last.then(() => this.#connected(database, act));
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** `run` in a transaction. */
  transaction<T>(database: string, act: (client: pg.Client) => Promise<T>): Promise<T> {
    return this.run(database, async (client) => {
      await client.query("BEGIN");
      try {
        const result = await act(client);
        await client.query("COMMIT");
        return result;
      } catch (error) {
        await client.query("ROLLBACK");
        throw error;
      }
    });
  }

  async #connected<T>(database: string, act: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({
      host: this.#setting("host", "PGHOST"),
      port: this.#port(),
      user: this.user,
      password: this.#setting("password", "PGPASSWORD"),
      database,
      application_name: "keelson",
      connectionTimeoutMillis: this.#connectSeconds() * 1000,
      ssl: await this.#tls(),
    });
    // A connection that breaks between two queries fails the next one; there it is reported.
    client.on("error", () => undefined);
    try {
      await client.connect();
    } catch (error) {
      const where = `${this.#setting("host", "PGHOST")}:${this.#port()}`;
      throw new EngineError(`PostgreSQL at ${where}: ${messageOf(error)}`, { cause: error });
    }
    try {
      return await act(client);
    } finally {
      await client.end();
    }
  }

  #setting(name: string, variable: string): string {
    return text(this.#settings[name]) || (this.#environment[variable] ?? "");
  }

  #port(): number {
    return Number(this.#setting("port", "PGPORT") || defaultPort);
  }

  #connectSeconds(): number {
    return Number(this.#setting("connectTimeout", "PGCONNECT_TIMEOUT") || defaultConnectSeconds);
  }

  async #tls(): Promise<false | ConnectionOptions> {
    const mode = this.#setting("sslmode", "PGSSLMODE") || "require";
    if (mode === "disable") return false;
    const root = text(this.#settings["sslrootcert"]);
    const ca = root === "" ? {} : { ca: await readFile(root, "utf8") };
    if (mode === "require") return { rejectUnauthorized: false };
    if (mode === "verify-ca") return { ...ca, checkServerIdentity: () => undefined };
    if (mode === "verify-full") return ca;
    throw new EngineError(
      `postgresql provider: the embedded engine does not know sslmode "${mode}".`,
    );
  }
}

/**
 * Acts while the connected role is a member of others: only so may one that is not a superuser change
 * what belongs to them.
 */
export async function asMemberOf<T>(
  client: pg.Client,
  roles: string[],
  act: () => Promise<T>,
): Promise<T> {
  const missing: string[] = [];
  for (const role of roles) if (!(await isMember(client, role))) missing.push(role);
  for (const role of missing) await client.query(`GRANT ${identifier(role)} TO CURRENT_USER`);
  const result = await act();
  for (const role of missing) await client.query(`REVOKE ${identifier(role)} FROM CURRENT_USER`);
  return result;
}

/** The first row of a query, if there is one. */
export async function first<T extends pg.QueryResultRow>(
  client: pg.Client,
  query: string,
  values: string[],
): Promise<T | undefined> {
  return (await client.query<T>(query, values)).rows[0];
}

/** True for PostgreSQL's error that the named object does not exist. */
export function isMissing(error: unknown): boolean {
  const codes = ["42704", "3D000", "3F000", "42P01"];
  const { code, cause } = error as { code?: string; cause?: { code?: string } };
  return codes.includes(code ?? cause?.code ?? "");
}

async function isMember(client: pg.Client, role: string): Promise<boolean> {
  const row = await first<{ member: boolean }>(
    client,
    `SELECT rolsuper OR pg_has_role(current_user, $1, 'MEMBER') AS member
       FROM pg_roles WHERE rolname = current_user`,
    [role],
  );
  return row?.member === true;
}
