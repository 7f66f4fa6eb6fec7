// What tells that backups are well, or not. The numbers are rows of the fault table.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { inventory as inventorySchema } from "#cli/documents/backups";
import { readDocument } from "#cli/documents/read";
import { cleanUp, docker, hardened, root, run, tryDocker, until } from "../../support/docker.js";
import { fixtureImage } from "../../support/fixture-image.js";
import { long } from "../../support/long.js";
import { RepositoryLab } from "../../support/repository.js";
import { startWatcher, type Watcher } from "../../support/watcher.js";

const prefix = "test-watch";
const network = `${prefix}-net`;
const lab = new RepositoryLab(prefix, network);
let promtool = "";
let watcher: Watcher | undefined;

beforeAll(async () => {
  await cleanUp(`${prefix}-`);
  await docker(["network", "create", network]);
  promtool = await fixtureImage("prometheus");
  await lab.start("CREATE TABLE orders AS SELECT generate_series(1, 1000) AS n");
  await lab.must("backup", "dump");
  watcher = await startWatcher(network);
});
afterAll(async () => {
  watcher?.close();
  await cleanUp(`${prefix}-`);
});

const inventory = async () =>
  readDocument(inventorySchema, await lab.must("backup", "inventory"), "inventory");
const alerts = async () => (await inventory()).alerts.map(({ alert }) => alert);
const inBackup = (script: string) => lab.must("backup", "bash", "-c", script);

/** Runs a command of the backup container with a file that has a watcher's URL. */
async function told(variable: string, args: readonly string[], url = `${watcher?.url ?? ""}/x`) {
  await inBackup(`echo '${url}' >/tmp/url`);
  const env = ["--env", `${variable}=/tmp/url`];
  return tryDocker(["exec", ...env, lab.name("backup"), ...args]);
}

/** Runs promtool on the files of monitoring/, or on what it gets on standard input. */
function tool(args: readonly string[], input?: string) {
  const mount = ["--volume", `${join(root, "monitoring")}:/rules:ro`, "--workdir", "/rules"];
  const limits = ["run", "--rm", "-i", ...hardened, "--network", "none"];
  return run("docker", [...limits, ...mount, promtool, "promtool", ...args], {
    input,
    mayFail: true,
  });
}

describe("the metrics", () => {
  it("are what Prometheus reads, and are there for a collector of another uid", async () => {
    await lab.nextSecond();
    await lab.archive();
    await lab.drill();
    await lab.must("backup", "observe");
    const collector = ["run", "--rm", ...hardened, "--user", "65534:65534", "--network", "none"];
    const volume = ["--volume", `${prefix}-metrics:/metrics:ro`, lab.tags["backup"] ?? ""];
    const text = await docker([...collector, ...volume, "cat", "/metrics/keelson.prom"]);
    expect(await tool(["check", "metrics"], `${text}\n`)).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
    const value = (name: string, labels = "") => {
      const line = `keelson_${name}{stack="${prefix}"${labels}} `;
      const found = text.split("\n").find((each) => each.startsWith(line));
      return found === undefined ? undefined : Number(found.slice(line.length));
    };
    const now = Date.now() / 1000;
    for (const kind of ["dump", "full", "diff"]) {
      const label = `,kind="${kind}"`;
      const age = now - (value("backup_last_success_timestamp_seconds", label) ?? 0);
      expect(age, kind).toBeGreaterThanOrEqual(-1);
      expect(age, kind).toBeLessThan(600);
      expect(value("backup_size_bytes", label), kind).toBeGreaterThan(1000);
      expect(value("backup_failed", label), kind).toBe(0);
    }
    const local = ',data="database",repository="1"';
    expect(now - (value("drill_last_proven_timestamp_seconds", local) ?? 0)).toBeLessThan(600);
    expect(value("drill_failed", `${local},kind="latest"`)).toBe(0);
    expect(value("drill_rpo_seconds")).toBeLessThan(300);
    expect(value("drill_rto_seconds")).toBeGreaterThan(0);
    expect([value("wal_archive_failing"), value("server_up")]).toEqual([0, 1]);
    expect(value("disk_size_bytes", ',volume="data"')).toBeGreaterThan(
      value("disk_free_bytes", ',volume="data"') ?? Infinity,
    );
    expect(now - (value("heartbeat_timestamp_seconds") ?? 0)).toBeLessThan(60);
  });

  it("are printed, too", async () => {
    expect(await lab.must("backup", "observe", "print")).toContain(
      "# TYPE keelson_server_up gauge",
    );
  });
});

