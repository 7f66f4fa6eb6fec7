import { describe, expect, it } from "vitest";
import { ofRelease } from "#cli/commands/logs/of-release";
import type { Release } from "#cli/stack/releases";

const release = (id: string, begin: string) => ({ id, begin }) as Release;
const all = [
  release("v3", "2026-11-30T12:20:00Z"),
  release("v2", "2026-11-30T12:10:00Z"),
  release("v1", "2026-11-30T12:00:00Z"),
];
const made = (created: string, workload = "app") => ({ created, workload });

describe("ofRelease", () => {
  it("takes the containers that were made between its begin and the next one's", () => {
    const is = ofRelease(all, "v2");
    expect(is(made("2026-11-30T12:09:59.999Z"))).toBe(false);
    expect(is(made("2026-11-30T12:10:00.5Z"))).toBe(true);
    expect(is(made("2026-11-30T12:20:00Z"))).toBe(false);
    expect(is(made("2026-11-30T12:15:00Z", "jobs"))).toBe(true);
  });

  it("leaves out what no release makes afresh", () => {
    expect(ofRelease(all, "v1")(made("2026-11-30T12:05:00Z", "postgres"))).toBe(false);
  });

  it("takes all since the newest", () => {
    expect(ofRelease(all, "v3")(made("2027-01-01T00:00:00Z"))).toBe(true);
  });

  it("refuses a release that is not known", () => {
    expect(() => ofRelease(all, "v9")).toThrow("There is no release v9: the newest is v3");
  });
});
