import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import type { Inventory } from "#cli/documents/backups";
import { long } from "../../support/long.js";
import { readNote, statusOf, writeNote } from "../../support/app.js";
import { docker, until } from "../../support/docker.js";
import { allHealthy, containerOf, containersOf, healthOf, inside } from "../../support/inspect.js";
import { underLoad } from "../../support/load.js";
import { ports, stack } from "./shared.js";

const nothing = { create: 0, update: 0, replace: 0, delete: 0 };

async function idsOf(): Promise<Record<string, string>> {
  const containers = [...(await containersOf(stack))];
  return Object.fromEntries(containers.map(([workload, { Id }]) => [workload, Id]));
}

/** Labels of the physical backups. */
async function backupsOf(): Promise<string[]> {
  const { backups } = JSON.parse(await stack.must("backups", "--json")) as Inventory;
  return backups.map(({ label }) => label);
}

/** A container that was started again, or whose database was away, is healthy a few checks later. */
async function healthInTheEnd() {
  const healthy = async () => isDeepStrictEqual(await healthOf(stack), allHealthy);
  await until("every container is healthy", healthy, 120);
  return healthOf(stack);
}

const workerPid = async () =>
  inside(
    stack,
    "proxy",
    "sh",
    "-c",
    "echo show info | socat - /run/haproxy/admin.sock | grep ^Pid",
  );

/** What happens to a stack that is changed. */
export function changes(): void {
  describe("a changed variable of the app", () => {
    it("replaces the app alone, and no request fails", long, async () => {
      const before = await idsOf();
      const worker = await workerPid();
      stack.configure({ app: { env: { FEATURE: "on" } } });
      const load = underLoad(ports.http);
      const { answered, failed } = await stack.up().then(load.stop, async (error: unknown) => {
        await load.stop();
        throw error;
      });
      const after = await idsOf();
      expect({ ...after, app: "" }).toEqual({ ...before, app: "" });
      expect(after["app"]).not.toBe(before["app"]);
      expect((await containerOf(stack, "app")).Config.Env).toContain("FEATURE=on");
      // HAProxy was changed by a command; it was neither restarted nor reloaded.
      expect(await workerPid()).toBe(worker);
      expect(failed.slice(0, 5)).toEqual([]);
      expect(answered).toBeGreaterThan(50);
    });
  });

  describe("what somebody broke by hand", () => {
    it("runs again after the next up when it was stopped", long, async () => {
      const before = await idsOf();
      await docker(["stop", before["app"] ?? "", before["backup"] ?? ""]);
      const { output } = await stack.up();
      expect(output).toMatch(/Starting e2e-test-e2e-app-[0-9a-f]{7}: it was stopped/);
      expect(await healthInTheEnd()).toEqual(allHealthy);
      expect(await idsOf()).toEqual(before);
      expect(await statusOf(ports.http, "/ready")).toEqual({ "/ready": 200 });
    });

    it("is made again by the next up when it was removed, and nothing is lost", long, async () => {
      const id = await writeNote(ports.http, "still here");
      const before = await idsOf();
      await docker(["rm", "--force", before["proxy"] ?? "", before["postgres"] ?? ""]);
      await stack.up();
      expect(await healthInTheEnd()).toEqual(allHealthy);
      expect(await readNote(ports.http, id)).toBe("still here");
      expect((await stack.up()).changes).toMatchObject(nothing);
    });
  });

  describe("destroy", () => {
    it("removes all but the data, which the next up finds again", async () => {
      const id = await writeNote(ports.http, "survivor");
      const before = await backupsOf();
      await stack.must("destroy", "--yes");
      expect(await stack.present()).toEqual({
        containers: [],
        networks: [],
        volumes: ["backups", "postgres-data", "proofs", "repository", "repository-key"].map(
          (role) => `e2e-test-e2e-${role}`,
        ),
      });
      await stack.up();
      expect(await readNote(ports.http, id)).toBe("survivor");
      // The repository too, although the new state has generated another passphrase.
      expect((await backupsOf()).slice(0, before.length)).toEqual(before);
      expect(before.length).toBeGreaterThan(0);
      expect(await readNote(ports.http, await writeNote(ports.http, "later"))).toBe("later");
    });
  });
}
