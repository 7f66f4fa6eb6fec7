import { recordIn, type ReleaseRecord } from "#release/history/record";

/** A record of a release that is live, of an image with the same version; but for what is said of it. */
export function recordOf(
  id: string,
  image: string,
  more: Partial<ReleaseRecord> = {},
): ReleaseRecord {
  const content = { image, version: image, gitSha: "abc", settings: { image } };
  const record = {
    id,
    begin: "2026-11-29T20:00:00.000Z",
    switched: null,
    end: null,
    result: "live",
    reason: null,
    who: "eve",
    by: "1@host",
    backTo: null,
    migration: null,
    imageId: null,
    counters: null,
    counted: { requests: 0, failed: 0, errors: 0 },
    content,
  };
  return recordIn(JSON.stringify({ ...record, ...more }));
}
