import { describe, expect, it } from "vitest";
import { afterGate, backupGate, proofGate, releaseGate } from "#cli/commands/checklist/gates";
import type { Inventory, Proof } from "#cli/documents/backups";
import { settingsFrom } from "#config";
import { withDeployedImage } from "#config/deployed-image";
import { release } from "../../../support/releases.js";

const now = new Date("2026-01-02T00:00:00Z");
const day = 86_400;

const proof = (endedAt: string, proven = true): Proof => ({
  id: endedAt,
  kind: "latest",
  proven,
  error: proven ? null : "3 rows are missing",
  endedAt,
  checks: [],
});

function inventory(more: Partial<Inventory> = {}): Inventory {
  return {
    window: { from: null, to: null },
    backups: [],
    dumps: [],
    archive: { waiting: 0 },
    lastRuns: { dump: null, base: null, verify: null },
    alerts: [],
    disks: [],
    drills: { last: null, lastProven: null },
    ...more,
  };
}

const dump = (createdAt: string) => ({ file: "a", createdAt, bytes: 1, rows: 1, provenAt: null });

describe("the gate of backups", () => {
  it("wants a young one, and none of their alerts", () => {
    const young = inventory({
      dumps: [dump("2025-12-01T00:00:00Z"), dump("2026-01-01T12:00:00Z")],
    });
    expect(backupGate(young, day, now)).toEqual({
      gate: "backup",
      ok: true,
      text: "the newest is of 2026-01-01T12:00:00Z",
    });
    const failing = { ...young, alerts: [{ alert: "KeelsonBackupFailed", text: "It failed." }] };
    expect(backupGate(failing, day, now)).toMatchObject({ ok: false, text: "It failed." });
    expect(backupGate(young, 3600, now)).toMatchObject({
      ok: false,
      text: "the newest backup is 12.0 h old (2026-01-01T12:00:00Z), and 1.0 h are allowed",
    });
    expect(backupGate(inventory(), day, now)).toMatchObject({ text: "there is no backup yet" });
  });
});

describe("the gate of proofs", () => {
  const drills = (last: Proof | null, lastProven: Proof | null) =>
    inventory({ drills: { last, lastProven } });

  it("wants a young one, and no failed drill after it", () => {
    const good = proof("2026-01-01T12:00:00Z");
    expect(proofGate(drills(good, good), day, now)).toMatchObject({ ok: true });
    expect(proofGate(drills(proof("2026-01-01T20:00:00Z", false), good), day, now)).toEqual({
      gate: "proof",
      ok: false,
      text: "the last drill (2026-01-01T20:00:00Z) proved nothing: 3 rows are missing",
    });
    expect(proofGate(drills(good, good), 3600, now).ok).toBe(false);
    expect(proofGate(drills(null, null), day, now).text).toBe("there is no proof yet");
  });
});

describe("the gates of releases", () => {
  it("let none run at the same time", () => {
    expect(releaseGate([release("v2", { result: "running" })])).toMatchObject({
      ok: false,
      text: "v2 is being released by eve",
    });
    expect([releaseGate([release("v2")]).ok, releaseGate([]).ok]).toEqual([true, true]);
  });

  it("want the same image live on the stack before", () => {
    const live = release("v2", { result: "live", image: "r/shop@sha256:2", imageId: "sha256:id2" });
    const releases = [release("v3", { result: "failed", image: "r/shop@sha256:3" }), live];
    for (const image of ["r/shop@sha256:2", "sha256:id2"]) {
      expect(afterGate("preview", releases, image).ok).toBe(true);
    }
    expect(afterGate("preview", releases, "r/shop@sha256:3")).toEqual({
      gate: "after preview",
      ok: false,
      text: "preview runs r/shop@sha256:2, and r/shop@sha256:3 is to be deployed; deploy it there first",
    });
    expect(afterGate("preview", [], "x").text).toMatch(/^preview runs nothing/);
  });
});

describe("the image that a pipeline names", () => {
  const defaults = { app: { name: "shop", build: { context: ".." }, port: 3000 } };
  const named = { KEELSON_IMAGE: "r/shop@sha256:2" };

  it("takes the place of the image or the build of all files", () => {
    for (const app of [{}, { build: { context: "." } }, { image: "r/shop:1" }]) {
      const sections = withDeployedImage({ defaults, environment: "local", app }, named);
      expect(settingsFrom(sections).app).toMatchObject({ image: named.KEELSON_IMAGE, port: 3000 });
      expect(settingsFrom(sections).app.build).toBeUndefined();
    }
  });

  it("changes nothing where there is none", () => {
    const sections = { defaults, environment: "local" };
    expect(withDeployedImage(sections, {})).toBe(sections);
  });

  it("is refused when it is empty, as after a build that failed", () => {
    expect(() => withDeployedImage({}, { KEELSON_IMAGE: "" })).toThrow(
      "KEELSON_IMAGE: is empty; name the image, or unset it",
    );
  });
});