describe("the rules", () => {
  interface Cases {
    readonly tests: readonly {
      readonly alert_rule_test: readonly { alertname: string; exp_alerts: unknown[] }[];
    }[];
  }
  interface Rules {
    readonly groups: readonly { readonly rules: readonly { readonly alert: string }[] }[];
  }

  const caseFiles = ["keelson.rules.test.yml", "keelson.days.test.yml"];

  it("are rules, each with a case that fires and one that does not", async () => {
    const checked = await tool(["check", "rules", "keelson.rules.yml"]);
    expect([checked.code, checked.stdout]).toEqual([0, expect.stringContaining("SUCCESS")]);
    const tested = await tool(["test", "rules", ...caseFiles]);
    expect([tested.code, tested.stdout + tested.stderr]).toEqual([
      0,
      expect.stringContaining("SUCCESS"),
    ]);
  });

  it("are those of the alerts without Prometheus, and four that need its history or its clock", () => {
    const file = (...path: string[]) => readFileSync(join(root, ...path), "utf8");
    const { groups } = parse(file("monitoring", "keelson.rules.yml")) as Rules;
    const rules = groups.flatMap((group) => group.rules.map(({ alert }) => alert));
    const own = file("images", "backup", "alerts.jq").match(/Keelson\w+/g) ?? [];
    const more = [
      "KeelsonDiskFullSoon",
      "KeelsonClockSkew",
      "KeelsonWatchSilent",
      "KeelsonWatchGone",
    ];
    expect([...new Set([...own, ...more])].sort()).toEqual([...rules].sort());
    const cases = caseFiles.map((each) => parse(file("monitoring", each)) as Cases);
    const all = cases.flatMap(({ tests }) => tests.flatMap((test) => test.alert_rule_test));
    for (const name of rules) {
      const counts = all
        .filter((each) => each.alertname === name)
        .map((each) => each.exp_alerts.length);
      expect([name, counts.includes(0), counts.some((count) => count > 0)]).toEqual([
        name,
        true,
        true,
      ]);
    }
  });
});

it("8: an archive that has stopped is reported within five minutes, looked at every minute", async () => {
  const at = async (seconds: number) => {
    const now = 1_800_000_000;
    const archive = { error: null, waiting: 1, startedAt: 0, heartbeatAt: now };
    const facts = {
      now,
      since: now,
      maxAge: {},
      runs: {},
      drill: { maxAge: null },
      moreDrills: [],
      verify: null,
      disks: [],
      archive: { ...archive, lastArchivedAt: now - seconds },
    };
    const args = ["jq", "--compact-output", "-f", "/usr/local/lib/keelson/alerts.jq"];
    const text = await docker(
      ["exec", "--interactive", lab.name("backup"), ...args],
      JSON.stringify(facts),
    );
    return (JSON.parse(text) as { alert: string }[]).map(({ alert }) => alert);
  };
  expect([await at(180), await at(5 * 60 - 60)]).toEqual([[], ["KeelsonArchivingFails"]]);
});

