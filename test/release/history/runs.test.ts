import { describe, expect, it } from "vitest";
import { readRuns, writeRun, type RunRecord } from "#release/history/runs";
import { ProxySession } from "#release/proxy-session";

/** The volume's file in memory. */
function volume() {
  const files = new Map<string, string>();
  const acts: string[] = [];
  const session = new ProxySession({
    act: ([verb = "", file = ""], input = "") => {
      acts.push(verb);
      if (verb === "write") files.set(file, input);
      return Promise.resolve({ code: 0, text: verb === "read" ? (files.get(file) ?? "") : "" });
    },
    close: () => Promise.resolve(),
  });
  return { session, files, acts };
}

const run = (id: string, more: Partial<RunRecord> = {}): RunRecord => ({
  id,
  who: "kim",
  by: "7@host",
  begin: "2026-03-01T12:00:00.000Z",
  end: null,
  code: null,
  command: ["ls"],
  process: "app",
  as: "app",
  image: "shop:1",
  ...more,
});

describe("the runs of a stack", () => {
  it("are written under a lock, and a run that ends takes its own place", async () => {
    const { session, acts } = volume();
    expect(await readRuns(session)).toEqual([]);
    await writeRun(session, run("a"));
    await writeRun(session, run("b"));
    await writeRun(session, run("a", { code: 1 }));
    expect((await readRuns(session)).map(({ id, code }) => [id, code])).toEqual([
      ["b", null],
      ["a", 1],
    ]);
    expect(acts.slice(1, 5)).toEqual(["lock", "read", "write", "unlock"]);
  });

  it("are two hundred, with commands of bounded length", async () => {
    const { session } = volume();
    for (let index = 0; index < 201; index++) {
      await writeRun(session, run(String(index), { command: ["x".repeat(1000)] }));
    }
    const runs = await readRuns(session);
    expect([runs.length, runs.at(-1)?.id]).toEqual([200, "1"]);
    expect(runs[0]?.command).toEqual([`${"x".repeat(300)}…`]);
  });
});
