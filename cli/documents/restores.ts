import { z } from "zod";
import { checks, rows } from "./checks.js";

const retained = z
  .object({
    /** `YYYYMMDDhhmmss`, UTC. */
    id: z.string(),
    /** Of a foreign one it is unknown. */
    kind: z.enum(["at", "point", "dump"]).optional(),
    /** Of what is called like a restore, and is none, it is `foreign`; a copy that follows an old server is `adopting`. */
    phase: z.enum(["restoring", "ready", "adopting", "swapping", "done", "foreign"]),
    /** The target of the request: a time, a restore point, a dump. */
    asked: z.string().optional(),
    swappedAt: z.string().optional(),
    /** Of a restore of the whole server: what it restored is live, and what was live before is kept. */
    restoredIsLive: z.boolean().optional(),
    /** Of a restore of a dump: what is kept. */
    keeps: z.enum(["before", "restored"]).optional(),
    /** It is, or was, a copy that follows an old server. */
    adopting: z.boolean().optional(),
    /** Fingerprint of the old database's schema when the copy was begun. */
    schema: z.string().optional(),
    /** Maintenance was on before the swap began. */
    maintenance: z.boolean().optional(),
    bytes: z.number(),
    path: z.string().optional(),
    /** `repository`: number of the one that it was restored from. */
    facts: z.object({ repository: z.number().optional() }).readonly().optional(),
  })
  .readonly();

/** A restore that left something. */
export type RetainedRestore = z.infer<typeof retained>;

/** Schema of what `restore list` and `restore-dump list` print. */
export const retainedRestores = z.array(retained).readonly();

/** Schema of what `prepare`, `undo` and `check` print. */
export const prepared = z
  .object({
    id: z.string(),
    database: z.string(),
    target: z.string().optional(),
    at: z.string().optional(),
    backup: z.string().optional(),
    /** Number of the repository that it was restored from; 1 is the one on the host. */
    repository: z.number().optional(),
    rows,
    /** Null where the live server, or its database, is gone. */
    liveRows: rows.nullable(),
    liveXid: z.number().optional(),
    restoredXid: z.number().optional(),
    /** Rows of the live database that were written since, by table; null or none where that is unknown. */
    written: rows.nullish(),
    /** False where the live server is gone: roles keep the passwords from the backup. */
    roles: z.boolean().optional(),
    /** False where the newest WAL could not be archived. */
    archived: z.boolean().optional(),
    checks,
  })
  .readonly();

/** Data that were restored alongside the live ones, and checked. */
export type Prepared = z.infer<typeof prepared>;

/** Schema of what `restore count` prints. */
export const counted = z.object({ rows, written: rows.nullish() }).readonly();

/** Schema of what `restore-dump count` prints: the live database, and the major version of its server. */
export const liveDatabase = z.object({ rows, major: z.number() }).readonly();

/** Schema of what `restore-dump create` prints. */
export const createdDatabase = z.object({ database: z.string(), owner: z.string() }).readonly();

/** A database that was made for a restore; `owner` owns what is made in it. */
export type CreatedDatabase = z.infer<typeof createdDatabase>;

const namedDatabase = z
  .object({
    database: z.string(),
    /** The dump, time or restore point that was restored. */
    asked: z.string(),
    createdAt: z.string(),
    bytes: z.number(),
  })
  .readonly();

/** Schema of what `restore-dump named` prints. */
export const namedDatabases = z.array(namedDatabase).readonly();

/** A database that was restored under a name of its own. */
export type NamedDatabase = z.infer<typeof namedDatabase>;
