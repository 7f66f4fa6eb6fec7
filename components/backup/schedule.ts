import { longestGap } from "#lib/cron";
import { seconds } from "#lib/duration";
import { backupPaths as paths } from "./paths.js";
import type { BackupSettings } from "./settings.js";

const commands = "/usr/local/bin";

/** A line of a crontab; what hangs is ended, as a failure. */
function line(schedule: string, command: string, timeout: string): string {
  const limit = `timeout --kill-after=60 ${String(seconds(timeout))}`;
  return `${schedule} ${limit} ${commands}/${command}`;
}

/** Parts that are backed up. */
export interface Backed {
  /** Volumes of the app, too, by another container. Default: false. */
  readonly volumes?: boolean;
  /** Dumps alone: the database is external. Default: false. */
  readonly external?: boolean;
}

/** Variables of the backup container: schedules, retention, and the age at which something is too old. */
export function scheduleEnvironment(
  settings: BackupSettings,
  backed: Backed = {},
): Record<string, string> {
  const { timeout } = settings;
  return {
    CRONTAB: [
      line(settings.schedule, "dump", timeout),
      ...(backed.external === true
        ? []
        : [
            line(settings.full, "physical-backup full", timeout),
            line(settings.differential, "physical-backup diff", timeout),
          ]),
      line(settings.verify.schedule, "verify", timeout),
      line("*/15 * * * *", "replace-damaged", timeout),
    ].join("\n"),
    BACKUP_DIR: paths.dumps,
    ...keepEnvironment(settings),
    ...(backed.external === true ? {} : { BASE_WINDOW: String(seconds(settings.window)) }),
    WATCH_MAX_AGE: JSON.stringify(maxAges(settings, backed)),
  };
}

/** Returns the numbers of dumps, or snapshots of volumes, that are kept. */
export function keepEnvironment({ keep }: BackupSettings): Record<string, string> {
  return {
    BACKUP_KEEP_DAILY: String(keep.daily),
    BACKUP_KEEP_WEEKLY: String(keep.weekly),
    BACKUP_KEEP_MONTHLY: String(keep.monthly),
  };
}

/**
 * Variables of the drill container.
 *
 * @param offsite numbers of the repositories to restore from one after another, instead of the local one
 * @param external what is restored is a dump, which is as old as the schedule makes it
 */
export function drillEnvironment(
  settings: BackupSettings,
  {
    offsite,
    external = false,
  }: { readonly offsite?: readonly number[]; readonly external?: boolean } = {},
): Record<string, string> {
  const { drill, timeout } = settings;
  const local = [
    line(drill.latest, "drill latest", timeout),
    line(drill.random, "drill random", timeout),
  ];
  // No two at once: they share the scratch volume.
  const each = (offsite ?? []).map((number) => line("", `drill latest ${String(number)}`, timeout));
  return {
    CRONTAB: (offsite === undefined ? local : [`${drill.offsite}${each.join(";")}`]).join("\n"),
    DRILL_MAX_RPO: String(external ? maxAge([settings.schedule]) : seconds(drill.maxRpo)),
    DRILL_CHECKS: JSON.stringify(drill.checks),
  };
}

/**
 * Returns the highest age of the last good run, in seconds: 26 hours where it runs daily, 8 days where it runs weekly. One that
 * runs once and never again is not judged.
 */
export function maxAges(
  settings: BackupSettings,
  { volumes = false, external = false }: Backed = {},
) {
  const { schedule, full, differential, drill, repositories } = settings;
  const ages = {
    dump: maxAge([schedule]),
    // A full one counts as a differential one.
    ...(external ? {} : { full: maxAge([full]), diff: maxAge([full, differential]) }),
    ...(volumes ? { volumes: maxAge([settings.volumes]) } : {}),
    ...(drill.enabled ? { proof: maxAge([drill.latest, drill.random]) } : {}),
    ...(drill.enabled && repositories.length > 0 ? { offsite: maxAge([drill.offsite]) } : {}),
  };
  return Object.fromEntries(Object.entries(ages).filter(([, age]) => Number.isFinite(age)));
}

function maxAge(schedules: readonly string[]): number {
  const [hour, day] = [3600, 86_400];
  const gap = longestGap(schedules);
  return gap + (gap > day ? day : 2 * hour);
}
