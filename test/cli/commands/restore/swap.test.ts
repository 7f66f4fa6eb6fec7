import { describe, expect, it } from "vitest";
import type { RetainedRestore } from "#cli/documents/restores";
import type { RestoreRunner } from "#cli/commands/restore/place";
import type { Services } from "#cli/commands/restore/services";
import { finishInterrupted, swapIn } from "#cli/commands/restore/swap";

/** Notes what is asked of a place and of services; what `fails` names fails once, undone or `done` all the same. */
function stage(
  o: { kept?: readonly RetainedRestore[]; fails?: string; done?: boolean; wasOn?: boolean } = {},
) {
  const told: string[] = [];
  let { fails } = o;
  let restoredIsLive = false;
  const act = (what: string) => {
    told.push(what);
    const failing = what === fails;
    if (what.includes(" swap ") && (!failing || o.done === true)) restoredIsLive = !restoredIsLive;
    if (!failing) return Promise.resolve();
    fails = undefined;
    return Promise.reject(new Error(`no ${what}`));
  };
  const place = {
    kept: () => Promise.resolve(o.kept ?? []),
    find: () => Promise.resolve({ restoredIsLive, keeps: restoredIsLive ? "before" : undefined }),
    step: (method: string, ...args: string[]) => act(`${method} ${args.join(" ")}`),
  };
  const services = {
    inMaintenance: () => Promise.resolve(o.wasOn === true),
    maintenance: (action: string) => act(`maintenance ${action}`),
    serverAnswers: () => Promise.resolve(true),
    stop: (workload: string) => act(`stop ${workload}`),
    start: (workload: string) => act(`start ${workload}`),
    passSmokeTest: () => act("smoke test"),
    backUp: () => act("back up").then(() => true),
  };
  return {
    told,
    place: place as unknown as RestoreRunner,
    services: services as unknown as Services,
    say: () => undefined,
  };
}

const cluster = { method: "restore", id: "1", fresh: true } as const;

