import type { Command } from "commander";
import { onStack, run, type Load, type StackOptions } from "./command.js";

/** Options of `keelson drill now`. */
export interface DrillOptions extends StackOptions {
  readonly json?: boolean;
  readonly random?: boolean;
  readonly at?: string;
  /** Number of the off-site repository; true: each of them. */
  readonly offsite?: string | true;
}

/** Registers `keelson drill now`. */
export function drillCommands(program: Command, now: Load<[DrillOptions]>): void {
  const drill = program.command("drill").description("prove backups by restoring them");
  onStack(
    drill,
    "now",
    "restore into a scratch server and check the data; exit code 0 only if complete",
  )
    .option("--random", "to a random point in time of the window instead of the newest")
    .option("--at <time>", "to this point in time, with a time zone: 2026-02-03T04:05:06Z")
    .option("--offsite [repository]", "from off-site repositories alone: the one given, or each")
    .option("--json", "print the proof as JSON")
    .action((options: DrillOptions) => run(now, options));
}
