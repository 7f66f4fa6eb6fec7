import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { resetSql } from "#release/migration/reset";
import { bad, gone, good, MigrationHost } from "../support/migration-host.js";

let host = new MigrationHost();
beforeEach(() => {
  host = new MigrationHost();
});

const container = "shop-test-app-migrate";
const point = "before-1\\.2\\.3-\\d{8}T\\d{6}Z";
const matching = (text: string) => expect.stringMatching(new RegExp(`^${text}$`)) as string;

const resumed = "record: running";
const removed = `rm --force ${container}`;
const noted = matching(
  `record: running \\{"ran":true,"backwardCompatible":false,"restorePoint":"${point}","dump":null\\}`,
);
/** Up to the restore point, where nothing is in the way. */
const locked = [resumed, "holder", removed];
const before = [...locked, "superuser", noted, "told: begin"];
const began = (number = 1) => [
  removed,
  `create --name ${container} --cidfile <folder>/running-${String(number)} --read-only shop:1.0 node it's.js`,
  `network connect shop-edge run-${String(number)}`,
  `start --attach run-${String(number)}`,
];
const run = (number = 1) => [...began(number), "told: report"];
const passed = ["told: left", "told: passed"];
const ended = (reason: string) => `record: failed migration: ${reason}`;
const left = "The schema changed before it failed: table public.notes (changed)";
const serves = "What served before goes on serving: shop-app-1";

