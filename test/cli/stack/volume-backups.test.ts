import { describe, expect, it } from "vitest";
import type { VolumeInventory, VolumeLook } from "#cli/documents/volumes";
import { announcement } from "#cli/commands/restore/volume";
import {
  joined,
  joinedProofs,
  markedVolumes,
  volumeLines,
  volumeProofLines,
} from "#cli/stack/volume-backups";
import { settingsFrom } from "#config";

const snapshot = {
  volume: "uploads",
  repository: "1",
  id: "0b56e0208ce682ae",
  at: "2026-11-21T02:30:00Z",
  files: 12,
  bytes: 3_400_000,
  complete: true,
};
const proof = {
  id: "20261121T030000Z-1",
  endedAt: "2026-11-21T03:00:01Z",
  rtoSeconds: 1.5,
  snapshots: [snapshot],
};
const green = { ...proof, proven: true, error: null, checks: [] };
const red = {
  ...proof,
  proven: false,
  error: "uploads: it can't be restored",
  checks: [
    { name: "repository", ok: true, detail: "found nothing" },
    { name: "uploads", ok: false, detail: "it can't be restored" },
  ],
};
const inventory: VolumeInventory = {
  snapshots: [{ ...snapshot, provenAt: "2026-11-21T03:00:01Z" }],
  repositories: [
    { repository: "1", ok: true, message: null, drills: { last: green, lastProven: green } },
    { repository: "2", ok: true, message: null, drills: { last: null, lastProven: null } },
  ],
  lastRun: { error: null },
};

describe("markedVolumes", () => {
  it("are those that say so", () => {
    const volumes = [
      { name: "uploads", path: "/a", backup: true },
      { name: "cache", path: "/b" },
    ];
    const app = { name: "shop", image: "shop:1.0", volumes };
    expect(markedVolumes(settingsFrom({ environment: "local", app }))).toEqual(["uploads"]);
  });
});

describe("volumeLines", () => {
  it("say what there is, and that it is proven", () => {
    expect(volumeLines(inventory)).toEqual([
      "Volumes: proven: 2026-11-21T03:00:01Z, RTO 1.5 s.",
      "Volumes, repository 2: nothing is proven: no drill has run yet.",
      "  volume  uploads  0b56e020  repository 1  2026-11-21T02:30:00Z  12 files  3.4 MB  proven 2026-11-21T03:00:01Z",
    ]);
  });

  it("say what is wrong", () => {
    const lines = volumeLines({
      snapshots: [{ ...snapshot, complete: false, provenAt: null }],
      repositories: [
        {
          repository: "2",
          ok: false,
          message: "connection refused",
          drills: { last: red, lastProven: null },
        },
      ],
      lastRun: { error: "repository 2 can't be used" },
    });
    expect(lines).toEqual([
      "Volumes, repository 2: NOT proven: the last drill, 2026-11-21T03:00:01Z: uploads: it can't be restored",
      "Failed: the last backup of volumes: repository 2 can't be used",
      "Failing: repository 2 of the volumes: connection refused",
      expect.stringMatching(/ INCOMPLETE$/),
    ]);
  });
});

describe("volumeProofLines", () => {
  it("name what failed", () => {
    expect(volumeProofLines(red)).toEqual([
      "Volumes: NOT proven: uploads: it can't be restored",
      "  ok      repository  found nothing",
      "  FAILED  uploads     it can't be restored",
      "RTO 1.5 s.",
    ]);
  });
});

describe("several owners", () => {
  const queue = { ...snapshot, volume: "redis-jobs", provenAt: null };
  const drills = { last: red, lastProven: null };

  it("are one list, which says whose a repository is", () => {
    const names = (volumes: string[], { repositories, ...rest }: VolumeInventory) => ({
      ...rest,
      repositories: repositories.map((each) => ({ ...each, volumes })),
    });
    const lines = volumeLines(
      joined([
        names(["uploads"], inventory),
        names(["redis-jobs"], {
          snapshots: [queue],
          repositories: [{ repository: "1", ok: false, message: "no", drills }],
          lastRun: { error: "redis-jobs could not be copied" },
        }),
      ]),
    );
    expect(lines).toEqual([
      "Volumes uploads: proven: 2026-11-21T03:00:01Z, RTO 1.5 s.",
      "Volumes uploads, repository 2: nothing is proven: no drill has run yet.",
      "Volumes redis-jobs: NOT proven: the last drill, 2026-11-21T03:00:01Z: uploads: it can't be restored",
      "Failed: the last backup of volumes: redis-jobs could not be copied",
      "Failing: repository 1 of the volumes redis-jobs: no",
      expect.stringMatching(/^ {2}volume {2}uploads /),
      expect.stringMatching(/^ {2}volume {2}redis-jobs /),
    ]);
  });

  it("are proven where each of them is", () => {
    expect(joinedProofs([])).toBeUndefined();
    expect(joinedProofs([green])).toEqual(green);
    expect(joinedProofs([green, red])).toMatchObject({
      proven: false,
      error: "uploads: it can't be restored",
      rtoSeconds: 3,
      checks: red.checks,
    });
    expect(joinedProofs([green, green])).toMatchObject({ proven: true, error: null });
  });
});

describe("announcement", () => {
  const look: VolumeLook = {
    snapshot,
    since: { files: 0, bytes: 0 },
    now: { files: 12 },
    before: null,
    swapping: false,
    free: 1e9,
  };

  it("says what comes, what is lost and what is kept", () => {
    expect(announcement("uploads", look)).toBe(
      "This restores uploads to the snapshot 0b56e020 of 2026-11-21T02:30:00Z (12 files, 3.4 MB). " +
        "Nothing is new or changed since. " +
        "It is restored alongside what is there and compared with its hashes; then the app is stopped while the two are swapped. " +
        "What is there now (12 files) is kept for --undo.",
    );
  });

  it("says what a queue of before means", () => {
    expect(announcement("redis-jobs", look, true)).toContain(
      " What was put into the queue since is not in it, and what was done since is in it again. ",
    );
  });

  it("warns of what is lost", () => {
    const text = announcement("uploads", {
      ...look,
      snapshot: { ...snapshot, complete: false },
      since: { files: 2, bytes: 2000 },
      before: {},
    });
    expect(text).toContain("THE SNAPSHOT IS INCOMPLETE: some files could not be read then.");
    expect(text).toContain("2 files (2.0 kB) are new or changed since, and not in it.");
    expect(text).toContain("What was kept of the restore before is deleted.");
  });
});
