import { Option, type Command } from "commander";
import { onEngine, run, yes, type Load, type EngineOptions, type StackOptions } from "./command.js";

/** Flags of `keelson restore`. */
export interface RestoreFlags {
  readonly at?: string;
  readonly point?: string;
  readonly dump?: string;
  readonly undo?: boolean;
  readonly discard?: boolean;
  /** Number of the repository to restore from; default the local one. */
  readonly repository?: string;
}

/** Options of `keelson restore` for the database. */
export interface RestoreOptions extends StackOptions, RestoreFlags {
  /** Name of a database alongside the live one; with `discard` the one that is removed. */
  readonly into?: string;
  /** With `into`: one that an earlier restore has made is replaced. */
  readonly replace?: boolean;
  /** Lists the databases that `into` has made. */
  readonly list?: boolean;
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
  /** Number of the off-site repository; true: the first. */
  readonly offsite: string | true;
  readonly newSecrets?: boolean;
}

/** All options of `keelson restore`; `--volume` and `--offsite` decide which restore it is. */
export type AnyRestoreOptions = RestoreOptions &
  Partial<Pick<RestoreVolumeOptions, "volume" | "snapshot">> &
  Partial<MoveOptions>;

/** Registers `keelson restore`. */
export function restoreCommand(program: Command, load: Load<[AnyRestoreOptions]>): void {
  onEngine(program, "restore", "restore the database to a point in time, a restore point or a dump")
    .option("--at <time>", "point in time with a time zone: 2026-02-03T04:05:06Z; or latest")
    .option("--point <name>", "a restore point, as made before a migration")
    .option("--dump <file>", "a dump: a file, or a name from `keelson backups`")
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
        "number of the repository with the backup or snapshot; default: 1, the local one",
      ).conflicts("offsite"),
    )
    .option("--undo", "undo the last restore")
    .option("--discard", "remove the data kept by earlier restores")
    .addOption(
      new Option(
        "--into <database>",
        "into a database of that name alongside the live one, which stays as it is; with --discard: remove it",
      ).conflicts(["undo", "volume", "offsite"]),
    )
    .option("--replace", "with --into: replace the database that an earlier restore made")
    .option("--list", "list the databases that --into has made")
    .option("--offsite [repository]", "on an empty host, from an off-site repository")
    .option("--new-secrets", "with --offsite: allow newly generated secrets")
    .option("--ignore-checks", "accept restored data that fail their checks")
    .option(...yes)
    .option("--json", "print the result as JSON on the last line")
    .action((options: AnyRestoreOptions) => run(load, options));
}
