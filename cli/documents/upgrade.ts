import { z } from "zod";
import { checks } from "./checks.js";

const extension = z
  .object({ database: z.string(), name: z.string(), from: z.string(), to: z.string() })
  .readonly();

/** Schema of what the script `upgrade` of the upgrade image prints. */
export const upgradeReport = z
  .object({
    id: z.string(),
    kind: z.enum(["rehearse", "apply", "undo"]),
    ok: z.boolean(),
    error: z.string().nullable(),
    from: z.number(),
    to: z.number(),
    /** The image that did it. */
    image: z.string(),
    startedAt: z.string(),
    endedAt: z.string(),
    seconds: z.number(),
    oldVersion: z.string().optional(),
    newVersion: z.string().optional(),
    /** Size of the databases. */
    bytes: z.number().optional(),
    /** Indexes that were rebuilt because of their collation. */
    reindexed: z.number().optional(),
    extensions: z.array(extension).readonly().optional(),
    /** Name of the folder, in the data volume, of the data that were replaced. */
    kept: z.string().optional(),
    /** Seconds that each step took. */
    steps: z.record(z.string(), z.number()).readonly(),
    checks,
  })
  .readonly();

/** Schema of the reports on the volume of proofs. */
export const upgradeReports = z.array(upgradeReport).readonly();

/** The report of an upgrade, or of its rehearsal. */
export type UpgradeReport = z.infer<typeof upgradeReport>;
