import { Option, type Command } from "commander";
import { onStack, run, type Load, type StackOptions } from "./command.js";

/** Log levels, the least severe first. */
export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Options of `keelson logs`. */
export interface LogsOptions extends StackOptions {
  readonly follow?: boolean;
  /** A duration, or a time with its time zone. */
  readonly since?: string;
  /** Lines of each container. */
  readonly tail?: string;
  /** A regular expression. */
  readonly grep?: string;
  readonly level?: LogLevel;
  /** Id of a release, such as `v12`. */
  readonly release?: string;
  readonly json?: boolean;
}

/** Registers `keelson logs`. */
export function logsCommand(program: Command, load: Load<[string[], LogsOptions]>): void {
  onStack(program, "logs", "show the logs of the stack's processes, merged by time")
    .argument("[process...]", "app, postgres, proxy, …; default: all of the stack")
    .option("-f, --follow", "keep printing what comes, of replaced containers too")
    .option("--since <time>", "from a duration ago (10m, 2h, 7d) or from a time with its time zone")
    .option("-n, --tail <lines>", "last lines of each container; default 100, with --since all")
    .option("--grep <expression>", "only lines that match the regular expression")
    .addOption(
      new Option("--level <level>", "only lines of this level or above").choices([...logLevels]),
    )
    .option("--release <id>", "of the containers of one release (v12), gone or not, and all lines")
    .option("--json", "print a JSON object per line")
    .action((names: string[], options: LogsOptions) => run(load, names, options));
}