describe("44: a watcher outside", () => {
  it("is pinged every minute that all is well, or what is not", async () => {
    expect((await told("WATCH_HEARTBEAT_URL_FILE", ["observe"])).code).toBe(0);
    expect(watcher?.heard()).toEqual(["/x"]);
    await inBackup(
      `cd /backups && cp status.json /tmp/kept && jq '.error = "the disk broke"' /tmp/kept >status.json`,
    );
    await told("WATCH_HEARTBEAT_URL_FILE", ["observe"]);
    expect(watcher?.heard()).toEqual([
      "/x/fail KeelsonBackupFailed: the last dump failed: the disk broke",
    ]);
    await inBackup("cp /tmp/kept /backups/status.json");
  });

  it("is pinged about drills, which have no network, once each", async () => {
    await told("DRILL_HEARTBEAT_URL_FILE", ["observe"]);
    expect(watcher?.heard()).toEqual(["/x"]);
    await told("DRILL_HEARTBEAT_URL_FILE", ["observe"]);
    expect(watcher?.heard()).toEqual([]);
    await lab.must("drill", "sh", "-c", 'echo \'{"id": "now"}\' >/proofs/running.json');
    await told("DRILL_HEARTBEAT_URL_FILE", ["observe"]);
    expect(watcher?.heard()).toEqual(["/x/start"]);
    await lab.drill("latest", "DRILL_MAX_RPO=0");
    await told("DRILL_HEARTBEAT_URL_FILE", ["observe"]);
    expect(watcher?.heard()).toEqual([
      expect.stringMatching(/^\/x\/fail heartbeat: the newest heartbeat/),
    ]);
  });

  it.each([
    ["HEARTBEAT_URL_FILE", ["dump"]],
    ["HEARTBEAT_URL_FILE", ["physical-backup", "diff"]],
    ["VERIFY_HEARTBEAT_URL_FILE", ["verify"]],
  ])("of %s is pinged at start and success of %j", async (variable, args) => {
    const { code, stderr } = await told(variable, args);
    expect([code, stderr]).toEqual([0, ""]);
    expect(watcher?.heard()).toEqual(["/x/start", "/x"]);
  });

  it("that is down stops nothing", async () => {
    const { code, stderr } = await told(
      "VERIFY_HEARTBEAT_URL_FILE",
      ["verify"],
      "http://127.0.0.1:9/x",
    );
    expect([code, stderr]).toEqual([0, expect.stringContaining("the watcher could not be pinged")]);
  });

  it("is pinged about a dump that hangs when its time is over; the next one is good", async () => {
    const lock = lab.sql("BEGIN; LOCK TABLE orders; SELECT pg_sleep(600)").catch(() => "ended");
    await until(
      "the table is locked",
      async () =>
        (await lab.sql(
          "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'orders'::regclass",
        )) === "1",
    );
    const { code } = await told("HEARTBEAT_URL_FILE", ["timeout", "--kill-after=30", "2", "dump"]);
    expect(code).toBe(124);
    expect(watcher?.heard()).toEqual(["/x/start", "/x/fail it was stopped before it was done"]);
    expect(await alerts()).toContain("KeelsonBackupFailed");
    expect(await inBackup("ls /backups | grep -c part || true")).toBe("0");
    // The signal may come twice, the second time when it is about to say so.
    const twice = `set -m; dump & until compgen -G '/backups/*.dump.part' >/dev/null; do sleep 0.1; done
      kill -TERM -- -$!; sleep 0.02; kill -TERM -- -$!; wait $!`;
    expect((await told("HEARTBEAT_URL_FILE", ["bash", "-c", twice])).code).toBe(143);
    expect(watcher?.heard()).toEqual(["/x/start", "/x/fail it was stopped before it was done"]);
    expect(await inBackup("ls /backups | grep -c part || true")).toBe("0");
    await lab.sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'",
      "postgres",
    );
    await lock;
    await lab.must("backup", "dump");
    expect(await alerts()).not.toContain("KeelsonBackupFailed");
  });
});

