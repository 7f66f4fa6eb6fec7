import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { migrationScript } from "../../components/app-migration-script.js";
import { settingsFrom } from "../../config.js";
import { secretProblems } from "../../secret-problems.js";
import { ensureSql } from "../../components/database-roles.js";
import { lockTimeoutOf } from "../../data-tier.js";
import { runSettings, shared } from "../support/program.js";
import { isSecret, plain } from "../support/pulumi.js";

const app = { name: "shop", image: "shop:1.0" };
const command = ["node", "it's.js"];
const external = { database: { externalUrlSecret: "DB" }, secrets: { DB: {} } };
const url = "postgresql+psycopg://me:s3cret@db.example.com/app?sslmode=require";

/** The migration's step of a stack with such settings. */
async function step(migrate: object = {}, over: object = {}) {
  const sections = { environment: "local", app: { ...app, migrate: { command, ...migrate } } };
  const run = await runSettings(settingsFrom({ ...sections, ...over }), {
    environment: { DB: url },
  });
  const { inputs } = run.get("shop-test-app-migrate");
  const environment = plain(inputs["environment"]) as Record<string, string>;
  return { run, inputs, environment, script: String(plain(inputs["create"])) };
}

const usual = shared(() => step());
const passwords = { migrator: "m", app: "a", readonly: "r", backup: "b", monitor: "o" };

