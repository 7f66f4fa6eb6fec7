import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { run } from "#lib/run-process";
import { Checkout } from "#cli/commands/follow/checkout";
import { runUp } from "#cli/commands/follow/deploy";
import { Follower, retryFile } from "#cli/commands/follow/follower";
import { lockFile, type FileLock } from "#cli/commands/follow/lock";
import { readMemory } from "#cli/commands/follow/memory";
import type { FollowedRefs } from "#cli/commands/follow/request";
import { gitLook } from "#cli/commands/follow/source";
import { Followed, type Behaviour } from "../../../support/followed.js";
import { long } from "../../../support/long.js";
import { generator, seed } from "../../../support/random.js";

const { signal } = new AbortController();
// Each check starts git several times.
const timeout = 120_000;
let repository: Followed;
let folder = "";
let now = 0;
let lock: FileLock;
let events: { event: string; reason?: string }[] = [];
let alerts: (string | null)[] = [];

beforeEach(async () => {
  repository = new Followed();
  folder = join(repository.folder, "follow");
  mkdirSync(folder);
  now = Date.parse("2026-01-01T00:00:00Z");
  [events, alerts] = [[], []];
  lock = await lockFile(join(folder, "lock"));
});
afterEach(() => {
  lock.release();
  repository.remove();
});

/** A follower as the command makes it, in the place of one that ended. */
function follower(followed: FollowedRefs = { kind: "branch", name: "main" }): Follower {
  const checkout = new Checkout(join(folder, "checkout"), followed, repository.remote, "deploy");
  const environment = { ...process.env, WORLD: repository.world };
  const place = { environment, args: ["--stack", "prod"], logs: join(folder, "logs") };
  return new Follower(
    { followed, everyMs: 60_000, tries: 2 },
    {
      look: gitLook(followed, repository.remote, run),
      prepare: (head, until) => checkout.at(head, join(repository.project, ".env"), until),
      up: (head) => runUp({ ...place, lock: lock.handle, project: checkout.project }, head),
      alert: (failure) => {
        alerts.push(failure === null ? null : `${failure.reason}${failure.bad ? " (bad)" : ""}`);
        return Promise.resolve();
      },
      log: (_, event, facts = {}) => {
        events.push({ event, ...facts });
      },
      now: () => new Date(now),
      folder,
    },
  );
}

const minutes = (count: number) => {
  now += count * 60_000;
};

