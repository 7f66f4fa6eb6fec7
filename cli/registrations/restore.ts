import { Option, type Command } from "commander";
import { onEngine, run, yes, type Load, type EngineOptions, type StackOptions } from "./command.js";

/** What a person may ask `keelson restore` for. */
export interface RestoreWords {
  readonly at?: string;
  readonly point?: string;
  readonly dump?: string;
  readonly undo?: boolean;
  readonly discard?: boolean;
  /** Number of the repository to restore from; default the local one. */
  readonly repository?: string;
}

/** Options of `keelson restore` for the database. */
export interface RestoreOptions extends StackOptions, RestoreWords {
  readonly ignoreChecks?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Options of `keelson restore --volume`. */
export interface RestoreVolumeOptions extends StackOptions {
  readonly volume: string;
  /** Id of a snapshot, or its beginning; default the newest. */
  readonly snapshot?: string;
  /** Number of the repository; default the local one. */
  readonly repository?: string;
  /** Swap back what the last restore replaced. */
  readonly undo?: boolean;
  /** Delete what the last restore replaced. */
  readonly discard?: boolean;
  readonly yes?: boolean;
}

/** Options of `keelson restore --offsite`. */
export interface MoveOptions extends EngineOptions, RestoreOptions {
  /** Number of the repository away from the host; true: the first. */
  readonly offsite: string | true;
  readonly newSecrets?: boolean;
}

/** All options of `keelson restore`; `--volume` and `--offsite` decide which restore it is. */
export type AnyRestoreOptions = RestoreOptions &
  Partial<Pick<RestoreVolumeOptions, "volume" | "snapshot">> &
  Partial<MoveOptions>;

/** Registers `keelson restore`. */
export function restoreCommand(program: Command, load: Load<[AnyRestoreOptions]>): void {
  onEngine(program, "restore", "put the data of a moment, a restore point or a dump live")
    .option("--at <time>", "that moment, with its time zone: 2026-02-03T04:05:06Z; or latest")
    .option("--point <name>", "a restore point, as made before a migration")
    .option("--dump <file>", "a dump: a file, or the name of one that keelson backups lists")
    .addOption(
      new Option("--volume <name>", "a volume of the app in place of the database").conflicts([
        "at",
        "point",
        "dump",
        "ignoreChecks",
        "json",
      ]),
    )
    .option("--snapshot <id>", "with --volume: the snapshot; default: the newest")
    .addOption(
      new Option(
        "--repository <number>",
        "where the backup or the snapshot is; default: 1, the local one",
      ).conflicts("offsite"),
    )
    .option("--undo", "put back what was live before the last restore")
    .option("--discard", "remove what restores have kept")
    .option("--offsite [repository]", "on a host that has nothing of the stack, from elsewhere")
    .option("--new-secrets", "with --offsite: generated secrets may be others than before")
    .option("--ignore-checks", "even if what was restored fails its checks")
    .option(...yes)
    .option("--json", "print the result as JSON on the last line")
    .action((options: AnyRestoreOptions) => run(load, options));
}
