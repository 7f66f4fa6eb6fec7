import { secretsDirectory } from "#lib/platform";
import type { BackupSettings } from "./settings.js";

/** The watchers outside: which setting names the secret with a URL, and which file the backup container has it in. */
export const heartbeats: readonly {
  readonly path: string;
  readonly file: string;
  readonly of: (backup: BackupSettings) => string | undefined;
}[] = [
  {
    path: "backup.heartbeatSecret",
    file: "HEARTBEAT_URL",
    of: (backup) => backup.heartbeatSecret,
  },
  {
    path: "backup.drill.heartbeatSecret",
    file: "DRILL_HEARTBEAT_URL",
    of: ({ drill }) => (drill.enabled ? drill.heartbeatSecret : undefined),
  },
  {
    path: "backup.verify.heartbeatSecret",
    file: "VERIFY_HEARTBEAT_URL",
    of: ({ verify }) => verify.heartbeatSecret,
  },
  {
    path: "backup.watch.heartbeatSecret",
    file: "WATCH_HEARTBEAT_URL",
    of: ({ watch }) => watch.heartbeatSecret,
  },
];

/** Returns the variables that name the files of heartbeats: `<file>_FILE` for each that exists. */
export function heartbeatEnvironment(files: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(
    Object.keys(files).map((file) => [`${file}_FILE`, `${secretsDirectory}/${file}`]),
  );
}
