import { describe, expect, it } from "vitest";
import { folderInside, followRequest } from "#cli/commands/follow/request";
import { begun, decide, failed, nothingTried, type Memory } from "#cli/commands/follow/memory";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MonitoringClient } from "#cli/commands/alerts/alertmanager";
import type { CommandResult } from "#lib/run-process";
import { imageLook, newest, withoutPassword } from "#cli/commands/follow/source";
import { alertBy, alertOf } from "#cli/commands/follow/alert";

const defaults = { stack: "prod", every: "60s", tries: "3" };

describe("a request to follow", () => {
  it("is for a branch, tags or an image", () => {
    expect(followRequest({ ...defaults, branch: "release/1.x" })).toEqual({
      followed: { kind: "branch", name: "release/1.x" },
      everyMs: 60_000,
      tries: 3,
    });
    expect(followRequest({ ...defaults, tag: "v*", every: "5m" })).toMatchObject({
      followed: { kind: "tag", pattern: "v*" },
      everyMs: 300_000,
    });
    expect(followRequest({ ...defaults, image: true }).followed).toEqual({ kind: "image" });
  });

  it.each([
    [{}, "Specify exactly one of --branch, --tag and --image."],
    [{ branch: "main", image: true }, "Specify exactly one of --branch, --tag and --image."],
    [{ branch: "" }, "--branch: is not a name that Git has; write its name, such as main."],
    [{ branch: "-main" }, "--branch: is not a name that Git has; write its name, such as main."],
    [{ branch: "ma in" }, "--branch: is not a name that Git has; write its name, such as main."],
    [{ branch: "a..b" }, "--branch: is not a name that Git has; write its name, such as main."],
    [{ branch: "a/*" }, "--branch: is not a name that Git has; write its name, such as main."],
    [{ branch: "x.lock" }, "--branch: is not a name that Git has; write its name, such as main."],
    [{ tag: "v^1" }, "--tag: is not a name that Git has; write a pattern such as 'v*'."],
    [{ branch: "main", every: "1s" }, '--every: "1s" is too short; write 5s or more'],
    [
      { branch: "main", every: "soon" },
      '--every: "soon" is not a duration; write a whole number and a unit: 30s, 5m, 12h or 7d',
    ],
    [
      { branch: "main", tries: "0" },
      '--tries: "0" is no number of tries; write a whole number from 1 to 20',
    ],
    [
      { branch: "main", tries: "many" },
      '--tries: "many" is no number of tries; write a whole number from 1 to 20',
    ],
    [
      { branch: "main", once: true, install: true },
      "--once, --retry, --install and --print are mutually exclusive.",
    ],
    [
      { image: true, remote: "https://example.com/shop.git" },
      "--remote: has no meaning with --image; leave one of them out.",
    ],
  ])("%j is refused", (options, message) => {
    expect(() => followRequest({ ...defaults, ...options })).toThrow(message);
  });

  it("names a folder inside the repository", () => {
    expect(["deploy/", ".", "a/../b"].map(folderInside)).toEqual(["deploy", "", "b"]);
    expect(() => folderInside("../up")).toThrow("--project: ../up is not in the repository");
    expect(() => folderInside("/etc")).toThrow("--project: /etc is not in the repository");
  });
});

describe("the decision about a head", () => {
  const start = new Date("2026-01-01T00:00:00Z");
  const after = (seconds: number) => new Date(start.getTime() + seconds * 1000);
  const limits = { tries: 3, everyMs: 60_000 };

  it("tries what is new, and leaves what is live", () => {
    expect(decide(nothingTried, "a", start)).toBe("try");
    expect(decide({ live: "a", tried: null }, "a", start)).toBe("live");
  });

  it("waits twice as long after each failure, and ends with the last try", () => {
    let memory: Memory = { live: "a", tried: null };
    const waits = [60, 120];
    for (const wait of waits) {
      memory = failed(begun(memory, "b", start, limits), "no");
      expect(decide(memory, "b", after(wait - 1))).toBe("later");
      expect(decide(memory, "b", after(wait))).toBe("try");
    }
    memory = begun(memory, "b", start, limits);
    expect(decide(memory, "b", after(1e6))).toBe("bad");
    expect(decide(memory, "c", start)).toBe("try");
    expect(begun(memory, "c", start, limits).tried).toMatchObject({ tries: 1, bad: false });
  });

  it("waits an hour at most", () => {
    const twelve = { head: "b", tries: 11, bad: false, next: start.toISOString(), reason: "no" };
    const memory = begun({ live: "a", tried: twelve }, "b", start, { tries: 20, everyMs: 60_000 });
    expect(memory.tried?.next).toBe(after(3600).toISOString());
  });
});

