import { execFile } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { root } from "../support/root.js";

const exec = promisify(execFile);
const library = join(root, "images/redis/log.bash");
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keelson-log-"));
  mkdirSync(join(folder, "appendonlydir"));
  mkdirSync(join(folder, "bin"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const file = (name: string) => join(folder, "appendonlydir", name);
const command = "*2\r\n$3\r\nGET\r\n$1\r\na\r\n";

/** A log with an end; `valkey-check-aof` says what it says of such a one. */
function write(
  end: string,
  said = "0x  17: Expected \\r\\n, got: 0d62",
  of = "a.1.incr.aof",
): void {
  writeFileSync(
    file("a.manifest"),
    "file a.1.base.rdb seq 1 type b\nfile a.1.incr.aof seq 1 type i\n",
  );
  writeFileSync(file("a.1.base.rdb"), "base");
  writeFileSync(file("a.1.incr.aof"), `${command}${end}`);
  const size = command.length;
  const analyzed = `AOF analyzed: filename=${of}, size=${String(size + end.length)}, ok_up_to=${String(size)}, ok_up_to_line=6, diff=${String(end.length)}`;
  const script = `#!/bin/sh\nprintf '%s\\n' '${said}' '${analyzed}'\nexit ${end === "" ? "0" : "1"}\n`;
  writeFileSync(join(folder, "bin", "valkey-check-aof"), script);
  chmodSync(join(folder, "bin", "valkey-check-aof"), 0o755);
}

function mend() {
  const env = { PATH: `${join(folder, "bin")}${delimiter}${process.env["PATH"] ?? ""}` };
  const script = `source ${library}; mend_log ${folder}`;
  return exec("bash", ["--norc", "-euo", "pipefail", "-c", script], { env });
}

describe("the log of a queue", () => {
  it("is left alone where it is whole, or where there is none yet", async () => {
    expect((await mend()).stdout).toBe("");
    write("");
    expect((await mend()).stdout).toBe("");
    expect(existsSync(join(folder, "set-aside"))).toBe(false);
  });

  it.each([
    ["a write that is not whole", "*2\r\n$3\r\nGE"],
    ["zeros, as after a power failure", "\0".repeat(12)],
    ["a write that is not whole, and zeros", `*2\r\n$3\r\nGE${"\0".repeat(12)}`],
    ["a transaction that is not whole", `*1\r\n$5\r\nMULTI\r\n${command}${command}`],
  ])("is put right where its end is %s, which is set aside", async (_what, end) => {
    write(end);
    expect((await mend()).stdout).toBe(
      `the last write, from byte 20 of a.1.incr.aof on, was not whole; it was set aside in ${folder}/set-aside\n`,
    );
    expect(readFileSync(file("a.1.incr.aof"), "utf8")).toBe(command);
    expect(readFileSync(join(folder, "set-aside/a.1.incr.aof.20"), "utf8")).toBe(end);
  });

  it("is put right though what was not whole can't be set aside, since it was not acknowledged", async () => {
    write("*2\r\n$3\r\nGE");
    writeFileSync(join(folder, "set-aside"), "");
    expect((await mend()).stdout).toMatch(/removed, since it could not be set aside in /);
    expect(readFileSync(file("a.1.incr.aof"), "utf8")).toBe(command);
  });

  it.each([
    ["a length", `*2\r\n$999\r\nGET\r\n$1\r\na\r\n${command}`],
    ["a transaction", `*1\r\n$5\r\nMULTI\r\n*1\r\n$9\r\nEXEC\r\n${command}`],
  ])(
    "is refused where %s is damaged and further writes follow, and nothing is changed",
    async (_of, end) => {
      write(end);
      await expect(mend()).rejects.toMatchObject({
        stderr: `its log can't be read from byte 20 of a.1.incr.aof on: Expected \\r\\n, got: 0d62\n`,
      });
      expect(readFileSync(file("a.1.incr.aof"), "utf8")).toBe(`${command}${end}`);
    },
  );

  it("is left to the server where another file than the last one is damaged", async () => {
    write("x", "RDB CRC error", "a.1.base.rdb");
    expect((await mend()).stdout).toBe("");
    expect(readFileSync(file("a.1.incr.aof"), "utf8")).toBe(`${command}x`);
  });
});
