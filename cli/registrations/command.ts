import { Option, type Command } from "commander";
import type { Say } from "../io/progress.js";

/** Gives what runs a command: it is loaded when the command runs, so that no other command waits for it. */
export type Load<Args extends unknown[]> = () => Promise<(...args: [...Args, Say]) => unknown>;

/** Options of every command on a stack. */
export interface StackOptions {
  readonly stack: string;
  /** Settings of the stack; default `Pulumi.<stack>.yaml`. */
  readonly configFile?: string;
}

/** Options of the commands that run an engine. */
export interface EngineOptions extends StackOptions {
  readonly engine?: string;
}

/** The option `--json` of a command with a result. */
export const json = ["--json", "print the result as JSON on the last line"] as const;

/** The option `--yes` of a command that asks. */
export const yes = ["--yes", "do not ask"] as const;

/** A command on a stack; without `--stack` it is the local one. */
export function onStack(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option("--stack <stack>", "name of the stack", "local")
    .option("--config-file <file>", "settings file of the stack; default: Pulumi.<stack>.yaml");
}

/** A command on a stack that runs an engine. */
export function onEngine(program: Command, name: string, description: string): Command {
  const engine = new Option("--engine <engine>", "auto: Pulumi's CLI where it can be had");
  return onStack(program, name, description).addOption(engine.choices(["auto", "cli", "embedded"]));
}

/** Loads what runs a command, and runs it; what it says goes to stdout. */
export async function run<Args extends unknown[]>(load: Load<Args>, ...args: Args): Promise<void> {
  const act = await load();
  await act(...args, say);
}

const say: Say = (line) => {
  console.log(line);
};
