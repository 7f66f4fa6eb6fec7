import type { Command } from "commander";
import { adoptCommand } from "./registrations/adopt.js";
import { alertsCommands } from "./registrations/alerts.js";
import { backupCommands } from "./registrations/backup.js";
import { backupsCommand } from "./registrations/backups.js";
import { buildCommand, openCommand } from "./registrations/build.js";
import { checkCommand } from "./registrations/check.js";
import { checklistCommand } from "./registrations/checklist.js";
import { destroyCommand } from "./registrations/destroy.js";
import { doctorCommand } from "./registrations/doctor.js";
import { drillCommands } from "./registrations/drill.js";
import { followCommand } from "./registrations/follow.js";
import { importCommand } from "./registrations/import.js";
import { envExampleCommand } from "./registrations/env-example.js";
import { initCommand } from "./registrations/init.js";
import { jobsCommands } from "./registrations/jobs.js";
import { loadCommand } from "./registrations/load.js";
import { logsCommand } from "./registrations/logs.js";
import { maintenanceCommand } from "./registrations/maintenance.js";
import { outputsCommand } from "./registrations/outputs.js";
import { migrateCommand } from "./registrations/migrate.js";
import { previewCommand } from "./registrations/preview.js";
import { psqlCommand } from "./registrations/psql.js";
import { releasesCommand } from "./registrations/releases.js";
import { renameCommand } from "./registrations/rename.js";
import { restoreCommand } from "./registrations/restore.js";
import { rollbackCommand } from "./registrations/rollback.js";
import { execCommand, runCommand } from "./registrations/run.js";
import { secretsCommands } from "./registrations/secrets.js";
import { startCommand } from "./registrations/start.js";
import { statusCommand } from "./registrations/status.js";
import { stopCommand } from "./registrations/stop.js";
import { upCommand } from "./registrations/up.js";
import { upgradeKeelsonCommand } from "./registrations/upgrade.js";
import { upgradeCommand } from "./registrations/upgrade-postgres.js";

/** Registers every command, in the order in which help lists them; what runs one is loaded when it runs. */
export function registerCommands(program: Command): void {
  startCommand(program, async () => (await import("./commands/start.js")).start);
  initCommand(program, async () => (await import("./commands/init.js")).init);
  stopCommand(program, async () => (await import("./commands/stop.js")).stop);
  checkCommand(program, async () => (await import("./commands/check.js")).check);
  envExampleCommand(program, async () => (await import("./commands/env-example.js")).envExample);
  checklistCommand(program, async () => (await import("./commands/checklist.js")).checklist);
  previewCommand(program, async () => (await import("./commands/preview.js")).preview);
  upCommand(program, async () => (await import("./commands/up.js")).up);
  followCommand(program, async () => (await import("./commands/follow.js")).follow);
  destroyCommand(program, async () => (await import("./commands/destroy.js")).destroy);
  importCommand(program, async () => (await import("./commands/import.js")).importDump);
  adoptCommand(program, async () => (await import("./commands/adopt.js")).adopt);
  statusCommand(program, async () => (await import("./commands/status.js")).status);
  loadCommand(program, async () => (await import("./commands/load.js")).load);
  logsCommand(program, async () => (await import("./commands/logs.js")).logs);
  runCommand(program, async () => (await import("./commands/run.js")).runCommand);
  execCommand(program, async () => (await import("./commands/exec.js")).execCommand);
  jobsCommands(program, {
    list: async () => (await import("./commands/jobs.js")).jobsList,
    run: async () => (await import("./commands/jobs.js")).jobsRun,
    logs: async () => (await import("./commands/jobs.js")).jobsLogs,
  });
  migrateCommand(program, async () => (await import("./commands/migrate.js")).migrate);
  psqlCommand(program, async () => (await import("./commands/psql.js")).psql);
  releasesCommand(program, async () => (await import("./commands/releases.js")).releases);
  rollbackCommand(program, async () => (await import("./commands/rollback.js")).rollback);
  backupsCommand(program, async () => (await import("./commands/backups.js")).backups);
  backupCommands(program, {
    now: async () => (await import("./commands/backup.js")).backupNow,
    verify: async () => (await import("./commands/backup.js")).backupVerify,
  });
  drillCommands(program, async () => (await import("./commands/drill.js")).drillNow);
  restoreCommand(program, async () => (await import("./commands/restore/any.js")).restoreAny);
  upgradeKeelsonCommand(program, async () => (await import("./commands/upgrade.js")).upgrade);
  upgradeCommand(
    program,
    async () => (await import("./commands/upgrade-postgres.js")).upgradePostgres,
  );
  renameCommand(program, async () => (await import("./commands/rename.js")).rename);
  buildCommand(program, async () => (await import("./commands/build.js")).build);
  openCommand(program, async () => (await import("./commands/open.js")).open);
  secretsCommands(program, {
    list: async () => (await import("./commands/secrets.js")).secretsList,
    show: async () => (await import("./commands/secrets.js")).secretsShow,
    diff: async () => (await import("./commands/secrets/diff.js")).secretsDiff,
    rotate: async () => (await import("./commands/secrets/rotate.js")).secretsRotate,
  });
  outputsCommand(program, async () => (await import("./commands/outputs.js")).outputs);
  maintenanceCommand(program, async () => (await import("./commands/maintenance.js")).maintenance);
  alertsCommands(program, {
    list: async () => (await import("./commands/alerts.js")).alerts,
    silence: async () => (await import("./commands/alerts.js")).silence,
    test: async () => (await import("./commands/alerts/test-alert.js")).testAlert,
  });
  doctorCommand(program, async () => (await import("./commands/doctor.js")).doctor);
}
