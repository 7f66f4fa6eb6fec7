import { Option, type Command } from "commander";
import {
  json,
  onEngine,
  onStack,
  run,
  type EngineOptions,
  type Load,
  type StackOptions,
} from "./command.js";

/** The database role that a command may have. */
export const runRoles = ["app", "migrator"] as const;
export type RunRole = (typeof runRoles)[number];

/** Options of `keelson run`. */
export interface RunOptions extends EngineOptions {
  /** Process whose container is copied; default the app's. */
  readonly service?: string;
  readonly as: RunRole;
  /** True to list the runs. */
  readonly list?: boolean;
  readonly json?: boolean;
}

/** Registers `keelson run`. */
export function runCommand(program: Command, load: Load<[string[], RunOptions]>): void {
  onEngine(program, "run", "run a command in a new container like the live app's")
    .argument("[command...]", "after --: the command and its arguments")
    .option("--service <name>", "process whose image, environment and limits it gets; default app")
    .addOption(
      new Option("--as <role>", "database role that it gets").choices([...runRoles]).default("app"),
    )
    .option("--list", "list what was run: when, by whom, exit code")
    .option(...json)
    .action((command: string[], options: RunOptions) => run(load, command, options));
}

/** Registers `keelson exec`. */
export function execCommand(
  program: Command,
  load: Load<[string, readonly string[], StackOptions]>,
): void {
  onStack(program, "exec", "run a command in a container that runs")
    .argument("[process]", "app, postgres, proxy, …; default app")
    .argument("[command...]", "after --: the command and its arguments; default sh")
    .action(
      (_process: string | undefined, _command: string[], options: StackOptions, of: Command) => {
        const { before, after } = aroundDashes(of);
        return run(load, before[0] ?? "app", after, options);
      },
    );
}

/** The arguments of a command before and after `--`, which the parser removes. */
export function aroundDashes(command: Command): {
  readonly before: readonly string[];
  readonly after: readonly string[];
} {
  const raw = rootOf(command).rawArgs;
  const at = raw.indexOf("--");
  const count = at < 0 ? 0 : raw.length - at - 1;
  const { args } = command;
  return { before: args.slice(0, args.length - count), after: args.slice(args.length - count) };
}

function rootOf(command: Command): Command & { readonly rawArgs: readonly string[] } {
  if (command.parent !== null) return rootOf(command.parent);
  // Not in its types.
  return command as Command & { readonly rawArgs: readonly string[] };
}
