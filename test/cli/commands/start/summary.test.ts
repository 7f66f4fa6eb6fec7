import { describe, expect, it } from "vitest";
import { plain, startJson, startTable, type Started } from "#cli/commands/start/summary";

const started: Started = {
  outputs: {
    url: { value: "http://localhost:8080", secret: false },
    version: { value: "1.2.3", secret: false },
    database: { value: "sample_local", secret: false },
    migratorUrl: { value: "postgres://m:p@postgres/x", secret: true },
  },
  engine: "embedded",
  changes: { create: 12, update: 1, replace: 2, delete: 1, same: 5 },
  engineSeconds: 31.04,
  seconds: 40.26,
};

describe("startTable", () => {
  it("shows what a newcomer needs, a dash for what is not there", () => {
    expect(startTable(started)).toEqual([
      "  URL        http://localhost:8080",
      "  Version    1.2.3",
      "  Database   sample_local",
      "  Backups    -",
      "  Engine     embedded",
      "  Resources  12 created, 4 changed, 5 same",
      "  Time       40.3 s (engine 31.0 s)",
    ]);
  });
});

describe("startJson", () => {
  it("is one line with the promised keys", () => {
    expect(startJson(started)).toBe(
      '{"url":"http://localhost:8080","version":"1.2.3","engine":"embedded","created":12,"changed":4,"same":5,"seconds":40.3}',
    );
  });
});

describe("plain", () => {
  it("never gives a secret away", () => {
    expect(plain(started.outputs, "migratorUrl")).toBeUndefined();
  });
});
