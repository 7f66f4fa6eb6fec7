import type { Command } from "commander";
import {
  onEngine,
  onStack,
  run,
  type EngineOptions,
  type Load,
  type StackOptions,
} from "./command.js";

/** Options of `keelson secrets list`. */
export interface SecretsListOptions extends StackOptions {
  readonly json?: boolean;
}

/** Options of `keelson secrets show`. */
export interface SecretsShowOptions extends EngineOptions {
  /** The value may be printed. */
  readonly reveal?: boolean;
}

/** Options of `keelson secrets rotate`. */
export interface SecretsRotateOptions extends EngineOptions {
  /** The value before is handed over no more; the login before ends. */
  readonly finish?: boolean;
}

/** Registers the commands below `keelson secrets`. */
export function secretsCommands(
  program: Command,
  loads: {
    readonly list: Load<[SecretsListOptions]>;
    readonly show: Load<[string, SecretsShowOptions]>;
    readonly diff: Load<[string, string]>;
    readonly rotate: Load<[string, SecretsRotateOptions]>;
  },
): void {
  const secrets = program
    .command("secrets")
    .description("list, show, compare or rotate the secrets of stacks");
  onStack(secrets, "list", "list names, sources and destinations of the secrets; no values")
    .option("--json", "print the list as JSON")
    .action((options: SecretsListOptions) => run(loads.list, options));
  onEngine(secrets, "show", "print the value of a secret, as the last run of the stack left it")
    .argument("<name>", "name of the secret")
    .option("--reveal", "needed: the value is printed in clear")
    .action((name: string, options: SecretsShowOptions) => run(loads.show, name, options));
  onEngine(
    secrets,
    "rotate",
    "give a generated secret a new value, and hand the one before over; or a role of the database a new login, and let the one before work on",
  )
    .argument(
      "<name>",
      "name of the secret, or of the login: database.app, database.more.queue.app",
    )
    .option("--finish", "hand the value before over no more, or end the login before")
    .action((name: string, options: SecretsRotateOptions) => run(loads.rotate, name, options));
  secrets
    .command("diff")
    .description("compare the secrets of two stacks: names, sources and shapes; no values")
    .argument("<stack>", "name of a stack")
    .argument("<other>", "name of the other one")
    .action((stack: string, other: string) => run(loads.diff, stack, other));
}
