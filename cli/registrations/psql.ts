import { Option, type Command } from "commander";
import { onEngine, run, type EngineOptions, type Load } from "./command.js";
import { aroundDashes } from "./run.js";

/** The roles that `keelson psql` connects as. */
export const psqlRoles = ["readonly", "app", "owner", "superuser"] as const;
export type PsqlRole = (typeof psqlRoles)[number];

/** Options of `keelson psql`. */
export interface PsqlOptions extends EngineOptions {
  readonly as: PsqlRole;
}

/** Registers `keelson psql`. */
export function psqlCommand(
  program: Command,
  load: Load<[string | undefined, readonly string[], PsqlOptions]>,
): void {
  onEngine(program, "psql", "open psql on the stack's database, in its server's container")
    .argument("[database]", "name of a database of the server; default the stack's")
    .argument("[arguments...]", "after --: arguments of psql, such as -c 'SELECT 1'")
    .addOption(
      new Option("--as <role>", "role to connect as").choices([...psqlRoles]).default("readonly"),
    )
    .action((_database: string | undefined, _args: string[], options: PsqlOptions, of: Command) => {
      const { before, after } = aroundDashes(of);
      return run(load, before[0], after, options);
    });
}