describe("the migration's step", () => {
  it("makes a restore point, migrates under the lock, and has it recorded", async () => {
    const { failure, said, asked } = await host.step();
    expect(failure).toBeUndefined();
    expect(asked).toEqual([...before, ...run(), ...passed, removed]);
    expect(said).toEqual([
      "migration: lock taken in 0 s",
      matching(`migration: restore point ${point} made in 0 s`),
      "migration: passed in 0 s",
    ]);
    expect(host.sql).toEqual([matching(`SELECT pg_create_restore_point\\('${point}'\\);\n`)]);
  });

  it("takes the lock by a container of its own, in whose environment stands whose it is", async () => {
    await host.step();
    const { args = [], more } = host.started ?? {};
    expect(args.filter((each) => !each.includes("/"))).toEqual([
      "run",
      "--interactive",
      "--rm",
      "--cidfile",
      "--label",
      `dev.keelson.step=${container}`,
      "--no-healthcheck",
      "--env",
      "PGAPPNAME",
      "--env",
      "MIGRATION_STACK",
      "--env",
      "MIGRATION_IDENTITY",
      "--env",
      "MIGRATION_RELEASE",
      "--env",
      "MIGRATION_COMPATIBLE",
      "--env",
      "MIGRATION_LOCK_WAIT",
      "--read-only",
      "jobs:1",
    ]);
    expect(more).toEqual({
      PGAPPNAME: "keelson: ann@desk migrates to 1.2.3",
      MIGRATION_IDENTITY: 'command ["node","it\'s.js"] sha256:1',
    });
    expect(host.login).toBe("[keelson]\nhost=db\n\n");
    const file = args[args.indexOf("--cidfile") + 1] ?? "";
    expect([existsSync(file), existsSync(dirname(file))]).toEqual([false, false]);
    expect(await host.holder.ended).toEqual({ code: 0, stderr: "" });
  });

  it("is called by what the server keeps of its name, cut between characters", async () => {
    await host.step({ KEELSON_ACTOR: "ä".repeat(40) });
    expect(host.started?.more["PGAPPNAME"]).toBe(`keelson: ${"ä".repeat(27)}`);
  });

  it("does nothing where the same has passed", async () => {
    host.opening = ["locked", "unchanged passed on Monday"];
    const { failure, said, asked } = await host.step({ MIGRATION_LIVE_PATH: "/live" });
    // What was noted by a run that was killed stays.
    expect([failure, asked]).toEqual([undefined, [...locked, removed]]);
    expect(said.at(-1)).toBe(
      "migration: not run: this one passed on Monday (same image, same command)",
    );
  });

  it("removes what runs that were killed have left", async () => {
    host.old = "one\ntwo\n";
    const { asked } = await host.step();
    expect(asked.slice(0, 4)).toEqual([resumed, "holder", "rm one two", removed]);
  });

  it("waits until Docker has removed a container of that name", async () => {
    const { docker } = host;
    const slow: typeof docker = async (args, options) => {
      const done = await docker(args, options);
      const text = args.join(" ");
      if (host.clock > 500 && text === `container inspect ${container}`) {
        return bad(1, `No such container: ${container}`);
      }
      return text === removed && host.clock < 500
        ? bad(1, "removal of container is already in progress")
        : done;
    };
    Object.assign(host, { docker: slow });
    const { failure, asked } = await host.step();
    expect([failure, asked]).toEqual([undefined, [...before, ...run(), ...passed, removed]]);
    host = new MigrationHost();
    const { docker: own } = host;
    const never: typeof docker = (args, options) =>
      args.join(" ") === removed ? Promise.resolve(bad(1, "device is busy")) : own(args, options);
    Object.assign(host, { docker: never });
    expect((await host.step()).failure).toBe(
      `migration: ${container} of an earlier run can't be removed: device is busy`,
    );
  });

  it("says whom it waits for, and gives up with what the holder says", async () => {
    host.opening = ["wait keelson: ann", "refused ann did not end"];
    const { failure, said, asked } = await host.step();
    expect(failure).toBe("migration: ann did not end");
    // Without the lock it has no right to the container's name.
    expect(asked).toEqual([resumed, "holder", ended("ann did not end")]);
    expect(said).toEqual(["migration: waiting up to 300 s for another migration: keelson: ann"]);
  });

  it("ends where its image can't be found, before the lock", async () => {
    const { docker } = host;
    const withoutImage: typeof docker = (args, options) =>
      args[0] === "image" ? Promise.resolve(bad(1, "No such image\n")) : docker(args, options);
    Object.assign(host, { docker: withoutImage });
    const { failure, asked } = await host.step();
    const reason = "shop:1.0 can't be looked at: No such image";
    expect([failure, asked]).toEqual([`migration: ${reason}`, [resumed, ended(reason)]]);
  });

  it("has no restore point where the database is external, and none that fails", async () => {
    const { said, failure } = await host.step({ MIGRATION_SERVER: "" });
    expect([failure, host.sql]).toEqual([undefined, []]);
    expect(said).toContain("migration: no restore point: the database is external");
    host = new MigrationHost();
    host.superuser = () => bad(3, "ERROR:  recovery is in progress\n");
    const reason = "restore point: it could not be made: ERROR:  recovery is in progress";
    const { asked } = await host.step();
    expect(asked).toEqual([...locked, "superuser", ended(reason), removed]);
  });
});

describe("a session that holds the lock and is lost", () => {
  const lost = "the session that holds the lock ended; look after the database, then run again";

  it("ends the step, which records nothing", async () => {
    host.opening = ["locked"];
    const { docker } = host;
    const gone: typeof docker = (args, options) => {
      if (args[0] === "rm") host.holder.end(1, "Error response from daemon: gone");
      return docker(args, options);
    };
    Object.assign(host, { docker: gone });
    const { failure, said, asked } = await host.step();
    expect(failure).toBe(`migration: ${lost}`);
    expect(said.at(-1)).toBe("migration: Error response from daemon: gone");
    expect(asked).toEqual([...locked, ended(lost)]);
  });

  it("ends the migration's container at once, in the middle", async () => {
    host.runs = [
      () => {
        host.holder.end();
        return new Promise((resolve) => {
          host.onStop = () => {
            resolve(bad(137));
          };
        });
      },
    ];
    const { failure, asked } = await host.step();
    expect(failure).toBe(`migration: ${lost}`);
    // By its id: another run may have the lock by now, and a container of that name.
    const id = "run-1";
    expect(asked).toEqual([...before, ...began(), `kill ${id}`, ended(lost), `rm --force ${id}`]);
  });
});

