import { Argument, type Command } from "commander";
import { json, onStack, run, type Load, type StackOptions } from "./command.js";

const actions = ["on", "off", "status"] as const;

/** Action of `keelson maintenance`. */
export type MaintenanceAction = (typeof actions)[number];

/** Options of `keelson maintenance`. */
export interface MaintenanceOptions extends StackOptions {
  /** A duration; default: the setting. */
  readonly retryAfter?: string;
  /** Addresses or ranges. */
  readonly allow?: readonly string[];
  readonly json?: boolean;
}

/** Registers `keelson maintenance`. */
export function maintenanceCommand(
  program: Command,
  load: Load<[MaintenanceAction, MaintenanceOptions]>,
): void {
  onStack(program, "maintenance", "turn maintenance mode on or off, or show its status")
    .addArgument(new Argument("<action>").choices(actions))
    .option("--retry-after <duration>", "value of Retry-After, such as 10m")
    .option("--allow <address...>", "addresses or ranges that still reach the app")
    .option(...json)
    .action((action: MaintenanceAction, options: MaintenanceOptions) => run(load, action, options));
}
