import { describe, expect, it } from "vitest";
import type { Answers } from "#release/watch/answers";
import { errorShare, sumOf, worse } from "#release/watch/judge";

const limits = { minRequests: 20, maxErrorShare: 0.05 };

/** Answers of several clients with the same share of errors each, unless there is one alone. */
function answers(
  part: string,
  requests: number,
  { errors = 0, refused = 0, slow = 0, clients = 2 } = {},
): Answers[] {
  return Array.from({ length: clients }, (_, index) => ({
    part,
    client: `10.0.0.${String(index + 1)}`,
    requests: requests / clients,
    errors: errors / clients,
    refused: refused / clients,
    slow: slow / clients,
  }));
}

describe("worse", () => {
  it.each<[string, Answers[], Answers[]]>([
    ["nothing but good answers", answers("/", 100), answers("/", 100)],
    ["no answers at all", [], []],
    ["8 % errors, as it was", answers("/", 100, { errors: 8 }), answers("/", 100, { errors: 8 })],
    [
      "a share that is greater by no more than is allowed",
      answers("/", 100, { errors: 8 }),
      answers("/", 200, { errors: 26 }),
    ],
    [
      "fewer errors than before",
      answers("/", 100, { errors: 60 }),
      answers("/", 100, { errors: 40 }),
    ],
    ["too few answers to count", answers("/", 100), answers("/", 18, { errors: 18 })],
    [
      "errors of one client of several",
      answers("/", 100),
      [
        { part: "/", client: "10.0.0.1", requests: 60, errors: 60, refused: 0, slow: 0 },
        { part: "/", client: "10.0.0.2", requests: 40, errors: 0, refused: 0, slow: 0 },
      ],
    ],
    [
      "refusals where there were some before",
      answers("/api", 100, { refused: 40 }),
      answers("/api", 100, { refused: 100 }),
    ],
    [
      "refusals of a part that nobody asked before",
      answers("/", 100),
      answers("/new", 100, { refused: 100 }),
    ],
    [
      "refusals of less than nearly all",
      answers("/api", 100),
      answers("/api", 100, { refused: 80 }),
    ],
    [
      "refusals of one client of several",
      answers("/api", 100),
      [
        { part: "/api", client: "10.0.0.1", requests: 190, errors: 0, refused: 190, slow: 0 },
        { part: "/api", client: "10.0.0.2", requests: 10, errors: 0, refused: 0, slow: 0 },
      ],
    ],
  ])("is not: %s", (_what, before, now) => {
    expect(worse(before, now, limits)).toBeUndefined();
  });

  it.each<[string, Answers[], Answers[], string]>([
    [
      "errors where there were none",
      answers("/", 100),
      answers("/", 20, { errors: 2 }),
      "2 of 20 answers were errors (5xx); before the switch 0 of 100 answers",
    ],
    [
      "more than it was, by more than is allowed",
      answers("/", 100, { errors: 8 }),
      answers("/", 100, { errors: 14 }),
      "14 of 100 answers were errors (5xx); before the switch 8 of 100 answers",
    ],
    [
      "errors with nothing to compare with",
      [],
      answers("/", 20, { errors: 20 }),
      "20 of 20 answers were errors (5xx); before the switch 0 of 0 answers",
    ],
    [
      "errors of one client that is all clients",
      answers("/", 100),
      answers("/", 20, { errors: 10, clients: 1 }),
      "10 of 20 answers were errors (5xx); before the switch 0 of 100 answers",
    ],
    [
      "one part alone, in a site that is asked much more elsewhere",
      [...answers("/", 1000), ...answers("/pay", 40)],
      [...answers("/", 1000), ...answers("/pay", 40, { errors: 30 })],
      "30 of 40 answers below /pay were errors (5xx); before the switch 0 of 40 answers",
    ],
    [
      "a part that turned from 200 to 400",
      [...answers("/", 1000), ...answers("/api", 100, { refused: 2 })],
      [...answers("/", 1000), ...answers("/api", 50, { refused: 50 })],
      "50 of 50 answers below /api were refused (4xx); before the switch 2 of 100 answers",
    ],
  ])("is: %s", (_what, before, now, expected) => {
    expect(worse(before, now, limits)).toBe(expected);
  });

  it("follows the limits of the settings", () => {
    const [before, now] = [answers("/", 100), answers("/", 10, { errors: 4 })];
    expect(worse(before, now, { minRequests: 10, maxErrorShare: 0.5 })).toBeUndefined();
    expect(worse(before, now, { minRequests: 10, maxErrorShare: 0.3 })).toContain(
      "4 of 10 answers",
    );
  });
});

describe("worse, in how long answers take", () => {
  const latency = { seconds: 0.5, maxShare: 0.1 };

  it("is not judged where the settings have no limit", () => {
    const [before, now] = [answers("/", 100), answers("/", 100, { slow: 100 })];
    expect(worse(before, now, limits)).toBeUndefined();
  });

  it.each<[string, Answers[], Answers[]]>([
    ["as slow as before", answers("/", 100, { slow: 40 }), answers("/", 100, { slow: 50 })],
    ["too few answers to count", answers("/", 100), answers("/", 18, { slow: 18 })],
    [
      "one client of several, whose way is slow",
      answers("/", 100),
      [
        { part: "/", client: "10.0.0.1", requests: 60, errors: 0, refused: 0, slow: 60 },
        { part: "/", client: "10.0.0.2", requests: 40, errors: 0, refused: 0, slow: 0 },
      ],
    ],
  ])("is not: %s", (_what, before, now) => {
    expect(worse(before, now, { ...limits, latency })).toBeUndefined();
  });

  it("is by part of the site, and says the limit and what was before", () => {
    const before = [...answers("/", 1000, { slow: 10 }), ...answers("/api", 100, { slow: 4 })];
    const now = [...answers("/", 1000, { slow: 10 }), ...answers("/api", 100, { slow: 16 })];
    expect(worse(before, now, { ...limits, latency })).toBe(
      "16 of 100 answers below /api were slow (over 0.5 s); before the switch 4 of 100 answers",
    );
  });

  it("comes after errors, which say more", () => {
    const now = answers("/", 100, { slow: 100, errors: 50 });
    expect(worse(answers("/", 100), now, { ...limits, latency })).toContain("errors (5xx)");
  });
});

describe("sums", () => {
  const some = [...answers("/a", 10, { errors: 2 }), ...answers("/b", 20, { refused: 4 })];

  it("are of one part, or of all", () => {
    expect(sumOf(some, "/a")).toEqual({ requests: 10, errors: 2, refused: 0, slow: 0 });
    expect(sumOf(some, undefined)).toEqual({ requests: 30, errors: 2, refused: 4, slow: 0 });
  });

  it("have a share of errors, unless nobody asked", () => {
    expect([errorShare(answers("/a", 10, { errors: 2 })), errorShare([])]).toEqual([0.2, null]);
  });
});
