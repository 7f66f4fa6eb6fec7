import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { root } from "../support/root.js";

const exec = promisify(execFile);
const libraries = ["redis/log.bash", "backup/queue.bash"].map((each) => join(root, "images", each));
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keelson-queue-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const log = () => join(folder, "live", "appendonlydir");

function write(files: Readonly<Record<string, string>>): void {
  mkdirSync(log(), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(log(), name), text);
}

function run(script: string) {
  const env = { ...process.env, LIVE: join(folder, "live"), COPY: join(folder, "copy") };
  return exec(
    "bash",
    [
      "--norc",
      "-euo",
      "pipefail",
      "-c",
      `work=$LIVE; source ${libraries.join("; source ")}; ${script}`,
    ],
    {
      env,
    },
  );
}

function copied(): Record<string, string> {
  const at = join(folder, "copy", "appendonlydir");
  return Object.fromEntries(
    readdirSync(at).map((name) => [name, readFileSync(join(at, name), "utf8")]),
  );
}

const manifest = "file a.1.base.rdb seq 1 type b\nfile a.1.incr.aof seq 1 type i\n";

describe("the copy of a queue", () => {
  it("has what the manifest names, and nothing else", async () => {
    const old = "file a.0.incr.aof seq 0 type h\n";
    write({
      "a.manifest": `${manifest}${old}`,
      "a.1.base.rdb": "base",
      "a.1.incr.aof": "incr",
      "temp-a.2.base.rdb": "half",
    });
    await run('copy_queue "$LIVE" "$COPY"');
    expect(copied()).toEqual({
      "a.manifest": `${manifest}${old}`,
      "a.1.base.rdb": "base",
      "a.1.incr.aof": "incr",
    });
  });

  it("is of one moment though the server rewrites its log meanwhile", async () => {
    write({ "a.manifest": manifest, "a.1.base.rdb": "base", "a.1.incr.aof": "incr" });
    // The server ends a rewrite while the first file is copied: what it named before is gone.
    const rewrite = `cp() {
      if [[ ! -e $LIVE/done ]]; then
        touch "$LIVE/done"
        echo newer >"$LIVE/appendonlydir/a.2.base.rdb"
        printf 'file a.2.base.rdb seq 2 type b\n' >"$LIVE/appendonlydir/a.manifest"
        rm "$LIVE"/appendonlydir/a.1.*
      fi
      command cp "$@"
    }`;
    await run(`${rewrite}\ncopy_queue "$LIVE" "$COPY"`);
    expect(copied()).toEqual({
      "a.manifest": manifest,
      "a.1.base.rdb": "base",
      "a.1.incr.aof": "incr",
    });
  });

  it("begins again where the manifest was replaced while its files were opened", async () => {
    write({ "a.manifest": manifest, "a.1.base.rdb": "base" });
    // The second file is gone by the time it is opened, since a rewrite has ended.
    const rewrite = `log_files() {
      command awk '$1 == "file" { print $2 }'
      if [[ ! -e $LIVE/done ]]; then
        touch "$LIVE/done"
        echo newer >"$LIVE/appendonlydir/a.2.base.rdb"
        printf 'file a.2.base.rdb seq 2 type b\n' >"$LIVE/appendonlydir/a.manifest"
      fi
    }`;
    await run(`${rewrite}\ncopy_queue "$LIVE" "$COPY"`);
    expect(copied()).toEqual({
      "a.manifest": "file a.2.base.rdb seq 2 type b\n",
      "a.2.base.rdb": "newer\n",
    });
  });

  it.each([
    ["no log", {}, "there is no log of writes in it yet: has its server ever started?"],
    [
      "a log of which a file is lost",
      { "a.manifest": manifest, "a.1.incr.aof": "" },
      "its log names no files, or some that are not there: file a.1.base.rdb seq 1 type b file a.1.incr.aof seq 1 type i",
    ],
    [
      "a manifest that is empty",
      { "a.manifest": "" },
      "its log names no files, or some that are not there: ",
    ],
  ])("is refused of %s", async (_of, files, message) => {
    write(files);
    await expect(run('copy_queue "$LIVE" "$COPY"')).rejects.toMatchObject({
      stderr: `${message}\n`,
    });
  });
});

describe("the comparison of a queue with its copy", () => {
  const compare = (time: string) => run(`copy_queue "$LIVE" "$COPY"; ${time}`);
  const now = 'compare_queue "$LIVE" "$COPY" "$(date -u -d "1 second" +%FT%TZ)"';

  it("allows for what was appended, and for nothing else", async () => {
    write({ "a.manifest": manifest, "a.1.base.rdb": "base", "a.1.incr.aof": "incr" });
    const appended = await compare(`echo more >>"$LIVE/appendonlydir/a.1.incr.aof"; ${now}`);
    expect(appended.stdout).toBe("it is as the server has it\n");
    const altered = compare(`echo BASE >"$LIVE/appendonlydir/a.1.base.rdb"; ${now}`);
    await expect(altered).rejects.toMatchObject({
      stdout: "a.1.base.rdb does not begin as the server has it\n",
    });
  });

  it("compares nothing where the server has begun another log since", async () => {
    write({ "a.manifest": manifest, "a.1.base.rdb": "base", "a.1.incr.aof": "incr" });
    const before = '"$(date -u -d "10 seconds ago" +%FT%TZ)"';
    const { stdout } = await compare(
      `echo BASE >"$LIVE/appendonlydir/a.1.base.rdb"; compare_queue "$LIVE" "$COPY" ${before}`,
    );
    expect(stdout).toBe("the server has begun another log since\n");
  });
});