describe("43: the clock", () => {
  it("of schedules is UTC, wherever the container believes to be", async () => {
    const name = lab.name("tz");
    const args = ["run", "--detach", "--name", name, ...hardened, "--user", "999:999"];
    const env = ["--network", "none", "--env", "TZ=Asia/Kathmandu"];
    // Every second of this minute and of the next one, as UTC counts them.
    const minutes = [0, 60_000].map((later) => new Date(Date.now() + later));
    const crontab = minutes.map(
      (at) => `* ${at.getUTCMinutes()} ${at.getUTCHours()} * * * * echo in time`,
    );
    const line = `CRONTAB=${crontab.join("\n")}`;
    await docker([...args, ...env, "--env", line, lab.tags["backup"] ?? "", "cron"]);
    const said = () => docker(["logs", name]);
    await until("the command has run", async () => (await said()).includes("in time"), 60);
    expect(await said()).toContain("in time");
  });

  const inMinutes = (time: number) =>
    new Date(time).toISOString().replaceAll(/[-:]/g, "").slice(0, 13);
  const dumps = async () => (await inBackup("cd /backups && ls *.dump")).split("\n");

  /** Takes a dump in a container with another clock, in another time zone. */
  async function dumpAt(jump: string): Promise<void> {
    const image = await fixtureImage("faketime", lab.tags["backup"]);
    const limits = ["run", "--rm", ...hardened, "--user", "999:999", "--network", "none"];
    const env = [
      "PGHOST=/var/run/postgresql",
      "PGUSER=close-the-loop_test_backup",
      "PGPASSWORD_FILE=/run/secrets/PGPASSWORD",
      "PGDATABASE=close-the-loop_test",
      "TZ=Asia/Kathmandu",
    ];
    const volumes = ["socket:/var/run/postgresql", "backups:/backups", "secrets:/run/secrets:ro"];
    await docker([
      ...limits,
      ...env.flatMap((each) => ["--env", each]),
      ...volumes.flatMap((each) => ["--volume", `${prefix}-${each}`]),
      image,
      "faketime",
      "-f",
      jump,
      "dump",
    ]);
  }

  it.each([
    ["-10m", -600_000],
    ["+10m", 600_000],
  ])(
    "may jump by %s: the names of dumps carry UTC, and none takes the place of a right one",
    long,
    async (jump, by) => {
      const before = await dumps();
      const start = Date.now() + by;
      await dumpAt(jump);
      const after = await dumps();
      const [wrong = ""] = after.filter((each) => !before.includes(each));
      const time = /-(\d{8}T\d{4})\d\dZ\.dump$/.exec(wrong)?.[1] ?? "";
      expect([time >= inMinutes(start), time <= inMinutes(Date.now() + by)]).toEqual([true, true]);
      expect(after).toContain(before.at(-1));
      // The clock is right again: what is dumped now stays, whatever name the other has.
      await lab.nextSecond();
      await lab.must("backup", "dump");
      const { file } = JSON.parse(await inBackup("cat /backups/status.json")) as { file: string };
      expect(await dumps()).toContain(file);
      expect(await lab.must("backup", "verify")).toContain("all is as it was written");
    },
  );
});

it("57: tools older than the server are refused at deployment", async () => {
  // In a volume, since nothing in /tmp can be run.
  const old = "#!/bin/sh\necho 'pg_dump (PostgreSQL) 16.9'\n";
  await lab.must(
    "backup",
    "sh",
    "-c",
    'mkdir -p /key/old && printf %s "$0" >/key/old/pg_dump && chmod +x /key/old/pg_dump',
    old,
  );
  const { code, stderr } = await lab.exec(
    "backup",
    "sh",
    "-c",
    "PATH=/key/old:$PATH prepare-repository",
  );
  expect([code, stderr]).toEqual([
    1,
    "prepare-repository: the backup image has the tools of PostgreSQL 16, and the server is PostgreSQL 17, which they can't back up and restore; set images.backup to an image of 17, or images.postgres to one of 16\n",
  ]);
});
