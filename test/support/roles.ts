// A stack's database, as each of its roles sees it.
import { Client } from "pg";
import { reveal } from "#engine/values";
import type { Stack } from "./stack.js";

/** A login at the port for administration. */
export interface Login {
  readonly user: string;
  readonly password: string | undefined;
}

/** The database of a stack. */
export class Server {
  private readonly stack: Stack;
  private readonly port: number;
  readonly database: string;

  constructor(stack: Stack, port: number, database: string) {
    this.stack = stack;
    this.port = port;
    this.database = database;
  }

  /** A role of the database, `app` or so, with its password; or the superuser, `postgres`. */
  async login(role: string): Promise<Login> {
    const passwords = await passwordsOf(this.stack);
    if (role === "postgres") return { user: role, password: passwords.get("postgres-password") };
    return {
      user: `${this.database}_${role}`,
      password: passwords.get(`database-${role}-password`),
    };
  }

  /** Runs statements one after another in one session; the rows of the last one. */
  async run(
    login: Login,
    statements: readonly string[],
    database = this.database,
  ): Promise<Record<string, unknown>[]> {
    const at = { host: "127.0.0.1", port: this.port, database, connectionTimeoutMillis: 10_000 };
    // Without a password given, the client would look for one in the environment of the tests.
    const client = new Client({ ...at, user: login.user, password: login.password ?? "" });
    client.on("error", () => undefined);
    await client.connect();
    try {
      let rows: Record<string, unknown>[] = [];
      for (const each of statements) {
        rows = (await client.query<Record<string, unknown>>(each)).rows;
      }
      return rows;
    } finally {
      await client.end();
    }
  }

  /** `run` for a role by its name. */
  async as(role: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
    return this.run(await this.login(role), statements);
  }

  /** The error code with which the server answers, or "allowed". */
  async verdict(login: Login, ...statements: string[]): Promise<string> {
    try {
      await this.run(login, statements);
      return "allowed";
    } catch (error) {
      if (error instanceof Error && "code" in error) return String(error.code);
      return String(error);
    }
  }
}

/** Generated passwords of a stack by the last part of their resource's name. */
export async function passwordsOf(stack: Stack): Promise<Map<string, string>> {
  const { resources } = await stack.state();
  const passwords = resources.filter((each) => each.type.endsWith(":RandomPassword"));
  return new Map(
    passwords.map(({ urn, outputs }) => [
      (urn.split("::").at(-1) ?? "").replace(`e2e-${stack.name}-`, ""),
      reveal(outputs["result"] ?? "") as string,
    ]),
  );
}
