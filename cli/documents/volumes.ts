import { z } from "zod";
import { checks } from "./checks.js";

const plainSnapshot = z.object({
  volume: z.string(),
  id: z.string(),
  at: z.string(),
  files: z.number(),
  bytes: z.number(),
  /** False where some of its files could not be read. */
  complete: z.boolean(),
});

const drilledSnapshot = plainSnapshot.extend({ repository: z.string() });
const snapshot = drilledSnapshot.extend({ provenAt: z.string().nullable() }).readonly();

/** A volume as it was. */
export type VolumeSnapshot = z.infer<typeof snapshot>;

/** Schema of a proof of volumes, or of why it is none, as `drill-volumes` prints it. */
export const volumeProof = z
  .object({
    id: z.string(),
    proven: z.boolean(),
    error: z.string().nullable(),
    endedAt: z.string(),
    rtoSeconds: z.number(),
    snapshots: z.array(drilledSnapshot.readonly()).readonly(),
    checks,
  })
  .readonly();

/** A drill's proof of volumes, or why it is none. */
export type VolumeProof = z.infer<typeof volumeProof>;

const repository = z
  .object({
    /** `1` is the local one. */
    repository: z.string(),
    /** Volumes that are in it, where others are in one of another owner. */
    volumes: z.array(z.string()).readonly().optional(),
    ok: z.boolean(),
    /** Says something only of one that is not ok. */
    message: z.string().nullable(),
    drills: z
      .object({ last: volumeProof.nullable(), lastProven: volumeProof.nullable() })
      .readonly(),
  })
  .readonly();

/** Schema of what `volume-backup inventory` prints. */
export const volumeInventory = z
  .object({
    snapshots: z.array(snapshot).readonly(),
    repositories: z.array(repository).readonly(),
    lastRun: z.object({ error: z.string().nullable() }).readonly().nullable(),
  })
  .readonly();

/** The backups of volumes, and what of them is proven. */
export type VolumeInventory = z.infer<typeof volumeInventory>;

/** Schema of what `restore-volume look` prints. */
export const volumeLook = z
  .object({
    snapshot: plainSnapshot.readonly(),
    /** Files that are there now, and not in the snapshot as they are. */
    since: z.object({ files: z.number(), bytes: z.number() }).readonly(),
    now: z.object({ files: z.number() }).readonly(),
    /** Not null where something is kept of a restore before. */
    before: z.looseObject({}).nullable(),
    /** An exchange was interrupted. */
    swapping: z.boolean(),
    /** Bytes that are free on the disk. */
    free: z.number(),
  })
  .readonly();

/** A snapshot, and what restoring it would change. */
export type VolumeLook = z.infer<typeof volumeLook>;

const foundVolume = z
  .object({ volume: z.string(), snapshot: plainSnapshot.readonly().nullable() })
  .readonly();

/** Schema of what `restore-volume-offsite look` prints. */
export const foundVolumes = z.array(foundVolume).readonly();

/** A volume, and the snapshot that would be restored into it; null where there is none. */
export type FoundVolume = z.infer<typeof foundVolume>;