describe("an engine that has ended", () => {
  const left = "the engine has ended: this step is left to the next run";

  it("leaves all to the next run, once the lock is there", async () => {
    const { start } = host;
    Object.assign(host, {
      start: (...given: Parameters<typeof start>) => {
        host.isWanted = () => false;
        return start(...given);
      },
    });
    const { failure, said, asked } = await host.step();
    expect([failure, asked]).toEqual([left, [resumed, "holder", removed]]);
    expect(said).toEqual(["migration: lock taken in 0 s"]);
  });

  it("in the middle lets a migration come to its end, and a failure be recorded by nobody", async () => {
    const end = (code: number) => () => {
      host.isWanted = () => false;
      return bad(code);
    };
    host.runs = [end(0)];
    const passes = await host.step();
    expect(passes.failure).toBeUndefined();
    expect(passes.asked).toEqual([...before, ...run(), ...passed, removed]);
    host = new MigrationHost();
    host.runs = [end(3)];
    const fails = await host.step();
    expect(fails.failure).toBe(left);
    expect(fails.asked).toEqual([...before, ...run(), "told: changes", removed]);
    expect(fails.said.at(-1)).toContain("migration: it ended with 3 after 0 s. The schema changed");
  });

  it("is not followed by another attempt", async () => {
    host.log = ["ERROR: 55P03"];
    host.runs = [() => bad(1)];
    host.isWanted = () => host.clock === 0;
    const { failure, asked } = await host.step();
    expect([failure, asked]).toEqual([left, [...before, ...run(), "told: left", removed]]);
  });
});

describe("a signal", () => {
  it.each([130, 143])("ends the step with %i, and leaves nothing", async (code) => {
    host.runs = [
      () => {
        host.interrupt(code);
        return new Promise(() => undefined);
      },
    ];
    const { failure, said, asked } = await host.step();
    expect([failure, host.exits]).toEqual([undefined, [code]]);
    expect(said.at(-1)).toBe("migration: it is interrupted; its container and its lock go");
    // The record stays as it is: whoever goes on with it finds it.
    expect(asked).toEqual([...before, ...began(), removed]);
    expect(await host.holder.ended).toEqual({ code: 0, stderr: "" });
    const { args = [] } = host.started ?? {};
    expect(existsSync(dirname(args[args.indexOf("--cidfile") + 1] ?? ""))).toBe(false);
  });
});

describe("a migration that waited too long for a lock", () => {
  const held =
    "it waited too long for a lock: AccessExclusiveLock of notes, held by pid 7 (report)";
  beforeEach(() => {
    host.log = ["ERROR: 55P03 canceling statement due to lock timeout"];
    host.blocked = "AccessExclusiveLock of notes, held by pid 7 (report)";
  });

  it("is tried again, after growing pauses", async () => {
    host.runs = [() => bad(1), () => bad(1)];
    const { failure, said, asked } = await host.step();
    expect(failure).toBeUndefined();
    expect(asked).toEqual([
      ...before,
      ...run(1),
      "told: left",
      ...run(2),
      "told: left",
      ...run(3),
      ...passed,
      removed,
    ]);
    expect(said.slice(2)).toEqual([
      `migration: ${held}; retry 1 of 5 in 5 s`,
      `migration: ${held}; retry 2 of 5 in 10 s`,
      "migration: passed in 0 s",
    ]);
    expect(host.clock).toBe(15_000);
  });

  it("is tried so often and no more, and is no reason to empty the database", async () => {
    host.runs = [() => bad(1), () => bad(1), () => bad(1)];
    const { failure, said, asked } = await host.step({
      MIGRATION_LOCK_RETRIES: "1",
      MIGRATION_LOCK_PAUSE: "90",
      MIGRATION_RESET: "1",
    });
    const reason = `${held}; tried 2 times. End what holds it, or raise app.migrate.lockTimeout or lockRetries`;
    expect(failure).toBe(`migration: ${reason}. ${left}. ${serves}`);
    expect(asked).toEqual([
      ...before,
      ...run(1),
      "told: left",
      ...run(2),
      "told: left",
      "told: changes",
      `record: failed ${String(failure)}`,
      removed,
    ]);
    expect(said.slice(-2)).toEqual([
      `migration: ${reason}; the last 50 log lines of ${container}:`,
      "ERROR: 55P03 canceling statement due to lock timeout",
    ]);
  });

  it("pauses for a minute at the most, and says where nothing was seen", async () => {
    host.blocked = "";
    host.runs = Array.from({ length: 5 }, () => () => bad(1));
    const { said } = await host.step({ MIGRATION_LOCK_PAUSE: "20" });
    const told = said.filter((line) => line.includes("retry"));
    expect(told[0]).toBe(
      "migration: it waited too long for a lock: on what was not seen; retry 1 of 5 in 20 s",
    );
    expect(told.map((line) => / in (\d+) s$/.exec(line)?.[1])).toEqual([
      "20",
      "40",
      "60",
      "60",
      "60",
    ]);
  });
});

