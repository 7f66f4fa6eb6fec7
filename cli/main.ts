import { Argument, Command, CommanderError, Option } from "commander";
import { EngineError } from "#engine/index";
import { backupKinds, backupNow, backupVerify } from "./commands/backup.js";
import { backups } from "./commands/backups.js";
import { check } from "./commands/check.js";
import { destroy } from "./commands/destroy.js";
import { doctor } from "./commands/doctor.js";
import { drillNow } from "./commands/drill.js";
import { Failure } from "./io/failure.js";
import { importDump } from "./commands/import.js";
import { maintenance } from "./commands/maintenance.js";
import { outputs } from "./commands/outputs.js";
import { preview } from "./commands/preview.js";
import { releases } from "./commands/releases.js";
import { rename } from "./commands/rename.js";
import { restore } from "./commands/restore.js";
import { restoreVolume } from "./commands/restore/volume.js";
import { rollback } from "./commands/rollback.js";
import type { Say } from "./io/progress.js";
import { restoreOffsite, type MoveOptions } from "./commands/restore/offsite.js";
import { start } from "./commands/start.js";
import { stop } from "./commands/stop.js";
import { up } from "./commands/up.js";
import { upgradePostgres } from "./commands/upgrade-postgres.js";

const say: Say = (line) => {
  console.log(line);
};

const configFile = ["--config-file <file>", "settings of the stack, default Pulumi.<stack>.yaml"];

/** A command on a stack; without `--stack` it is the local one. */
function onStack(program: Command, name: string, description: string): Command {
  const [flags = "", text = ""] = configFile;
  return program
    .command(name)
    .description(description)
    .option("--stack <stack>", "stack to work on", "local")
    .option(flags, text);
}

function onEngine(program: Command, name: string, description: string): Command {
  const engine = new Option("--engine <engine>", "auto: Pulumi's CLI where it can be had");
  return onStack(program, name, description).addOption(engine.choices(["auto", "cli", "embedded"]));
}

function backupCommands(program: Command): void {
  onStack(program, "backups", "list backups, what is proven, and what can be restored")
    .option("--json", "print the list as JSON")
    .option("--metrics", "print the metrics for Prometheus")
    .action((o: Parameters<typeof backups>[0]) => backups(o, say));
  const backup = program.command("backup").description("take backups");
  onStack(backup, "now", "take a backup outside of its schedule")
    .addOption(
      new Option(
        "--type <type>",
        "kind of backup; default: a differential one, and one of the volumes",
      ).choices(backupKinds),
    )
    .action((o: Parameters<typeof backupNow>[0]) => backupNow(o, say));
  onStack(backup, "verify", "read all that is stored, and compare it with its checksums").action(
    (o: Parameters<typeof backupVerify>[0]) => backupVerify(o, say),
  );
  const drill = program.command("drill").description("prove backups");
  onStack(drill, "now", "restore into a scratch server and check it; 0 only if all is there")
    .option("--random", "to any moment of the window, not the newest")
    .option("--at <time>", "to this moment, with its time zone: 2026-02-03T04:05:06Z")
    .option("--offsite [repository]", "from repositories away from the host alone: one, or each")
    .option("--json", "print the proof as JSON")
    .action((o: Parameters<typeof drillNow>[0]) => drillNow(o, say));
  restoreCommand(program);
}

