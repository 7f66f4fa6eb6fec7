import type { Release } from "#cli/stack/releases";

/** A release of a history, live and unremarkable but for what is said of it. */
export function release(id: string, more: Partial<Release> = {}): Release {
  return {
    id,
    result: "superseded",
    reason: null,
    who: "eve",
    by: "1@host",
    backTo: null,
    begin: "2026-11-21T09:10:11.500Z",
    switched: null,
    end: null,
    seconds: 12.34,
    image: `shop:${id}`,
    imageId: null,
    version: id,
    gitSha: "abc1234def567",
    requests: 10,
    failed: 0,
    errors: 0,
    migration: null,
    settings: { image: `shop:${id}` },
    wasLive: true,
    previous: false,
    ...more,
  };
}