describe("a migration that fails", () => {
  const late = ({ timeoutMs = 0 }) => {
    host.clock += timeoutMs;
    return bad(124);
  };
  const running = { Running: true, OOMKilled: false };
  const memory = { Running: false, OOMKilled: true };
  const stopped = "stop -t 10 run-1";

  it.each([
    ["by its own failure", () => bad(3), undefined, [], "it ended with 3 after 0 s"],
    [
      "for want of memory",
      () => bad(137),
      memory,
      [],
      "it ended with 137 after 0 s, killed for memory: raise app.migrate.memory (512MiB)",
    ],
    [
      "since it was killed",
      () => bad(137),
      undefined,
      [],
      "it ended with 137 after 0 s, killed, which is most often for memory: raise app.migrate.memory (512MiB)",
    ],
    ["with the code of a time limit", () => bad(124), undefined, [], "it ended with 124 after 0 s"],
    [
      "since its command is not there",
      () => bad(127),
      undefined,
      [],
      "its command can't be run: it ended with 127",
    ],
    [
      "since it does not end",
      late,
      running,
      [stopped],
      "it did not end within 600 s (app.migrate.timeout)",
    ],
    [
      "just when its time is over",
      late,
      undefined,
      [stopped],
      "it did not end within 600 s (app.migrate.timeout)",
    ],
    [
      "since Docker was lost",
      () => bad(1, "unexpected EOF"),
      running,
      [stopped],
      "the connection to Docker ended with 1 while it ran: unexpected EOF",
    ],
  ])("%s is not tried again", async (_how, act, state, stop, reason) => {
    Object.assign(host, { runs: [act], log: ["its last word"] }, state && { state });
    const { failure, said, asked } = await host.step();
    expect(failure).toBe(`migration: ${reason}. ${left}. ${serves}`);
    expect(asked).toEqual([
      ...before,
      ...run(),
      ...stop,
      "told: changes",
      `record: failed ${String(failure)}`,
      removed,
    ]);
    expect(said.slice(-2)).toEqual([
      `migration: ${reason}; the last 50 log lines of ${container}:`,
      "its last word",
    ]);
  });

  it("may take a month, which is longer than Node's timers", async () => {
    const limits: unknown[] = [];
    host.runs = [
      ({ timeoutMs }) => {
        limits.push(timeoutMs);
        return good();
      },
    ];
    await host.step({ MIGRATION_TIMEOUT: String(30 * 86_400) });
    expect(limits).toEqual([2 ** 31 - 1]);
  });

  it("since Docker has not made its container says what Docker said", async () => {
    Object.assign(host, { runs: [() => bad(125, "docker: invalid mount\n")], isThere: false });
    const { failure, asked } = await host.step({ MIGRATION_RESET: "1" });
    const reason = "its container could not be run: docker: invalid mount";
    expect(failure).toBe(`migration: ${reason}`);
    expect(asked).toEqual([...before, ...began().slice(0, 2), ended(reason), removed]);
  });

  it("since Docker does not connect or start its container says why", async () => {
    host.connects = () => bad(1, "network shop-edge not found\n");
    const reason = "its container could not be run: network shop-edge not found";
    const { failure, asked } = await host.step();
    expect(failure).toBe(`migration: ${reason}`);
    expect(asked).toEqual([...before, ...began().slice(0, 3), ended(reason), removed]);
    host = new MigrationHost();
    host.runs = [() => bad(1, "Error response from daemon")];
    host.state = { Running: false, OOMKilled: false, Error: 'exec: "rake": not found' };
    const unstarted = await host.step({ MIGRATION_RESET: "1" });
    expect(unstarted.failure).toBe(
      `migration: its command can't be run: exec: "rake": not found. ${left}. ${serves}`,
    );
  });

  it("names the setting that its log points at", async () => {
    host.runs = [() => bad(1)];
    host.log = ['ERROR:  permission denied to create extension "postgis"', "rake aborted!"];
    expect((await host.step()).failure).toBe(
      `migration: it ended with 1 after 0 s. It needs the extension postgis of PostgreSQL: add it to database.extensions. ${left}. ${serves}`,
    );
  });

  it("with nothing known of the schema says so", async () => {
    Object.assign(host, { runs: [() => bad(3)], changes: undefined });
    expect((await host.step()).failure).toBe(
      `migration: it ended with 3 after 0 s. Whether it changed the schema is not known. ${serves}`,
    );
  });

  it("empties the database where that is set, and is run once more", async () => {
    host.runs = [() => bad(1)];
    host.log = ["its last word"];
    const { failure, said, asked } = await host.step({ MIGRATION_RESET: "1" });
    expect(failure).toBeUndefined();
    expect(asked).toEqual([
      ...before,
      ...run(1),
      "superuser",
      "told: begin",
      ...run(2),
      ...passed,
      removed,
    ]);
    expect(host.sql[1]).toBe(`${resetSql}\n`);
    expect(said.slice(2)).toEqual([
      `migration: it ended with 1 after 0 s; the last 50 log lines of ${container}:`,
      "its last word",
      "migration: !!! app.migrate.resetOnFailure is set: EMPTYING THE DATABASE shop_local, ALL ITS DATA IS LOST",
      "migration: !!! the database is empty after 0 s; migrating afresh",
      "migration: passed in 0 s",
    ]);
  });

  it("after the database was emptied says that too", async () => {
    host.runs = [() => bad(1), () => bad(2)];
    const { failure } = await host.step({ MIGRATION_RESET: "1" });
    expect(failure).toBe(
      `migration: it ended with 2 after 0 s. ${left}. ${serves}. The database was emptied before`,
    );
  });

  it.each([
    ["can't be begun", () => bad(127), undefined],
    ["does not end", late, running],
    ["is interrupted", () => bad(1), running],
  ])("and %s empties nothing", async (_how, act, state) => {
    Object.assign(host, { runs: [act] }, state && { state });
    const { said } = await host.step({ MIGRATION_RESET: "1" });
    expect([host.sql.length, said.join("\n")]).toEqual([1, expect.not.stringContaining("EMPTY")]);
  });

  it("in a database that can't be emptied is not run again", async () => {
    host.runs = [() => bad(1)];
    host.superuser = () => (host.sql.length === 1 ? good() : bad(3, "ERROR:  lock timeout\n"));
    const { failure } = await host.step({ MIGRATION_RESET: "1" });
    expect(failure).toBe(
      "migration: it ended with 1 after 0 s, and the database could not be emptied: ERROR:  lock timeout. " +
        `WHETHER ITS DATA ARE LOST IS NOT KNOWN: ERROR:  lock timeout. ${left}. ${serves}`,
    );
  });
});

