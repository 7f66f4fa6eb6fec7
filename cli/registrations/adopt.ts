import { Option, type Command } from "commander";
import { onEngine, run, yes, type Load, type EngineOptions } from "./command.js";

/** Options of `keelson adopt`. */
export interface AdoptOptions extends EngineOptions {
  /** `postgres://user@host:port/database` of the old server, without a password. */
  readonly from: string;
  /** Docker network through which the old server is reached; default: as the host reaches others. */
  readonly network?: string;
  readonly begin?: boolean;
  readonly finish?: boolean;
  readonly back?: boolean;
  /** With `finish`: by a dump in place of replication. */
  readonly dump?: boolean;
  /** The stack's database holds something, which is kept alongside. */
  readonly replace?: boolean;
  readonly yes?: boolean;
}

/** Registers `keelson adopt`. */
export function adoptCommand(program: Command, load: Load<[AdoptOptions]>): void {
  onEngine(
    program,
    "adopt",
    "take over the database of a running Postgres; without --begin, --finish or --back: check, and say what it would do",
  )
    .requiredOption(
      "--from <url>",
      "the old server: postgres://user@host:port/database; its password from the variable ADOPT_PASSWORD, or asked for",
    )
    .option("--network <name>", "Docker network in which the old server is, where it has no port")
    .addOption(
      new Option(
        "--begin",
        "copy, and follow what is written there, which goes on meanwhile",
      ).conflicts(["finish", "back", "dump"]),
    )
    .addOption(
      new Option(
        "--finish",
        "pause writes there, bring the rest over, compare, and go live here",
      ).conflicts("back"),
    )
    .option("--back", "the old server takes writes again, and nothing of the adoption is left")
    .addOption(
      new Option(
        "--dump",
        "with --finish: by a dump, with writes paused for as long as it takes; needs no --begin",
      ).conflicts("back"),
    )
    .option("--replace", "replace the contents of the stack's database; the previous ones are kept")
    .option(...yes)
    .action((options: AdoptOptions) => run(load, options));
}
