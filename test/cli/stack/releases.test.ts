import { spawn } from "node:child_process";
import { once } from "node:events";
import { hostname } from "node:os";
import { describe, expect, it } from "vitest";
import { endUnfinished, history, releaseIn } from "#cli/stack/releases";
import type { Docker } from "#lib/docker";
import { ProxyGone } from "#release/proxy-session";
import { FakeHaproxy } from "../../support/fake-haproxy.js";

/** A record as the proxy keeps it. */
const written = {
  id: "v2",
  result: "live" as const,
  reason: null,
  who: "eve",
  by: "1@host",
  backTo: null,
  begin: "2026-11-21T09:10:11.500Z",
  switched: null,
  end: "2026-11-21T09:10:24.000Z",
  imageId: null,
  migration: null,
  wasLive: true,
  previous: false,
  counters: null,
  counted: { requests: 9, failed: 1, errors: 2 },
  content: { image: "shop:2", version: "2", gitSha: "abc", settings: { port: 3000 } },
};
const running = { ...written, result: "running" as const, end: null };

describe("releaseIn", () => {
  it("says how long a release took, and what it was of", () => {
    expect(releaseIn(written)).toEqual({
      id: "v2",
      result: "live",
      reason: null,
      who: "eve",
      by: "1@host",
      backTo: null,
      begin: written.begin,
      switched: null,
      end: written.end,
      seconds: 12.5,
      imageId: null,
      migration: null,
      wasLive: true,
      previous: false,
      image: "shop:2",
      version: "2",
      gitSha: "abc",
      settings: { port: 3000 },
      requests: 9,
      failed: 1,
      errors: 2,
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
  /** A stack whose proxy, if there is one, has records. */
  function stackWith(container: string, ...records: readonly (typeof written | typeof running)[]) {
    const proxy = new FakeHaproxy();
    for (const each of records) {
      proxy.files.set(`releases/${each.id}.json`, `${JSON.stringify(each)}\n`);
    }
    const docker: Docker = () => Promise.resolve({ code: 0, stdout: container, stderr: "" });
    return { of: { docker, app: "shop", stack: "prod" }, proxy };
  }
  const recordIn = (proxy: FakeHaproxy, id: string) =>
    JSON.parse(proxy.files.get(`releases/${id}.json`) ?? "null") as Record<string, unknown> | null;
  const gone = `99999999@${hostname()}`;

  it("can't be read where no proxy runs, which is said", async () => {
    await expect(history(stackWith("").of)).rejects.toThrow(
      "The proxy of prod, which keeps its releases, does not run; run keelson up.",
    );
  });

  it("is listed newest first, with what became of each", async () => {
    const before = { ...written, id: "v1", content: { ...written.content, image: "shop:1" } };
    const { of, proxy } = stackWith("p1", before, written, { ...running, id: "v10", by: gone });
    expect(
      (await history(of, proxy.converse)).map(({ id, result, previous }) => [id, result, previous]),
    ).toEqual([
      ["v10", "failed", false],
      ["v2", "live", false],
      ["v1", "superseded", true],
    ]);
  });

  it("names the stack where its proxy fails", async () => {
    const { of, proxy } = stackWith("p1", written);
    proxy.broken.set("records", "I/O error\n");
    await expect(history(of, proxy.converse)).rejects.toThrow(
      "The releases of prod can't be read: proxy: records: it ended with 1: I/O error",
    );
    proxy.before = () => {
      throw new ProxyGone("no such container");
    };
    await expect(history(of, proxy.converse)).rejects.toThrow(
      "The releases of prod can't be read: no such container",
    );
  });

  it("includes a release that ended without a word", async () => {
    const { of, proxy } = stackWith("p1", written, { ...running, id: "v3", by: gone });
    await endUnfinished(of, "docker: no such network", proxy.converse);
    expect(recordIn(proxy, "v3")).toMatchObject({
      result: "failed",
      reason: "docker: no such network",
    });
    expect(recordIn(proxy, "v3")?.["end"]).toMatch(/^\d{4}-/);
  });

  it.each([
    ["there is none yet", []],
    ["it has ended", [written]],
    ["another machine is at it", [{ ...running, by: "7@elsewhere" }]],
  ])("is left alone where %s", async (_what, records) => {
    const { of, proxy } = stackWith("p1", ...records);
    await endUnfinished(of, "x", proxy.converse);
    expect(proxy.acts.filter((each) => each.startsWith("write"))).toEqual([]);
  });

  it("needs no proxy to know of a failure", async () => {
    const { of, proxy } = stackWith("");
    await endUnfinished(of, "x", proxy.converse);
    expect(proxy.acts).toEqual([]);
  });
});