describe("a migration that leaves what is not valid", () => {
  const index =
    "the index public.i is not valid, so of no use: REINDEX INDEX CONCURRENTLY public.i";
  const constraint = "a constraint is not validated: ALTER TABLE public.t VALIDATE CONSTRAINT c";
  const advice = "Do that, then run it again";

  it("has failed though it ended with 0, and empties nothing", async () => {
    host.left = [[`index ${index}`, `constraint ${constraint}`]];
    const { failure, asked } = await host.step({ MIGRATION_RESET: "1" });
    expect(failure).toBe(
      `migration: it ended with 0, but ${index}; ${constraint} (or set app.migrate.allowNotValid). ${advice}. ${serves}`,
    );
    expect(asked).toEqual([
      ...before,
      ...run(),
      "told: left",
      `record: failed ${String(failure)}`,
      removed,
    ]);
  });

  it("may leave constraints to a later one where that is allowed, but no index", async () => {
    host.left = [[`constraint ${constraint}`]];
    const { failure, said } = await host.step({ MIGRATION_NOT_VALID: "allowed" });
    expect(failure).toBeUndefined();
    expect(said.slice(-2)).toEqual([
      `migration: ${constraint} (allowed)`,
      "migration: passed in 0 s",
    ]);
    host = new MigrationHost();
    host.left = [[`index ${index}`, `constraint ${constraint}`]];
    const both = await host.step({ MIGRATION_NOT_VALID: "allowed" });
    expect(both.failure).toBe(`migration: it ended with 0, but ${index}. ${advice}. ${serves}`);
  });

  it("is not tried again when it waited too long for a lock", async () => {
    host.log = ["ERROR: 55P03"];
    host.runs = [() => bad(1)];
    host.left = [[`index ${index}`]];
    const { failure, asked } = await host.step();
    expect(failure).toBe(
      `migration: it waited too long for a lock: on what was not seen; it is not tried again, since ${index}. ${advice}. ${serves}`,
    );
    expect(asked.filter((each) => each.startsWith("start"))).toEqual(["start --attach run-1"]);
  });
});

