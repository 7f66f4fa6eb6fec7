import { proxyNotes } from "#components/proxy/notes";
import { problem } from "#lib/settings";
import { servedPage } from "./private-paths.js";
import type { Settings } from "./settings.js";

/** Returns notes on settings that are right: the limits of these settings, a line each. */
export function settingsNotes(settings: Settings): string[] {
  const byAddress = servedPage(settings)?.allow === undefined ? [] : ["monitoring.page"];
  return [...backupNotes(settings), ...proxyNotes(settings.proxy, byAddress)];
}

function backupNotes({ database, backup }: Settings): string[] {
  if (database.externalUrlSecret === undefined) return [];
  return [
    backup.enabled
      ? problem(
          "backup",
          "of an external database there are dumps alone, as old as backup.schedule makes them",
          "see to physical backups and points in time where the database is",
        )
      : problem(
          "backup.enabled",
          "is false, so nothing here is backed up, and nothing proves that the external database can be restored",
          "set it to true for dumps and drills",
        ),
  ];
}