describe("a remote's answer", () => {
  it("has branches of other names in it, and annotated tags twice", () => {
    const branch = { kind: "branch", name: "main" } as const;
    const answer = ["1\trefs/heads/main", "2\trefs/remotes/old/refs/heads/main", ""].join("\n");
    expect(newest(answer, branch)).toEqual({ id: "1", name: "main" });
    const tags = ["1\trefs/tags/v1", "2\trefs/tags/v2", "3\trefs/tags/v2^{}", ""].join("\n");
    expect(newest(tags, { kind: "tag", pattern: "v*" })).toEqual({ id: "3", name: "v2" });
    expect(newest("", branch)).toBeUndefined();
  });

  it("shows no password", () => {
    expect(withoutPassword("fatal: https://ann:s3cret@example.com/shop.git is gone")).toBe(
      "fatal: https://***@example.com/shop.git is gone",
    );
  });
});

describe("the alert of a follower", () => {
  const now = new Date("2026-01-01T00:00:00Z");
  const head = { id: "0123456789abcdef0123456789abcdef01234567", name: "main" };

  it("says what to do, fires for a while and ends", () => {
    expect(alertOf("prod", { head, reason: "no", bad: true }, now, 60_000)).toEqual({
      labels: { alertname: "KeelsonFollow", severity: "warning", stack: "prod" },
      annotations: {
        summary: "prod: main at 0123456789abcdef012 is not live: no",
        action:
          "Push a commit that mends it, or have this one tried again: keelson follow --retry.",
      },
      endsAt: "2026-01-01T00:01:00.000Z",
    });
    expect(alertOf("prod", null, now, 60_000)).toEqual({
      labels: { alertname: "KeelsonFollow", severity: "warning", stack: "prod" },
      startsAt: now.toISOString(),
      endsAt: now.toISOString(),
    });
  });

  it("is raised at a stack's own monitoring and ended there once, and nowhere where that is off", async () => {
    const folder = mkdtempSync(join(tmpdir(), "keelson-alert-"));
    const posted: unknown[] = [];
    const client = { post: (_: string, body: unknown) => Promise.resolve(posted.push(body)) };
    const of = (enabled: boolean) => {
      const configFile = join(folder, `${String(enabled)}.yaml`);
      const monitoring = `keelson:monitoring: { enabled: ${String(enabled)} }`;
      writeFileSync(configFile, `config:\n  keelson:environment: local\n  ${monitoring}\n`);
      const found = () => Promise.resolve(client as unknown as MonitoringClient);
      return alertBy({ stack: "test-alert", configFile }, 60_000, found);
    };
    const failure = { head, reason: "no", bad: false };
    const on = of(true);
    for (const each of [null, failure, failure, null, null]) await on(each);
    const ends = posted.map((body) => Object.keys((body as object[])[0] ?? {}));
    expect(ends).toEqual([
      ["labels", "annotations", "endsAt"],
      ["labels", "annotations", "endsAt"],
      ["labels", "startsAt", "endsAt"],
    ]);
    await of(false)(failure);
    expect(posted).toHaveLength(3);
  });
});

describe("an image's digest", () => {
  const { signal } = new AbortController();
  const digest = `sha256:${"a".repeat(64)}`;
  const docker = (stdout: string) =>
    Object.assign(
      () => Promise.resolve<CommandResult>({ code: stdout === "" ? 124 : 0, stdout, stderr: "" }),
      { environment: { DOCKER_CONFIG: "/nowhere" } },
    );

  it("is the registry's, which may be away", async () => {
    const body = JSON.stringify({ Descriptor: { digest } });
    const answers = docker(`HTTP/1.0 200 OK\r\n\r\n${body}`);
    expect(await imageLook("r.example.com/shop:1", answers)(signal)).toEqual({
      id: digest,
      name: "r.example.com/shop:1",
    });
    await expect(imageLook("r.example.com/shop:1", docker(""))(signal)).rejects.toThrow(
      "r.example.com/shop:1 can't be looked up: r.example.com does not answer",
    );
  });

  it("is followed of a tag alone", () => {
    expect(() => imageLook(undefined, docker(""))).toThrow(
      "app.image: is not set, so there is no tag to follow; name a tag in a registry, or follow a branch.",
    );
    expect(() => imageLook(`shop@${digest}`, docker(""))).toThrow("is no tag to follow");
  });
});