describe("a dump before the migration", () => {
  const MIGRATION_BACKUP = "backup";
  const backup = "exec backup /usr/local/bin/dump";
  const busy = () => bad(75, "another backup of this folder is running");
  const written = () =>
    good('{"level":"info","message":"deleted"}\nnot JSON\n{"level":"info","file":"a-1.dump"}\n');

  it("is made after any other, and stands in the record", async () => {
    host.backups = [busy, busy, written];
    const { failure, said, asked } = await host.step({ MIGRATION_BACKUP });
    expect(failure).toBeUndefined();
    const record = matching(
      `record: running \\{"ran":true,"backwardCompatible":false,"restorePoint":"${point}","dump":"a-1.dump"\\}`,
    );
    expect(asked).toEqual([
      ...locked,
      "superuser",
      backup,
      backup,
      backup,
      record,
      "told: begin",
      ...run(),
      ...passed,
      removed,
    ]);
    expect(said.slice(2, 4)).toEqual([
      "migration: waiting for another backup to end",
      "migration: dump a-1.dump made in 2 s",
    ]);
  });

  it.each([
    ["fails", () => bad(1, "disk full\n"), "dump: it failed: disk full"],
    [
      "does not say its file",
      () => good('{"message":"backed up as a-1.dump in 1 s"}\n'),
      'dump: the backup does not say what it wrote: {"message":"backed up as a-1.dump in 1 s"}',
    ],
  ])("that %s keeps it from beginning", async (_how, act, reason) => {
    host.backups = [act];
    const { failure, asked } = await host.step({ MIGRATION_BACKUP });
    expect(failure).toBe(`migration: ${reason}`);
    expect(asked).toEqual([...locked, "superuser", backup, ended(reason), removed]);
  });

  it("waits for another one so long and no longer", async () => {
    host.backups = Array.from({ length: 9 }, () => busy);
    const { failure, asked } = await host.step({ MIGRATION_BACKUP, MIGRATION_LOCK_WAIT: "3" });
    expect(failure).toBe(
      "migration: dump: another backup did not end within 3 s (app.migrate.lockWait)",
    );
    expect(asked.filter((each) => each === backup)).toHaveLength(4);
  });
});