describe("the migration's step", () => {
  it("runs as the app does, on the data network, with its own secrets", async () => {
    const { script, environment } = await usual();
    expect(script).toContain(
      'timeout -k 10 "$MIGRATION_TIMEOUT" docker run --name "$MIGRATION_STEP" --cidfile "$folder/running" --read-only --cap-drop ALL ',
    );
    const line = script.split("\n").find((each) => each.includes("timeout -k")) ?? "";
    expect(line).toContain(" --user 10001:10001 --network shop-test-data-1234567 ");
    expect(line).toMatch(/--volume shop-test-app-migrate-secrets-1234567:\/run\/secrets:ro /);
    expect(line).toMatch(/ shop:1\.0 node 'it'\\''s\.js'$/);
    expect(line).not.toContain("PGOPTIONS");
    expect(script).not.toContain("--cap-add");
    expect(environment["PROXY_FILTERS"]).toContain("label=dev.keelson.workload=proxy");
    expect(environment).toMatchObject({
      MIGRATION: '["shop:1.0","node","it\'s.js"]',
      MIGRATION_STEP: "shop-test-app-migrate",
      MIGRATION_IMAGE: "shop:1.0",
      MIGRATION_STACK: "shop-test",
      MIGRATION_RELEASE: "1.2.3",
      MIGRATION_SERVER: "shop-test-postgres-1234567",
      MIGRATION_DATABASE: "shop_local",
      MIGRATION_BACKUP: "",
      MIGRATION_RESET: "",
      MIGRATION_COMPATIBLE: "false",
      MIGRATION_TIMEOUT: "600",
      MIGRATION_LOCK_WAIT: "300",
      MIGRATION_LOCK_RETRIES: "5",
      MIGRATION_LOCK_PAUSE: "5",
    });
  });

  it("gets the migrator's login over stdin, as a secret", async () => {
    const { inputs } = await usual();
    expect(isSecret(inputs["stdin"])).toBe(true);
    expect(plain(inputs["stdin"])).toMatch(
      /^user=shop_local_migrator\npassword=canary-generated-/m,
    );
  });

  it("knows the container of the backups where it is to make one, and so waits for it", async () => {
    const { environment, run } = await step({ dumpBefore: true });
    expect(environment["MIGRATION_BACKUP"]).toBe("shop-test-backup-1234567");
    expect(run.before("shop-test-app-migrate")).toContain("shop-test-backup-ready");
  });

  it("has no server to make a restore point on where the database is somebody else's", async () => {
    const over = { ...external, backup: { enabled: false } };
    const { environment, script, inputs } = await step({ lockTimeout: "1m" }, over);
    expect(environment).toMatchObject({ MIGRATION_SERVER: "", MIGRATION_RESET: "" });
    expect(script).toContain("--env 'PGOPTIONS=-c lock_timeout=60s'");
    expect(plain(inputs["stdin"])).toContain("\nhost=db.example.com\n");
    expect((await step({ lockTimeout: null }, over)).script).not.toContain("PGOPTIONS");
  });

  it("is refused a URL that psql could not use", () => {
    const settings = settingsFrom({
      ...{ environment: "local", app: { ...app, migrate: { command } } },
      ...{ ...external, backup: { enabled: false } },
    });
    expect(secretProblems(settings, { DB: "mysql://me@db/app" })).toEqual([
      "secrets.DB: is not the URL of a PostgreSQL database; write postgresql://user:password@host:port/database",
    ]);
    expect(secretProblems(settings, { DB: url })).toEqual([]);
  });

  it("has the migrator's time for locks set in the database", async () => {
    const { run } = await usual();
    expect(plain(run.get("shop-test-database-ensure").inputs["stdin"])).toContain(
      "SET lock_timeout = '5s'",
    );
    const ensured = (migrate: object) => {
      const sections = { environment: "local", app: { ...app, migrate: { command, ...migrate } } };
      return ensureSql("shop_local", passwords, lockTimeoutOf(settingsFrom(sections)));
    };
    expect(ensured({})).toContain("SET lock_timeout = '5s'");
    expect(ensured({ lockTimeout: "2m" })).toContain("SET lock_timeout = '120s'");
    expect(ensured({ lockTimeout: null })).toContain("SET lock_timeout = '0'");
  });
});

describe("the script of the step", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "keelson-migration-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  interface Fake {
    /** What the holder of the lock says first. */
    readonly holder?: string;
    /** The exit codes of the migration, one after the other. */
    readonly codes?: readonly number[];
    /** What its container has logged. */
    readonly log?: string;
    /** What the backup does. */
    readonly backup?: string;
  }

  /** A docker that plays the holder of the lock and the migration, and notes what is asked of it. */
  function fakeDocker({
    holder = "echo locked; echo needed",
    codes = [0],
    log = "",
    backup = "",
  }: Fake) {
    writeFileSync(join(folder, "codes"), codes.map((code) => `${code}\n`).join(""));
    writeFileSync(join(folder, "log"), log);
    return `#!/bin/sh
cd ${folder}
echo "$*" | sed 's/ --read-only.*//; s/\\(psql\\) .*/\\1/; /RELEASE_BY/d' | grep -v '^[^a-z]' >>asked
case "$*" in
"run --interactive"*)
  # Whom it speaks to may have ended: that is not what the step says.
  exec 2>/dev/null
  for each in "$@"; do [ "$previous" != --cidfile ] || echo holder >"$each"; previous=$each; done
  while read -r line && [ -n "$line" ]; do :; done
  ${holder}
  while read -r word; do
    echo "told: $word" >>asked
    [ "$word" != report ] || [ ! -s log ] || echo "blocked AccessExclusiveLock of notes, held by pid 7 (report)"
    [ "$word" != changes ] || echo "changes The schema changed before it failed: table public.notes (changed)"
    echo ok
  done ;;
"run --name"*) code=$(head -n 1 codes); sed -i 1d codes; exit "$code" ;;
"logs "*) cat log ;;
"ps --quiet"*) echo proxy ;;
"exec --interactive --env RELEASE_BY="*) echo "record: $(echo "$*" | sed 's,.*/releases ,,')" >>asked ;;
"inspect "*Running*) echo "\${RUNNING:-false} false" ;;
"image inspect"*) echo sha256:1 ;;
"exec pg"*|"exec --interactive pg"*) cat >>sql ;;
"exec backup"*) ${backup === "" ? ":" : backup} ;;
esac
`;
  }

  const script = migrationScript(
    'docker run --interactive --rm --cidfile "$folder/holder" migration-lock',
    'timeout -k 10 "$MIGRATION_TIMEOUT" docker run --name "$MIGRATION_STEP" --cidfile "$folder/running" --read-only shop:1.0',
  );
  const environment = {
    PROXY_FILTERS: "--filter label=dev.keelson.workload=proxy",
    MIGRATION: '["shop:1.0","node","it\'s.js"]',
    MIGRATION_STEP: "shop-test-app-migrate",
    MIGRATION_IMAGE: "shop:1.0",
    MIGRATION_STACK: "shop-test",
    MIGRATION_RELEASE: "1.2.3",
    MIGRATION_SERVER: "pg",
    MIGRATION_DATABASE: "shop_local",
    ...{ MIGRATION_BACKUP: "", MIGRATION_RESET: "", MIGRATION_COMPATIBLE: "false" },
    ...{ MIGRATION_TIMEOUT: "600", MIGRATION_LOCK_WAIT: "300" },
    ...{ MIGRATION_LOCK_RETRIES: "5", MIGRATION_LOCK_PAUSE: "0" },
  };

  /** Runs the script; what it said, and what was asked of docker. */
  async function run(fake: Fake, variables: NodeJS.ProcessEnv = {}, engine = 'exec sh -c "$STEP"') {
    writeFileSync(join(folder, "docker"), fakeDocker(fake), { mode: 0o755 });
    const PATH = `${folder}${delimiter}${process.env["PATH"] ?? ""}`;
    const env = { ...environment, PATH, STEP: `exec 2>&1; ${script}`, ...variables };
    const [code, text] = await new Promise<[number, string]>((resolve) => {
      const child = execFile("sh", ["-c", engine], { env }, (error, stdout) => {
        resolve([error === null ? 0 : Number(error.code), stdout]);
      });
      child.stdin?.end("[keelson]\nhost=db\n");
    });
    const asked = readFileSync(join(folder, "asked"), "utf8").trim().split("\n");
    return {
      code,
      text,
      asked: asked.filter((each) => /^(told: \w|run --name|exec|record)/.test(each)),
    };
  }

  const [begin, report, passed] = ["told: begin", "told: report", "told: passed"];
  const changes = "told: changes";
  const left = "The schema changed before it failed: table public.notes (changed)";
  const resumed = "record: resume";
  const noted = expect.stringMatching(
    /^record: note migration \{"ran":true,"backwardCompatible":false,"restorePoint":"before-1\.2\.3-\w+","dump":null\}$/,
  ) as string;
  const ended = expect.stringMatching(/^record: end failed migration: /) as string;
  const going = expect.stringMatching(/^run --name shop-test-app-migrate --cidfile /) as string;
  const point = expect.stringMatching(/^exec --interactive pg sh -c /) as string;

  it("makes a restore point, migrates under the lock, and has it recorded", async () => {
    const { code, text, asked } = await run({});
    expect([code, asked]).toEqual([0, [resumed, point, noted, begin, going, report, passed]]);
    expect(text).toMatch(
      /^migration: lock taken in \d s\nmigration: restore point before-1\.2\.3-\d{8}T\d{6}Z made in \d s\nmigration: passed in \d s\n$/,
    );
    expect(readFileSync(join(folder, "sql"), "utf8")).toMatch(
      /^SELECT pg_create_restore_point\('before-1\.2\.3-\d{8}T\d{6}Z'\);\n$/,
    );
  });

  it("does nothing where the same has passed", async () => {
    const holder = "echo locked; echo 'unchanged passed on Monday'";
    const { code, text, asked } = await run({ holder });
    // What was noted by a run that was killed stays.
    expect([code, asked]).toEqual([0, [resumed]]);
    expect(text).toContain("not run: this one passed on Monday (same image, same command)");
  });

  it("says whom it waits for, and gives up with what the holder says", async () => {
    const holder = "echo 'wait keelson: ann'; echo 'refused ann did not end'; exit 1";
    const { code, text, asked } = await run({ holder });
    expect([code, asked]).toEqual([1, [resumed, "record: end failed migration: ann did not end"]]);
    expect(text).toBe(
      "migration: waiting up to 300 s for another migration: keelson: ann\nmigration: ann did not end\n",
    );
  });

  it("fails where the lock is lost, and records nothing", async () => {
    const { code, text, asked } = await run({ holder: "echo locked; echo needed; exit 1" });
    expect([code, text]).toEqual([
      1,
      expect.stringContaining("the session that holds the lock ended"),
    ]);
    expect(asked).not.toContain(passed);
  });

  it("leaves all to the next run where its engine has ended", async () => {
    const holder =
      "until [ -e left ] && ! kill -0 $(cat left) 2>/dev/null; do sleep 0.1; done; echo locked; echo needed";
    // It starts the step, and is gone before the lock is there.
    const engine = `sh -c "$STEP" & cd ${folder}; until [ -e asked ]; do sleep 0.1; done; echo $$ >left`;
    const { text, asked } = await run({ holder }, {}, engine);
    expect(text).toBe("the engine has ended: this step is left to the next run\n");
    expect(asked).toEqual([resumed]);
  });

  it("tries again after a lock timeout, so often and no more", async () => {
    const log = "ERROR: 55P03 canceling statement due to lock timeout\n";
    const held =
      "it waited too long for a lock: AccessExclusiveLock of notes, held by pid 7 (report)";
    const good = await run({ codes: [1, 0], log });
    expect([good.code, good.asked]).toEqual([
      ...[0, [resumed, point, noted, begin, going, report, going, report, passed]],
    ]);
    expect(good.text).toContain(`migration: ${held}; retry 1 of 5 in 0 s\n`);
    const bad = await run(
      { codes: [1, 1, 1], log },
      { MIGRATION_LOCK_RETRIES: "1", MIGRATION_RESET: "1" },
    );
    expect(bad.code).toBe(1);
    expect(bad.text).toContain(`migration: ${held}; tried 2 times.`);
    expect(bad.text).not.toContain("EMPTYING");
    expect(bad.text).toContain(`the last 50 log lines of shop-test-app-migrate:\n${log}`);
  });

  it.each([
    ["its own failure", 3, "false", "it ended with 3 after \\d+ s"],
    ["a command that is not there", 127, "false", "its command can't be run: it ended with 127"],
    [
      "a migration that does not end",
      124,
      "false",
      "it did not end within 600 s \\(app\\.migrate\\.timeout\\)",
    ],
    [
      "one that had to be killed",
      137,
      "true",
      "it did not end within 600 s \\(app\\.migrate\\.timeout\\)",
    ],
  ])("does not try %s again", async (_what, exit, RUNNING, reason) => {
    const { code, text, asked } = await run(
      { codes: [exit], log: "its last words\n" },
      { RUNNING },
    );
    expect([code, asked]).toEqual([
      1,
      [resumed, point, noted, begin, going, report, changes, ended],
    ]);
    expect(text).toMatch(
      new RegExp(
        `migration: ${reason}; the last 50 log lines of shop-test-app-migrate:\nits last words\n` +
          `migration: ${reason}. ${left.replace(/[()]/g, "\\$&")}. What served before goes on serving\n$`,
      ),
    );
  });

  it("empties the database where that is set, and only after a failure of the migration's own", async () => {
    const reset = { MIGRATION_RESET: "1" };
    const good = await run({ codes: [1, 0] }, reset);
    expect([good.code, good.asked]).toEqual([
      ...[0, [resumed, point, noted, begin, going, report, point, begin, going, report, passed]],
    ]);
    expect(good.text).toContain("EMPTYING THE DATABASE shop_local, ALL ITS DATA IS LOST");
    const twice = await run({ codes: [1, 1] }, reset);
    expect([twice.code, twice.text]).toEqual([
      1,
      expect.stringContaining(`${left}. The database was emptied before`),
    ]);
    for (const code of [127, 124]) {
      expect((await run({ codes: [code] }, reset)).text).not.toContain("EMPTYING");
    }
  });

  it("makes a dump first where that is set, after any other, or does not begin", async () => {
    const MIGRATION_BACKUP = "backup";
    const once = `[ -e busy ] || { touch busy; exit 75; }; echo '{"message":"backed up as a-1.dump in 1 s"}'`;
    const good = await run({ backup: once }, { MIGRATION_BACKUP });
    expect([good.code, good.text]).toEqual([
      0,
      expect.stringMatching(/dump a-1\.dump made in \d+ s/),
    ]);
    expect(good.asked).toContainEqual(expect.stringMatching(/"dump":"a-1\.dump"\}$/));
    expect(good.text).toContain("waiting for another backup to end");
    const bad = await run({ backup: "echo disk full; exit 1" }, { MIGRATION_BACKUP });
    expect([bad.code, bad.text]).toEqual([
      1,
      expect.stringContaining("dump: it failed: disk full"),
    ]);
    expect(bad.asked.slice(-2)).toEqual(["exec backup /usr/local/bin/backup", ended]);
  });
});