describe("swapIn", () => {
  it("turns maintenance mode on, exchanges the data with no client connected, and turns it off again", async () => {
    const at = stage();
    const before = () => {
      at.told.push("before");
      return Promise.resolve();
    };
    expect(await swapIn({ ...at, ...cluster, before })).toMatchObject({ inMaintenance: false });
    expect(at.told).toEqual([
      "restore begin 1 false",
      "maintenance on",
      "stop writers",
      "before",
      "stop server",
      "restore swap 1",
      "start server",
      "start writers",
      "smoke test",
      "maintenance off",
      "restore settle 1",
      "back up",
    ]);
  });

  it("leaves maintenance on where it was, and the app stopped where something follows", async () => {
    const was = stage({ wasOn: true });
    expect(await swapIn({ ...was, ...cluster })).toMatchObject({ inMaintenance: true });
    expect(was.told.filter((each) => each.startsWith("maintenance"))).toEqual([]);
    const stay = stage();
    expect(await swapIn({ ...stay, ...cluster, stay: true })).toMatchObject({ wasOn: false });
    expect(stay.told.slice(-2)).toEqual(["start server", "restore settle 1"]);
  });

  it("exchanges a dump's database without stopping the server", async () => {
    const at = stage();
    await swapIn({ ...at, ...cluster, method: "restore-dump" });
    expect(at.told.filter((each) => each.includes("server"))).toEqual([]);
    expect(at.told).toContain("restore-dump swap 1");
  });

  it.each(["maintenance on", "stop writers", "stop server", "restore swap 1"])(
    "brings everything back where %s fails",
    async (fails) => {
      const at = stage({ fails });
      await expect(swapIn({ ...at, ...cluster })).rejects.toThrow(`no ${fails}`);
      expect(at.told.slice(-4)).toEqual([
        "start server",
        "restore discard 1",
        "start writers",
        "maintenance off",
      ]);
    },
  );

  it.each([
    ["restore", ["stop server", "restore swap 1"]],
    ["restore-dump", ["restore-dump swap 1"]],
  ] as const)("looks what is live before it removes anything: %s", async (method, back) => {
    const at = stage({ fails: `${method} swap 1`, done: true });
    await expect(swapIn({ ...at, ...cluster, method })).rejects.toThrow(`no ${method} swap 1`);
    const end = ["start server", `${method} discard 1`, "start writers", "maintenance off"];
    expect(at.told.slice(-(back.length + end.length))).toEqual([...back, ...end]);
  });

  it("keeps a copy that follows an old server, unless it was live", async () => {
    const adopting = { ...cluster, method: "restore-dump", adopting: true } as const;
    const before = stage({ fails: "stop writers" });
    await expect(swapIn({ ...before, ...adopting })).rejects.toThrow("no stop writers");
    const end = ["start writers", "maintenance off"];
    expect(before.told.slice(-3)).toEqual(["restore-dump adopting 1 {}", ...end]);
    const after = stage({ fails: "restore-dump swap 1", done: true });
    await expect(swapIn({ ...after, ...adopting })).rejects.toThrow("no restore-dump swap 1");
    expect(after.told.slice(-3)).toEqual(["restore-dump discard 1", ...end]);
  });

  it.each([
    ["maintenance off", /^The restored data is live and the app runs, but maintenance could not/],
    ["restore settle 1", /^The restored data is live, but that it is could not be recorded: /],
    ["back up", /^The restored data is live and the stack runs, but no full backup could be/],
  ])("says what is live where %s fails", async (fails, message) => {
    await expect(swapIn({ ...stage({ fails }), ...cluster })).rejects.toThrow(message);
  });

  it("puts the old data back where the new does not start, and keeps what was live once", async () => {
    const at = stage({ fails: "start server" });
    await expect(swapIn({ ...at, ...cluster, fresh: false })).rejects.toThrow(
      "The restored data does not start: no start server",
    );
    expect(at.told.slice(3)).toEqual([
      "stop server",
      "restore swap 1",
      "start server",
      "stop server",
      "restore swap 1",
      "start server",
      "restore settle 1",
      "start writers",
      "maintenance off",
    ]);
  });

  it.each(["start writers", "smoke test"])(
    "lets nobody in where the app does not work with the restored data: %s",
    async (fails) => {
      const at = stage({ fails });
      await expect(swapIn({ ...at, ...cluster })).rejects.toThrow(
        `The restored data is live, but the app does not work with it: no ${fails}\nMaintenance stays on.`,
      );
      // Known as done, so that it can be undone.
      expect(at.told.slice(-2)).toEqual([fails, "restore settle 1"]);
    },
  );
});

describe("finishInterrupted", () => {
  const kept = (more: Partial<RetainedRestore>): RetainedRestore => ({
    id: "1",
    kind: "at",
    phase: "swapping",
    bytes: 1,
    maintenance: false,
    ...more,
  });

  it("has nothing to do where none was", async () => {
    const at = stage({ kept: [kept({ phase: "done" })] });
    expect(await finishInterrupted(at)).toBeUndefined();
    expect(at.told).toEqual([]);
  });

  it("brings the stack back with what is live, and notes that it is", async () => {
    const at = stage({ kept: [kept({ restoredIsLive: true })] });
    expect(await finishInterrupted(at)).toMatchObject({ id: "1" });
    expect(at.told).toEqual([
      "start server",
      "start writers",
      "smoke test",
      "maintenance off",
      "restore settle 1",
      "back up",
    ]);
  });

  it.each([
    [kept({ restoredIsLive: false }), "restore discard 1"],
    [kept({ kind: "dump" }), "restore-dump discard 1"],
    [kept({ kind: "dump", adopting: true }), "restore-dump adopting 1 {}"],
  ])(
    "removes what never went live, but for what follows an old server: %j",
    async (each, removed) => {
      const at = stage({ kept: [each] });
      expect(await finishInterrupted(at)).toBeUndefined();
      expect(at.told.at(-1)).toBe(removed);
    },
  );

  it("keeps what was live before an undo that was interrupted, and maintenance that was on", async () => {
    const undo = kept({ restoredIsLive: false, swappedAt: "x", maintenance: true });
    const at = stage({ kept: [undo] });
    expect(await finishInterrupted(at)).toMatchObject({ id: "1" });
    expect(at.told).not.toContain("maintenance off");
    expect(at.told).not.toContain("restore discard 1");
  });
});