describe("what serves while and after a database is migrated", () => {
  const MIGRATION_LIVE_PATH = "/live";
  const down = { host: "shop-app-1", isUp: false };

  it("is judged by its liveness, before the migration begins", async () => {
    host.runs = [() => bad(3)];
    const { failure, asked } = await host.step({ MIGRATION_LIVE_PATH });
    expect(asked.slice(3, 8)).toEqual([
      "superuser",
      "checks.map: app-1 /live",
      "admin: add map /config/checks.map app-1 /live",
      noted,
      "told: begin",
    ]);
    expect(failure).toBe(
      `migration: it ended with 3 after 0 s. ${left}. ${serves}, judged by /live (liveness)`,
    );
    expect(host.clock).toBe(0);
  });

  it("keeps a migration from beginning where it can't be judged so", async () => {
    host.onProxy = (act) => {
      if (act.startsWith("admin 0 add map")) throw new Error(act);
      if (act.includes("show map")) throw gone();
    };
    host.state = { Running: true, OOMKilled: false };
    const { failure, asked } = await host.step({ MIGRATION_LIVE_PATH });
    expect(failure).toMatch(
      /^migration: it was not begun, since what serves can't be judged by its liveness: proxy: it is exited\//,
    );
    expect(asked).not.toContain("told: begin");
  });

  it("is looked at for as long as a readiness may take to fail", async () => {
    host.runs = [() => bad(3)];
    const { failure } = await host.step();
    expect(failure).toContain(`. ${serves}`);
    expect(host.clock).toBeGreaterThanOrEqual(5000);
  });

  it("is said to be nothing where the proxy's checks fail by now, with the way out", async () => {
    host.runs = [() => bad(3)];
    host.serving = [down];
    const { failure } = await host.step();
    expect(failure).toMatch(
      new RegExp(
        "\\. NOTHING SERVES NOW: the proxy's check of shop-app-1 fails: it answers with status 503 Service Unavailable\\. " +
          `The way out: keelson restore --point ${point} --stack <stack>, then keelson up with the image before$`,
      ),
    );
    expect(host.clock).toBe(0);
  });

  it("is said to be nothing where the checks fail a moment later", async () => {
    host.runs = [() => bad(3)];
    host.onProxy = () => {
      if (host.clock > 2000) host.serving = [down];
    };
    expect((await host.step()).failure).toContain(". NOTHING SERVES NOW: ");
  });

  it("has a way out of its own where the database is external", async () => {
    host.runs = [() => bad(3)];
    host.serving = [down];
    const { failure } = await host.step({ MIGRATION_SERVER: "", MIGRATION_LIVE_PATH });
    expect(failure).toContain(
      "The way out: bring the database back to its state before the migration, then keelson up with the image before",
    );
    // It may have been up again.
    expect(host.clock).toBeGreaterThanOrEqual(5000);
  });

  it("is not known where the proxy does not answer", async () => {
    host.runs = [() => bad(3)];
    host.onProxy = (act) => {
      if (act.includes("show servers state")) throw gone();
    };
    expect((await host.step()).failure).toContain(
      ". Whether what served before goes on serving is not known: proxy: it is exited/, not healthy: it ended with 137",
    );
  });

  it("is nothing at the first release", async () => {
    host.runs = [() => bad(3)];
    host.serving = [];
    expect((await host.step()).failure).toMatch(/\. Nothing served before$/);
    host = new MigrationHost();
    host.runs = [() => bad(3)];
    host.proxy = "";
    expect((await host.step({ MIGRATION_LIVE_PATH })).failure).toMatch(
      /\. Nothing served before: there is no proxy yet$/,
    );
  });
});
