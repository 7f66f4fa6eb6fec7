import { describe, expect, it } from "vitest";
import type { VolumeInventory } from "#cli/documents/volumes";
import { statusOf } from "../../support/app.js";
import { until } from "../../support/docker.js";
import { healthOf, inside } from "../../support/inspect.js";
import { among, content, ports, stack } from "./shared.js";

async function snapshots() {
  const all = JSON.parse(await stack.must("backups", "--json")) as { volumes: VolumeInventory };
  return all.volumes.snapshots;
}

const restore = (...args: string[]) => stack.keelson("restore", "--volume", ...args);

/** A volume that says `backup: true`. */
export function uploads(): void {
  describe("uploads", () => {
    it("are backed up, lost, and restored by one command, which can be undone", async () => {
      await until("the snapshot of the first up", async () => (await snapshots()).length === 1);
      await among(
        "mkdir -p 2026; echo picture >2026/one.png; echo text >two.txt; chmod 600 two.txt",
      );
      expect(await stack.must("backup now", "--type", "volumes")).toMatch(
        /^repository 1: uploads: 2 files, 13 bytes, \d+ of them new, as [0-9a-f]{8}$/m,
      );
      const good = await content();
      await among("rm -r 2026; echo other >two.txt; echo later >three.txt");
      const lost = await content();
      const unasked = await restore("uploads");
      expect([unasked.code, unasked.stderr]).toEqual([
        1,
        expect.stringMatching(/2 files \(12 B\) are new or changed since.*add --yes to do it/),
      ]);
      expect(await content()).toBe(lost);
      const done = await restore("uploads", "--yes");
      expect([done.code, done.stdout]).toEqual([
        0,
        expect.stringMatching(/uploads is restored; the app was away for [\d.]+ s\./),
      ]);
      expect(await content()).toBe(good);
      expect(await statusOf(ports.http, "/ready")).toEqual({ "/ready": 200 });
      expect((await restore("uploads", "--undo", "--yes")).code).toBe(0);
      expect(await content()).toBe(lost);
      expect((await restore("uploads", "--undo", "--yes")).code).toBe(0);
      expect(await content()).toBe(good);
      expect((await restore("uploads", "--discard", "--yes")).code).toBe(0);
      await until("the app", async () => (await healthOf(stack))["app"] === "running/healthy", 120);
    });

    it("have snapshots that are listed, the first from the first up", async () => {
      const taken = await snapshots();
      expect(taken.map(({ volume, files }) => [volume, files])).toEqual([
        ["uploads", 0],
        ["uploads", 2],
      ]);
      expect(await stack.must("backups")).toMatch(/^ {2}volume {2}uploads .* 2 files {2}13 B/m);
    });

    it("are watched as the database is", async () => {
      const of = (name: string, labels: string) =>
        new RegExp(`^keelson_${name}\\{stack="[^"]+",${labels}\\} (\\d+)$`, "m");
      await inside(stack, "volumes", "/usr/local/bin/drill-volumes", "latest");
      const text = await stack.must("backups", "--metrics");
      const last = of("backup_last_success_timestamp_seconds", 'kind="volumes"').exec(text)?.[1];
      expect(Date.now() / 1000 - Number(last)).toBeLessThan(900);
      const proven = of("drill_last_proven_timestamp_seconds", 'data="volumes",repository="1"');
      expect(Date.now() / 1000 - Number(proven.exec(text)?.[1])).toBeLessThan(900);
      expect(text).toMatch(of("backup_failed", 'kind="volumes"'));
      expect(text).toMatch(of("drill_failed", 'data="volumes",repository="1",kind="latest"'));
    });

    it.each([
      [["cache", "--yes"], /no volume "cache" with backup: true; there are: uploads\./],
      [
        ["uploads", "--snapshot", "0123", "--yes"],
        /Nothing was changed: repository 1 has no snapshot 0123/,
      ],
      [["uploads", "--undo", "--yes"], /Nothing was changed: there is nothing to undo/],
      [["uploads", "--undo", "--discard"], /exclude each other; give one/],
    ])("are not touched by restore --volume %j", async (args, message) => {
      const { code, stderr } = await restore(...args);
      expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
    });
  });
}
