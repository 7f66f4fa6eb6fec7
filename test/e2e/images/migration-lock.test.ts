// The lock of a migration by itself, as the step of a release speaks to it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { serviceFile } from "#lib/libpq";
import { cleanUp, hardened, until } from "../../support/docker.js";
import { buildImages, databaseUrl, sql, startDatabase, type Tags } from "../../support/images.js";

const [prefix, database] = ["kimg-lock", "kimg-lock-pg"];
let tags: Tags = {};

beforeAll(async () => {
  await cleanUp(prefix);
  tags = await buildImages("jobs", "postgres");
  await startDatabase(tags, prefix);
});
afterAll(() => cleanUp(prefix));

interface Holder {
  /** Its next line; undefined once it has ended. */
  readonly next: () => Promise<string | undefined>;
  /** Its lines until it ends. */
  readonly rest: () => Promise<string[]>;
  /** Its lines up to an `ok` after a command. */
  readonly tell: (command: string) => Promise<string[]>;
  readonly end: () => Promise<unknown>;
  readonly kill: () => Promise<unknown>;
}

const running: Holder[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.end();
});

/** Starts one; without `needed` and the like having been read. */
function holder(env: Readonly<Record<string, string>> = {}, url = databaseUrl(database)): Holder {
  const variables = {
    PGAPPNAME: "keelson: ann@desk migrates to 2",
    MIGRATION_STACK: "shop-prod",
    MIGRATION_IDENTITY: "shop:2 it's",
    MIGRATION_RELEASE: "2",
    MIGRATION_COMPATIBLE: "false",
    MIGRATION_LOCK_WAIT: "60",
    ...env,
  };
  const args = [
    "run",
    "--rm",
    "--interactive",
    "--network",
    `${prefix}-net`,
    ...hardened,
    ...Object.entries(variables).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
    tags["jobs"] ?? "",
    "migration-lock",
  ];
  const child = spawn("docker", args, { stdio: ["pipe", "pipe", "inherit"] });
  const closed = once(child, "close");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const line = await lines.next();
    return line.done === true ? undefined : line.value;
  };
  child.stdin.on("error", () => undefined);
  child.stdin.write(`${serviceFile(url) ?? ""}\n`);
  const made: Holder = {
    next,
    rest: async () => {
      const said: string[] = [];
      for (let line = await next(); line !== undefined; line = await next()) said.push(line);
      return said;
    },
    tell: async (command) => {
      child.stdin.write(`${command}\n`);
      const said: string[] = [];
      for (;;) {
        const line = await next();
        if (line === "ok" || line === undefined) return said;
        said.push(line);
      }
    },
    end: () => {
      child.stdin.end();
      return closed;
    },
    kill: () => {
      child.kill("SIGKILL");
      return closed;
    },
  };
  running.push(made);
  return made;
}

