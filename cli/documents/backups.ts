import { z } from "zod";
import { checks } from "./checks.js";

/** Schema of a drill's proof, or of why it is none, as `drill` prints it. */
export const proof = z
  .object({
    id: z.string(),
    kind: z.string(),
    /** Number of the repository that it was restored from. */
    repository: z.number().optional(),
    proven: z.boolean(),
    error: z.string().nullable(),
    endedAt: z.string(),
    target: z.string().optional(),
    backup: z.string().optional(),
    dump: z.string().optional(),
    rpoSeconds: z.number().optional(),
    rtoSeconds: z.number().optional(),
    bytes: z.number().optional(),
    checks,
  })
  .readonly();

/** A drill's proof, or why it is none. */
export type Proof = z.infer<typeof proof>;

const recentProof = z
  .object({
    id: z.string(),
    kind: z.string(),
    proven: z.boolean(),
    endedAt: z.string(),
    error: z.string().nullish(),
    rpoSeconds: z.number().nullish(),
    rtoSeconds: z.number().nullish(),
  })
  .readonly();

/** A drill in a list of many. */
export type RecentProof = z.infer<typeof recentProof>;

const drills = z.object({ last: proof.nullable(), lastProven: proof.nullable() });

/** The drills of one repository. */
export type Drills = Readonly<z.infer<typeof drills>>;

const run = z.object({ error: z.string().nullish() }).readonly().nullable();

/** Schema of what `inventory` of the backup image prints. */
export const inventory = z
  .object({
    /** Any point in time within it can be restored; null where there is none yet. */
    window: z.object({ from: z.string().nullable(), to: z.string().nullable() }).readonly(),
    backups: list({
      repository: z.number(),
      label: z.string(),
      type: z.string(),
      endedAt: z.string(),
      bytes: z.number(),
      stored: z.number(),
      /** Time of the drill that restored it; null where none did. */
      provenAt: z.string().nullable(),
    }),
    dumps: list({
      file: z.string(),
      createdAt: z.string(),
      bytes: z.number(),
      rows: z.number(),
      provenAt: z.string().nullable(),
      /** Off-site repositories with a copy of it; only of an external database. */
      copies: z.array(z.number()).readonly().optional(),
    }),
    /** Dumps of further databases; `file` as `keelson restore --dump` takes it. Without them a container may not tell. */
    further: list({
      database: z.string(),
      file: z.string(),
      createdAt: z.string(),
      bytes: z.number(),
      rows: z.number(),
    }).optional(),
    /** False of an external database, which has dumps alone; a container of an older version does not tell. */
    physical: z.boolean().optional(),
    archive: z
      .object({
        lastArchivedAt: z.string().nullish(),
        failing: z.boolean().optional(),
        waiting: z.number(),
        /** The reason why WAL does not reach an off-site repository; null where it does, or it is not known. */
        reason: z.string().nullish(),
        error: z.string().optional(),
      })
      .readonly(),
    /** 1 is the local one; a message only says something of one that is not ok. */
    repositories: list({ number: z.number(), ok: z.boolean(), message: z.string() }).optional(),
    lastRuns: z.object({ dump: run, base: run, verify: run }).readonly(),
    /** Problems, by the names that Prometheus' rules have. */
    alerts: list({ alert: z.string(), text: z.string() }),
    /** The disks that the volumes are on, in bytes. */
    disks: list({ name: z.string(), size: z.number(), free: z.number() }),
    drills: drills
      .extend({
        offsite: z
          .array(drills.extend({ repository: z.number() }).readonly())
          .readonly()
          .optional(),
        /** Those of the last 30 days, the oldest first; a container of an older version does not tell. */
        recent: z.array(recentProof).readonly().optional(),
      })
      .readonly(),
  })
  .readonly();

/** The backups of a database, and what of them is proven. */
export type Inventory = z.infer<typeof inventory>;

/** Schema of `status.json`, in which `dump` says how its last run went. */
export const dumpStatus = z.object({ file: z.string() });

function list<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.array(z.object(shape).readonly()).readonly();
}