describe("a follower", { timeout }, () => {
  it("brings up what is pushed, once, by the project's own keelson", async () => {
    const one = follower();
    repository.push("good");
    expect([await one.check(signal), await one.check(signal)]).toEqual(["live", "live"]);
    repository.push("good");
    expect(await one.check(signal)).toBe("live");
    expect(repository.told("tries")).toBe("v1 up --stack prod\nv2 up --stack prod\n");
    expect(repository.told("live")).toBe("v2");
  });

  it("takes the newest of several commits", async () => {
    for (const each of ["good", "bad", "good"] as const) repository.push(each);
    await follower().check(signal);
    expect([repository.tried, repository.told("live")]).toEqual([["v3"], "v3"]);
  });

  it("tries a failing commit again after a wait, then no more until another is there", async () => {
    repository.push("good");
    const one = follower();
    await one.check(signal);
    repository.push("bad");
    expect(await one.check(signal)).toBe("behind");
    expect(await one.check(signal)).toBe("behind");
    expect(repository.tried).toEqual(["v1", "v2"]);
    minutes(1);
    await one.check(signal);
    for (let check = 0; check < 5; check++) {
      minutes(60);
      // One that is started again knows of it as well.
      expect(await follower().check(signal)).toBe("behind");
    }
    expect([repository.tried, repository.told("live")]).toEqual([["v1", "v2", "v2"], "v1"]);
    expect(events.find(({ event }) => event === "failed")?.reason).toBe(
      "The smoke test failed: HTTP 500",
    );
    expect(alerts.at(-1)).toBe("The smoke test failed: HTTP 500 (bad)");
    repository.push("good");
    expect(await one.check(signal)).toBe("live");
    expect([repository.told("live"), alerts.at(-1)]).toEqual(["v3", null]);
  });

  it("tries a bad one again when a person says so", async () => {
    repository.push("bad");
    const one = follower();
    await one.check(signal);
    minutes(1);
    await one.check(signal);
    writeFileSync(join(folder, retryFile), "");
    await one.check(signal);
    await one.check(signal);
    expect(repository.tried).toEqual(["v1", "v1", "v1"]);
    expect(existsSync(join(folder, retryFile))).toBe(false);
  });

  it("brings the live commit up again after a failure of another one that is then taken back", async () => {
    const { id } = repository.push("good");
    const one = follower();
    await one.check(signal);
    repository.push("bad");
    await one.check(signal);
    repository.git("clone", "push", "--quiet", "--force", "origin", `${id}:refs/heads/main`);
    expect(await one.check(signal)).toBe("live");
    expect(repository.tried).toEqual(["v1", "v2", "v1"]);
  });

  it("says that the network is away once, and when it is back", async () => {
    repository.push("good");
    const one = follower();
    renameSync(repository.remote, `${repository.remote}.away`);
    for (let check = 0; check < 3; check++) expect(await one.check(signal)).toBe("behind");
    renameSync(`${repository.remote}.away`, repository.remote);
    expect(await one.check(signal)).toBe("live");
    const { reason } = events[0] ?? {};
    expect(reason).toMatch(/shop\.git can't be read: /);
    expect(events.map(({ event }) => event)).toEqual(["trouble", "over", "new", "up", "live"]);
  });

  it("counts a try in whose middle the machine ended", async () => {
    repository.push("good");
    const one = follower();
    await one.check(signal);
    repository.push("slow");
    const interrupted = one.check(signal);
    await expect.poll(() => repository.tried, { timeout: 25_000 }).toEqual(["v1", "v2"]);
    expect(readMemory(folder).tried).toMatchObject({ tries: 1, reason: "it was interrupted" });
    repository.end();
    expect(await interrupted).toBe("live");
  });
});

describe("the checkout", { timeout }, () => {
  it("has what the commit has and nothing else, whatever is left in it", async () => {
    repository.push("good");
    const one = follower();
    await one.check(signal);
    const checkout = join(folder, "checkout");
    writeFileSync(join(checkout, "deploy", "leftover.txt"), "x");
    writeFileSync(join(checkout, "deploy", "release.txt"), "bad changed\n");
    writeFileSync(join(checkout, ".git", "index.lock"), "");
    repository.push("good");
    expect(await one.check(signal)).toBe("live");
    expect(existsSync(join(checkout, "deploy", "leftover.txt"))).toBe(false);
    expect(repository.told("live")).toBe("v2");
  });

  it("is made again when it is damaged", async () => {
    repository.push("good");
    const one = follower();
    await one.check(signal);
    writeFileSync(join(folder, "checkout", ".git", "HEAD"), "");
    repository.push("good");
    expect(await one.check(signal)).toBe("behind");
    minutes(1);
    expect(await one.check(signal)).toBe("live");
    expect(repository.told("live")).toBe("v2");
  });

  it("has the operator's .env, but where the commit has one", async () => {
    writeFileSync(join(repository.project, ".env"), "KEY=own\n");
    repository.write(".gitignore", ".env\n");
    repository.push("good");
    await follower().check(signal);
    expect(readFileSync(join(folder, "checkout/deploy/.env"), "utf8")).toBe("KEY=own\n");
  });

  it("follows a branch that is pushed by force, removed and pushed again", async () => {
    const { id } = repository.push("good");
    const one = follower();
    await one.check(signal);
    repository.git("clone", "commit", "--quiet", "--amend", "--message", "other");
    repository.push("good");
    expect(await one.check(signal)).toBe("live");
    repository.git("shop.git", "update-ref", "-d", "refs/heads/main");
    expect(await one.check(signal)).toBe("behind");
    expect(events.at(-1)?.reason).toBe(`${repository.remote} has no branch main.`);
    repository.git("clone", "push", "--quiet", "origin", `${id}:refs/heads/main`);
    expect([await one.check(signal), repository.told("live")]).toEqual(["live", "v1"]);
  });
});

describe("tags", { timeout }, () => {
  const tags: FollowedRefs = { kind: "tag", pattern: "v*" };

  it("are followed by their version, annotated ones by their commit, past branches of their names", async () => {
    const tag = (...args: string[]) => {
      repository.git("clone", "tag", ...args);
      repository.git("clone", "push", "--quiet", "origin", "--tags");
    };
    const one = follower(tags);
    repository.push("good");
    tag("v1.9.0");
    repository.push("bad", "v9.0.0");
    repository.push("good");
    tag("-a", "v1.10.0", "-m", "ten");
    tag("other-2.0.0");
    await one.check(signal);
    expect(repository.told("live")).toBe("v3");
    repository.push("bad");
    tag("v1.10.0-rc.1");
    expect([await one.check(signal), repository.told("live")]).toEqual(["live", "v3"]);
    repository.push("good");
    tag("v1.10.1");
    expect([await one.check(signal), repository.told("live")]).toEqual(["live", "v5"]);
  });
});

describe("fifty commits", () => {
  it(
    "with bad ones, an absent network and a follower that is started again leave the newest good head live",
    { ...long, timeout: 600_000 },
    async () => {
      const random = generator(seed);
      const oneIn = (n: number) => random() < 1 / n;
      console.log(`KEELSON_SEED=${String(seed)}`);
      const behaviours = new Map<string, Behaviour>();
      let one = follower();
      let [expected, bad] = ["", 0];
      for (let commit = 1; commit <= 50; commit++) {
        const behaviour = commit % 5 === 0 ? "bad" : "good";
        const { name } = repository.push(behaviour);
        behaviours.set(name, behaviour);
        if (behaviour === "bad") bad += 1;
        if (oneIn(4)) {
          renameSync(repository.remote, `${repository.remote}.away`);
          await one.check(signal);
          renameSync(`${repository.remote}.away`, repository.remote);
        }
        if (oneIn(5)) {
          one = follower();
          await expect(lockFile(join(folder, "lock"))).rejects.toThrow("Another follower");
        }
        // Some come too fast for a check of their own.
        if (oneIn(3) && commit < 50) continue;
        for (let check = 0; check < 3; check++) {
          await one.check(signal);
          minutes(2);
        }
        if (behaviour === "good") expected = name;
        expect(repository.told("live")).toBe(expected);
      }
      repository.push("good");
      await one.check(signal);
      expect([bad, repository.told("live"), repository.told("overlaps")]).toEqual([10, "v51", ""]);
      const counts = new Map<string, number>();
      for (const name of repository.tried) counts.set(name, (counts.get(name) ?? 0) + 1);
      for (const [name, times] of counts) {
        expect([name, times]).toEqual([name, behaviours.get(name) === "bad" ? 2 : 1]);
      }
      rmSync(join(folder, "checkout"), { recursive: true });
    },
  );
});
