import { z } from "zod";
import { readDocument } from "../../documents/read.js";
import type { OldServer } from "./old-server.js";
import { factsSql } from "./facts-sql.js";
import { Failure } from "../../io/failure.js";

const table = z
  .object({
    /** Schema and name, quoted where SQL wants it. */
    name: z.string(),
    bytes: z.number(),
    /** Replica identity: `d` the primary key, `i` an index, `f` the whole row, `n` none. */
    identity: z.enum(["d", "i", "f", "n"]),
    hasKey: z.boolean(),
    /** A column of a type that can't be compared, such as `json`: no row is found by such a row as a whole. */
    incomparable: z.boolean(),
    unlogged: z.boolean(),
    owned: z.boolean(),
    readable: z.boolean(),
    /** Its policies hold for its owner too. */
    forcedPolicies: z.boolean(),
  })
  .readonly();

/** A table of the old database that holds rows of its own: a partitioned one is there by its partitions. */
export type SourceTable = z.infer<typeof table>;

const facts = z
  .object({
    /** As in `server_version_num`: 160004. */
    version: z.number(),
    encoding: z.string(),
    collation: z.string(),
    bytes: z.number(),
    superuser: z.boolean(),
    mayReplicate: z.boolean(),
    mayCreate: z.boolean(),
    ownsDatabase: z.boolean(),
    standby: z.boolean(),
    /** Writes are paused in it, by `pause`. */
    paused: z.boolean(),
    walLevel: z.string(),
    slots: z.object({ used: z.number(), max: z.number() }).readonly(),
    senders: z.object({ used: z.number(), max: z.number() }).readonly(),
    /** Limit on what a slot keeps, in MiB; -1: none. */
    slotKeepsMiB: z.number(),
    largeObjects: z.number(),
    prepared: z.number(),
    /** Roles with sessions in the database that this one may not end. */
    othersSessions: z.array(z.string()).readonly(),
    /** Seconds for which the oldest transaction has been open. */
    oldestTransaction: z.number(),
    extensions: z.array(z.string()).readonly(),
    /** Collations of columns, but for those that every server has. */
    collations: z.array(z.string()).readonly(),
    /** Triggers that fire on replication, too, as `trigger on table`. */
    alwaysTriggers: z.array(z.string()).readonly(),
    /** Tables of extensions in which an app keeps rows, such as `cron.job`. */
    extensionTables: z.array(z.string()).readonly(),
    foreignTables: z.array(z.string()).readonly(),
    eventTriggers: z.array(z.string()).readonly(),
    sequences: z.array(z.object({ name: z.string(), readable: z.boolean() }).readonly()).readonly(),
    tables: z.array(table).readonly(),
    /** Another one when tables, columns, keys or sequences are. */
    schema: z.string(),
  })
  .readonly();

/** Facts of a database that are asked for before it is adopted. */
export type SourceFacts = z.infer<typeof facts>;

/** Oldest major version whose checksums and connections are the same as of ours. */
const oldest = 12;

/** Asks the old server. @throws Failure where it does not answer, or is too old to be asked */
export async function factsOf(old: OldServer): Promise<SourceFacts> {
  const version = Number(await old.sql("SHOW server_version_num"));
  if (!(version >= oldest * 10000)) {
    throw new Failure(
      `--from: the old server is PostgreSQL ${String(Math.floor(version / 10000))}, and ${String(oldest)} is the oldest that is adopted; dump it with pg_dump, stop its app, and import that: keelson import --dump <file>.`,
    );
  }
  return readDocument(facts, await old.sql(factsSql), "the old database");
}

/** Schema of what a database of ours answers to `targetSql`. */
export const targetFacts = z
  .object({
    version: z.number(),
    encoding: z.string(),
    collation: z.string(),
    workers: z.number(),
    available: z.array(z.object({ name: z.string(), trusted: z.boolean() }).readonly()).readonly(),
    collations: z.array(z.string()).readonly(),
  })
  .readonly();

/** Facts of the stack's server. */
export type TargetFacts = z.infer<typeof targetFacts>;