const locks = () => sql(database, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'");

describe("the lock of a migration", () => {
  it("is one's alone, and goes with whoever has it, even by SIGKILL", async () => {
    const first = holder({}, databaseUrl(database, "postgresql+psycopg"));
    expect([await first.next(), await first.next()]).toEqual(["locked", "needed"]);
    const hurried = holder({ MIGRATION_LOCK_WAIT: "1" });
    const who = /keelson: ann@desk migrates to 2 \(pid \d+, since [\d-]+ [\d:]+ UTC\)$/;
    // Where connecting alone took the second it has, all that it says of who holds the lock is its refusal.
    const refusal = /^refused another migration .* did not end within 1 s: /;
    const said = (await hurried.rest()).filter((line) => !line.startsWith("wait "));
    expect(said).toEqual([expect.stringMatching(refusal)]);
    expect(said[0]).toMatch(who);
    const patient = holder();
    expect(await patient.next()).toMatch(who);
    await first.kill();
    expect([await patient.next(), await patient.next()]).toEqual(["locked", "needed"]);
    await patient.end();
    await until("the lock is free", async () => (await locks()) === "0");
  });

  it("says what a migration waits for", async () => {
    await sql(database, "CREATE TABLE wanted (id int)");
    const lock = holder();
    await lock.next();
    expect([await lock.next(), await lock.tell("begin"), await lock.tell("report")]).toEqual([
      "needed",
      [],
      [],
    ]);
    const blocker = sql(
      database,
      "SET application_name = 'a report'; BEGIN; LOCK TABLE wanted; SELECT pg_sleep(120)",
    ).catch(() => "cut");
    await until("it is held", async () => {
      return (
        (await sql(
          database,
          "SELECT count(*) FROM pg_locks WHERE granted AND relation = 'wanted'::regclass",
        )) !== "0"
      );
    });
    const refused = sql(database, "SET lock_timeout = '3s'; ALTER TABLE wanted ADD more int").catch(
      String,
    );
    expect(await refused).toContain("lock timeout");
    expect(await lock.tell("report")).toEqual([
      expect.stringMatching(
        /^blocked AccessExclusiveLock of wanted, held by pid \d+ \(a report, keelson, active, query age \d+ s\)$/,
      ),
    ]);
    await sql(
      database,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'a report'",
    );
    expect(await blocker).toBe("cut");
  });
});

describe("the record of migrations", () => {
  /** What is said of one, which then begins and passes or not. */
  async function turn(identity: string, o: { compatible?: boolean; fails?: boolean } = {}) {
    const lock = holder({
      MIGRATION_IDENTITY: identity,
      MIGRATION_COMPATIBLE: String(o.compatible === true),
    });
    expect(await lock.next()).toBe("locked");
    const said = (await lock.next()) ?? "";
    if (said === "needed") {
      await lock.tell("begin");
      if (o.fails !== true) await lock.tell("passed");
    }
    await lock.end();
    return said.replace(/ on .*/, "");
  }

  it("takes what has passed on the data for done, whatever has begun or passed since", async () => {
    const unchanged = "unchanged passed";
    expect(await turn("it's 1")).toBe("needed");
    expect(await turn("it's 1")).toBe(unchanged);
    expect(await turn("2", { compatible: true })).toBe("needed");
    // The way back, and forth again.
    expect([await turn("it's 1"), await turn("2")]).toEqual([unchanged, unchanged]);
    expect(await turn("3")).toBe("needed");
    expect(await turn("2")).toBe(unchanged);
    expect(await turn("4", { fails: true })).toBe("needed");
    expect([await turn("2"), await turn("3")]).toEqual([unchanged, unchanged]);
    expect(await turn("4")).toBe("needed");
    await sql(database, "DROP SCHEMA keelson CASCADE");
    expect(await turn("2")).toBe("needed");
  });

  it("knows an image by its id, also where a record of before names it first", async () => {
    expect(await turn('["shop:1","node","m.js"] sha256:1')).toBe("needed");
    expect(await turn('command ["node","m.js"] sha256:1')).toBe("unchanged passed");
    expect(await turn('command ["node","m.js"] sha256:2')).toBe("needed");
    expect(await turn('command ["m.js"] sha256:2')).toBe("needed");
  });

  it("is kept where a migration has dropped it", async () => {
    const lock = holder({ MIGRATION_IDENTITY: "drops" });
    await lock.next();
    await lock.next();
    await lock.tell("begin");
    await sql(database, "DROP SCHEMA keelson CASCADE");
    await lock.tell("passed");
    await lock.end();
    expect(await turn("drops")).toBe("unchanged passed");
  });

  it("says that it can't be kept where the role may not, and then each migration runs", async () => {
    await sql(database, "DROP SCHEMA keelson CASCADE; CREATE ROLE guest LOGIN PASSWORD 'guest'");
    const url = `ecto://guest:guest@${database}/close-the-loop_test`;
    const lock = holder({}, url);
    expect([await lock.next(), await lock.next()]).toEqual(["locked", "needed"]);
    expect(await lock.tell("begin")).toEqual([
      expect.stringMatching(/^note no record of migrations can be kept .*permission denied/),
    ]);
    expect(await lock.tell("passed")).toEqual([]);
  });

  it("and the lock are refused where the database does not answer", async () => {
    const lock = holder({}, `postgres://guest:wrong@${database}/close-the-loop_test`);
    expect(await lock.next()).toMatch(/^refused .*password authentication failed/);
    expect(await lock.next()).toBeUndefined();
  });
});
