import { describe, expect, it } from "vitest";
import { awaitFirstBackup, isWaitedFor } from "#cli/commands/drill/first-backup";
import type { Inventory, Proof } from "#cli/documents/backups";

const proof = { id: "1", proven: false } as Proof;
const started: Inventory = {
  window: { from: null, to: null },
  backups: [],
  dumps: [],
  alerts: [],
  disks: [],
  archive: { waiting: 1, failing: true },
  lastRuns: { dump: null, base: null, verify: null },
  drills: { last: null, lastProven: null },
};
const full = { label: "F", type: "full", endedAt: "", bytes: 1, stored: 1, provenAt: null };
const taken: Inventory = { ...started, backups: [{ repository: 1, ...full }] };
const archived = (to: string | null): Inventory => ({
  ...taken,
  window: { from: "2026-03-01T01:00:00Z", to },
});
const ready = archived("2026-03-01T01:00:50Z");
const offsite = { drills: { ...started.drills, offsite: [{ repository: 2, ...started.drills }] } };

const external: Inventory = { ...started, physical: false };
const dump = { file: "a.dump", createdAt: "", bytes: 1, rows: 0, provenAt: null };
const dumped: Inventory = { ...external, ...offsite, dumps: [{ ...dump, copies: [2] }] };

describe("the first backup", () => {
  it.each<[string, Inventory, number, boolean]>([
    ["that is not taken yet", started, 1, true],
    ["after which no WAL is archived", taken, 1, true],
    ["in whose own WAL the archive ends", archived("2026-03-01T01:00:02Z"), 1, true],
    ["that can be restored", ready, 1, false],
    ["of another repository", { ...ready, ...offsite }, 2, true],
    ["of an external database, which is a dump,", external, 1, true],
    ["of it that was taken", dumped, 1, false],
    ["of it that has a copy elsewhere", dumped, 2, false],
    ["of it that has none", { ...dumped, dumps: [dump] }, 2, true],
    [
      "of it that failed",
      { ...external, lastRuns: { ...started.lastRuns, dump: { error: "x" } } },
      1,
      false,
    ],
    ["that a drill was at", { ...started, drills: { ...started.drills, last: proof } }, 1, false],
    [
      "that failed",
      { ...started, lastRuns: { ...started.lastRuns, base: { error: "x" } } },
      1,
      false,
    ],
  ])("%s is waited for: %s", (_, inventory, repository, waits) => {
    expect(isWaitedFor(inventory, repository)).toBe(waits);
  });

  /** What is said while the container prints one inventory after another. */
  async function waited(answers: readonly (Inventory | string)[], forMs?: number) {
    const said: string[] = [];
    let asked = 0;
    const docker = (args: readonly string[]) => {
      expect(args).toEqual(["exec", "b1", "/usr/local/bin/inventory"]);
      const answer = answers[Math.min(asked, answers.length - 1)];
      asked += 1;
      return Promise.resolve(
        typeof answer === "string"
          ? { code: 1, stdout: "", stderr: answer }
          : { code: 0, stdout: JSON.stringify(answer), stderr: "" },
      );
    };
    const limits = { everyMs: 1, ...(forMs === undefined ? {} : { forMs }) };
    await awaitFirstBackup(docker, "b1", 1, (line) => said.push(line), limits);
    return { said, asked };
  }
  const waiting = "Nothing can be restored yet; waiting for the first backup and the WAL after it.";

  it("is waited for until it can be restored, and that is said once", async () => {
    expect(await waited([started, taken, ready])).toEqual({ said: [waiting], asked: 3 });
  });

  it("is not waited for where there is one, or where nobody says", async () => {
    expect(await waited([ready])).toEqual({ said: [], asked: 1 });
    expect(await waited(["the repository can't be read"])).toEqual({ said: [], asked: 1 });
  });

  it("is waited for no longer than a bound: then the drill says what is missing", async () => {
    expect(await waited([started], 0)).toEqual({ said: [waiting], asked: 2 });
  });
});
