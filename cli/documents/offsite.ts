import { z } from "zod";
import { checks, rows } from "./checks.js";

const found = z.object({
  windowFrom: z.string(),
  windowTo: z.string(),
  target: z.string(),
  /** Time of the newest commit in the archive. */
  newest: z.string(),
  /** Seconds since the newest commit. */
  age: z.number(),
  backup: z.string(),
  /** Size of the server's files. */
  bytes: z.number(),
});

/** Schema of what `restore-offsite look` prints. */
export const offsiteFound = found.readonly();

/** The backup that would be restored from an off-site repository. */
export type OffsiteFound = z.infer<typeof offsiteFound>;

/** Schema of what `restore-offsite restore` prints. */
export const offsiteRestored = found.extend({ rows, checks }).readonly();

/** The database that was restored from an off-site repository, and its checks. */
export type OffsiteRestored = z.infer<typeof offsiteRestored>;
