import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { dumpFile, kindOf } from "#cli/commands/import/file";

const folder = mkdtempSync(join(tmpdir(), "keelson-import-file-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const sql = "--\n-- PostgreSQL database dump\n--\n\nSET statement_timeout = 0;\n";

/** A file with some content; its path. */
function fileOf(name: string, content: string | Buffer): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

describe("a dump's file", () => {
  it.each([
    ["custom.dump", Buffer.from("PGDMP\u0001\u000e"), "archive"],
    ["tar.dump", Buffer.concat([Buffer.from("toc.dat\0"), Buffer.alloc(504)]), "archive"],
    ["plain.sql", Buffer.from(sql), "sql"],
    ["restricted.sql", Buffer.from(sql.replace("\n\n", "\n\n\\restrict abc\n\n")), "sql"],
  ])("%s is known by its first bytes, compressed or not", async (name, content, kind) => {
    const plain = await dumpFile(fileOf(name, content));
    const packed = await dumpFile(fileOf(`${name}.gz`, gzipSync(content)));
    expect([plain.kind, packed.kind]).toEqual([kind, kind]);
    const [one, other] = [await text(plain.open()), await text(packed.open())];
    expect([one, other]).toEqual([content.toString("utf8"), content.toString("utf8")]);
  });

  it.each([
    [
      "cluster.sql",
      "--\n-- PostgreSQL database cluster dump\n--\n",
      "is a dump of a whole server (pg_dumpall); dump the one database: `pg_dump -Fc -f <file> <database>`.",
    ],
    [
      "mysql.sql",
      "-- MySQL dump 10.13  Distrib 8.0\n",
      "is a dump of MySQL or MariaDB, not of PostgreSQL.",
    ],
    [
      "sqlite.sql",
      "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n",
      "is a dump of SQLite, not of PostgreSQL.",
    ],
    [
      "shell.dump",
      Buffer.from("\ufeffPGDMP", "utf16le"),
      "was written as UTF-16, as PowerShell's > does; write it with pg_dump's own option: `pg_dump -Fc -f <file> <database>`.",
    ],
    [
      "a.sql.bz2",
      Buffer.from("BZh91AY&SY"),
      "is compressed by bzip2; unpack it first: `bunzip2 <file>`.",
    ],
    [
      "a.sql.xz",
      Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4]),
      "is compressed by xz; unpack it first: `unxz <file>`.",
    ],
    ["a.zip", Buffer.from("PK\u0003\u0004rest"), "is a zip file; unpack it first: `unzip <file>`."],
    [
      "hand.sql",
      "CREATE TABLE t (a int);\n",
      "is no dump of pg_dump's; make it with `pg_dump -Fc -f <file> <database>`. SQL is taken as pg_dump writes it, with its comments.",
    ],
    ["empty.dump", "", "is empty."],
    ["one.dump", "x", "is no dump of pg_dump's; make it with"],
  ])("%s is refused with what it is", async (name, content, message) => {
    const file = fileOf(name, content);
    await expect(dumpFile(file)).rejects.toThrow(
      name === "empty.dump" ? `The file ${file} is empty.` : `The file ${file} ${message}`,
    );
  });

  it("a tar file of other things is no dump", () => {
    const head = Buffer.alloc(512);
    head.write("backup/db.dump");
    head.write("ustar", 257);
    expect(() => kindOf(head, "a.tar")).toThrow(
      "The file a.tar is a tar file of other things than a dump; unpack it first: `tar -xf <file>`.",
    );
  });

  it("of the directory format comes with the command that makes one file of it", async () => {
    const directory = join(folder, "directory");
    mkdirSync(directory);
    await expect(dumpFile(directory)).rejects.toThrow(`${directory} is not a regular file;`);
    writeFileSync(join(directory, "toc.dat"), "PGDMP");
    await expect(dumpFile(directory)).rejects.toThrow(
      `${directory} is a dump of pg_dump's directory format; make one file of it, and import that: \`pg_restore --no-owner --file=dump.sql ${directory}\``,
    );
  });

  it("that is truncated in its compression can't be read", async () => {
    const whole = gzipSync(Buffer.from(`${sql}${"x".repeat(9)}`));
    const torn = fileOf("torn.sql.gz", whole.subarray(0, whole.length - 20));
    await expect(dumpFile(torn)).rejects.toThrow(
      `The file ${torn} can't be read: unexpected end of file`,
    );
  });
});
