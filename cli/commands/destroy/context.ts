import type { Settings } from "#config";
import type { Docker } from "#lib/docker";

/** A stack that is about to be destroyed. */
export interface FinalBackupContext {
  readonly docker: Docker;
  readonly settings: Settings;
  readonly stack: string;
  /** The volumes of data and backups are to be removed. */
  readonly withData: boolean;
  /** Folder on this machine that gets the dump, absolute; undefined: it stays on the volume of the dumps. */
  readonly folder: string | undefined;
}