function restoreCommand(program: Command): void {
  type Words = Parameters<typeof restore>[0] &
    Partial<Pick<Parameters<typeof restoreVolume>[0], "volume" | "snapshot">> &
    Partial<MoveOptions>;
  onEngine(program, "restore", "put the data of a moment, a restore point or a dump live")
    .option("--at <time>", "that moment, with its time zone: 2026-02-03T04:05:06Z; or latest")
    .option("--point <name>", "a restore point, as made before a migration")
    .option("--dump <file>", "a dump: a file, or the name of one that keelson backups lists")
    .addOption(
      new Option("--volume <name>", "a volume of the app in place of the database").conflicts([
        ...["at", "point", "dump", "ignoreChecks", "json"],
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
    .option("--yes", "do not ask")
    .option("--json", "print the result as JSON on the last line")
    .action(({ volume, offsite, ...o }: Words) => {
      if (volume !== undefined) return restoreVolume({ ...o, volume }, say);
      if (offsite !== undefined) return restoreOffsite({ ...o, offsite }, say);
      if (o.snapshot === undefined) return restore(o, say);
      throw new Failure("--snapshot goes with --volume.");
    });
}

function upgradeCommand(program: Command): void {
  onEngine(program, "upgrade-postgres", "bring the data to the version that the settings name")
    .option("--rehearse", "do it on what the repository gives back, and say how that went")
    .option("--apply", "do it on the data, in maintenance; those of before are kept")
    .option("--undo", "put the data of before the last upgrade back")
    .option("--without-rehearsal", "apply what no rehearsal has shown to work")
    .option("--yes", "do not ask")
    .option("--json", "print the report as JSON on the last line")
    .action((o: Parameters<typeof upgradePostgres>[0]) => upgradePostgres(o, say));
}

function renameCommand(program: Command): void {
  onEngine(program, "rename", "rename the stack, its app or its database, and keep the data")
    .option("--to <stack>", "new name of the stack")
    .option("--app <name>", "new app.name")
    .option("--database <name>", "new name of the database, with a short maintenance")
    .option("--yes", "do not ask")
    .action((o: Parameters<typeof rename>[0]) => rename(o, say));
}

function keelson(): Command {
  const program = new Command("keelson").description("A web application on your own host.");
  const json = ["--json", "print the result as JSON on the last line"] as const;
  const yes = ["--yes", "do not ask"] as const;
  onEngine(program, "start", "bring up the stack from whatever the machine has")
    .option(...json)
    .action((o: Parameters<typeof start>[0]) => start(o, say));
  onStack(program, "stop", "stop the stack's containers, keep its data")
    .option("--purge", "remove the stack, its data and its state")
    .option(...yes)
    .action((o: Parameters<typeof stop>[0]) => stop(o, say));
  onStack(program, "check", "validate settings and required secrets").action(
    (o: Parameters<typeof check>[0]) => {
      check(o, say);
    },
  );
  onEngine(program, "preview", "show what an up would change")
    .option(...json)
    .action((o: Parameters<typeof preview>[0]) => preview(o, say));
  onEngine(program, "up", "bring the stack to what its settings say")
    .option("--refresh", "read the real resources first")
    .option(...json)
    .action((o: Parameters<typeof up>[0]) => up(o, say));
  onEngine(program, "destroy", "remove the stack, keep its data volumes")
    .option("--destroy-data", "remove the data as well, protected or not")
    .option(
      "--final-backup <folder>",
      "where the last dump goes; default with --destroy-data: here",
    )
    .option("--skip-final-backup", "make no last backup")
    .option(...yes)
    .action((o: Parameters<typeof destroy>[0]) => destroy(o, say));
  onEngine(program, "import", "restore a dump into the stack's database")
    .requiredOption("--dump <file>", "a file of pg_dump -Fc")
    .option("--replace", "put it in the place of what the database holds, which is kept")
    .option("--ignore-checks", "even if what was restored fails its checks")
    .option(...yes)
    .action((o: Parameters<typeof importDump>[0]) => importDump(o, say));
  onStack(program, "releases", "show what went live on the stack, and how that went")
    .option(...json)
    .action((o: Parameters<typeof releases>[0]) => releases(o, say));
  onEngine(program, "rollback", "put an earlier release live again: its image and its settings")
    .option("--to <release>", "the release; default: the last good one before the live one")
    .option("--list", "show the releases that can be gone back to, change nothing")
    .option("--keep-data", "go back over a migration, with the data as they are")
    .option("--with-data", "go back over a migration, with the data of before it")
    .option(...yes)
    .option(...json)
    .action((o: Parameters<typeof rollback>[0]) => rollback(o, say));
  backupCommands(program);
  upgradeCommand(program);
  renameCommand(program);
  onEngine(program, "outputs", "show the stack's outputs")
    .option(...json)
    .option("--show-secrets", "show secret values too")
    .action((o: Parameters<typeof outputs>[0]) => outputs(o, say));
  onStack(program, "maintenance", "turn all but a few away for a while, or say whether they are")
    .addArgument(new Argument("<action>").choices(["on", "off", "status"]))
    .option("--retry-after <duration>", "when clients are told to come back, such as 10m")
    .option("--allow <address...>", "addresses or ranges that get the app all the same")
    .option(...json)
    .action((action: "on" | "off" | "status", o: Parameters<typeof maintenance>[1]) =>
      maintenance(action, o, say),
    );
  onEngine(program, "doctor", "say what of the machine is missing or wrong").action(
    (o: Parameters<typeof doctor>[0]) => doctor(o, say),
  );
  return program;
}

try {
  await keelson().parseAsync();
} catch (error) {
  // These messages are complete; anything else is a fault of ours, and its stack trace is wanted.
  if (error instanceof Failure || error instanceof EngineError) console.error(error.message);
  else if (!(error instanceof CommanderError)) console.error(error);
  process.exitCode = 1;
}
