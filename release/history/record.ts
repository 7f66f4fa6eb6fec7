import { z } from "zod";
import { countersSchema, countsSchema } from "./counters.js";

/** Schema of the note of a release's migration. */
const migrationNote = z.object({
  ran: z.boolean(),
  backwardCompatible: z.boolean(),
  restorePoint: z.string().nullish(),
  /** File on the volume of the dumps that was written before it. */
  dump: z.string().nullish(),
});
export type MigrationNote = z.output<typeof migrationNote>;

/** Schema of the observations of a watch over a release that had taken the traffic. */
const watchNote = z.object({
  seconds: z.number(),
  requests: z.number(),
  errors: z.number(),
  /** Share of errors (5xx) among the answers of the version before, just before the switch; null where it had none. */
  errorShareBefore: z.number().nullable(),
  /** Answers that were slow; undefined where the settings have no limit of latency. */
  slow: z.number().optional(),
});
export type WatchNote = z.output<typeof watchNote>;

/** Schema of the content by which releases of an app differ. */
const content = z.looseObject({
  image: z.string(),
  /** The tag that the image was resolved from. */
  tag: z.string().optional(),
  version: z.string(),
  gitSha: z.string(),
  /** The app's settings, whole; what is sealed in them stays so. */
  settings: z.record(z.string(), z.unknown()),
});

/** A release as the proxy's volume keeps it: `releases/v<n>.json`. */
export const releaseRecord = z.looseObject({
  id: z.string().regex(/^v\d+$/),
  begin: z.string(),
  /** Time at which it took the traffic. */
  switched: z.string().nullable(),
  end: z.string().nullable(),
  result: z.enum(["running", "live", "failed", "rolled-back"]),
  reason: z.string().nullable(),
  who: z.string(),
  /** `<process>@<host>` that it runs in. */
  by: z.string(),
  /** The release that it rolls back to. */
  backTo: z.string().nullable(),
  migration: migrationNote.nullable(),
  watch: watchNote.nullish(),
  imageId: z.string().nullable(),
  counters: countersSchema.nullable(),
  counted: countsSchema,
  content,
  /** Its image was removed from the host. */
  pruned: z.boolean().optional(),
  /** Its image came to the host by Keelson: built or pulled. */
  fetched: z.boolean().optional(),
  /** Images of its services' own that came to the host by Keelson, and are there. */
  serviceImages: z.array(z.string()).optional(),
});
type Read = z.output<typeof releaseRecord>;
/** A record; fields that a later version may have added are kept, unknown. */
export type ReleaseRecord = { [Key in keyof Read as string extends Key ? never : Key]: Read[Key] };

/** The number of a record: they count up. */
export function numberOf({ id }: Pick<ReleaseRecord, "id">): number {
  return Number(id.slice(1));
}

/** A record as it is written, with its keys in an order of their own. */
export function recordIn(line: string): ReleaseRecord {
  return releaseRecord.parse(JSON.parse(line));
}
