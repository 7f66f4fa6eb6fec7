import type { Settings } from "#config";
import type { Docker } from "#lib/docker";

/** A stack on its host. */
export interface Stack {
  readonly docker: Docker;
  readonly settings: Settings;
  readonly stack: string;
}
