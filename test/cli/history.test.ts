import { spawn } from "node:child_process";
import { once } from "node:events";
import { hostname } from "node:os";
import { describe, expect, it } from "vitest";
import type { Docker } from "../../lib/docker.js";
import { endUnfinished, history, releaseIn } from "../../cli/history.js";

/** A line as the proxy writes it. */
const written = {
  ...{ id: "v2", result: "live" as const, reason: null, who: "eve", by: "1@host", backTo: null },
  ...{ begin: "2026-11-21T09:10:11.500Z", switched: null, end: "2026-11-21T09:10:24.000Z" },
  ...{ imageId: null, migration: null, wasLive: true, previous: false },
  counted: { requests: 9, failed: 1, errors: 2 },
  content: { image: "shop:2", version: "2", gitSha: "abc", settings: { port: 3000 } },
};
const running = { ...written, result: "running" as const, end: null };

describe("releaseIn", () => {
  it("says how long a release took, and what it was of", () => {
    expect(releaseIn(written)).toEqual({
      ...{ id: "v2", result: "live", reason: null, who: "eve", by: "1@host", backTo: null },
      ...{ begin: written.begin, switched: null, end: written.end, seconds: 12.5 },
      ...{ imageId: null, migration: null, wasLive: true, previous: false },
      ...{ image: "shop:2", version: "2", gitSha: "abc", settings: { port: 3000 } },
      ...{ requests: 9, failed: 1, errors: 2 },
    });
  });

  it.each([
    ["of another host", "7@elsewhere", "running"],
    ["that is there", `${process.ppid}@${hostname()}`, "running"],
    ["that is gone", `99999999@${hostname()}`, "failed"],
    ["of our own, which is at something else", `${process.pid}@${hostname()}`, "failed"],
  ])("takes one that runs in a process %s for %s: %s", (_what, by, result) => {
    const reason = result === "failed" ? "it was interrupted" : null;
    expect(releaseIn({ ...running, by })).toMatchObject({ result, reason, seconds: null });
  });

  it("takes one whose process was killed, and whose parent does not ask for its end, for failed", async () => {
    const parent = spawn("sh", ["-c", 'sleep 60 & echo "$!"; exec sleep 60']);
    const [pid] = (await once(parent.stdout, "data")) as [Buffer];
    const by = `${pid.toString().trim()}@${hostname()}`;
    expect(releaseIn({ ...running, by })).toMatchObject({ result: "running" });
    process.kill(Number.parseInt(by), "SIGKILL");
    await expect.poll(() => releaseIn({ ...running, by }).reason).toBe("it was interrupted");
    parent.kill("SIGKILL");
  });
});

describe("the history of a stack", () => {
  /** A stack whose proxy, if there is one, has a history; and what was asked of docker. */
  function stackWith(proxy: string, ...lines: readonly object[]) {
    const asked: string[] = [];
    const docker: Docker = (args) => {
      asked.push(args.slice(args[0] === "exec" ? 3 : 0, 9).join(" "));
      const stdout =
        args[0] === "ps" ? proxy : lines.map((each) => JSON.stringify(each)).join("\n");
      return Promise.resolve({ code: 0, stdout, stderr: "" });
    };
    return { of: { docker, app: "shop", stack: "prod" }, asked };
  }

  it("can't be read where no proxy runs, which is said", async () => {
    await expect(history(stackWith("").of)).rejects.toThrow(
      "The proxy of prod, which keeps its releases, does not run; run keelson up.",
    );
  });

  it("is told of a release that ended without a word", async () => {
    const { of, asked } = stackWith("p1", { ...running, by: `99999999@${hostname()}` }, written);
    await endUnfinished(of, "docker: no such network");
    expect(asked.at(-1)).toBe("end failed docker: no such network");
  });

  it.each([
    ["there is none yet", []],
    ["it has ended", [written]],
    ["somebody else is at it", [{ ...running, by: "7@elsewhere" }]],
  ])("is left alone where %s", async (_what, lines) => {
    const { of, asked } = stackWith("p1", ...lines);
    await endUnfinished(of, "x");
    expect(asked.filter((each) => each.startsWith("end"))).toEqual([]);
  });

  it("needs no proxy to be told of a failure", async () => {
    const { of, asked } = stackWith("");
    await endUnfinished(of, "x");
    expect(asked).toHaveLength(1);
  });
});
