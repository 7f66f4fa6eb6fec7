import { closeSync, createReadStream, existsSync, openSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import * as zlib from "node:zlib";
import { Failure, messageOf } from "../../io/failure.js";

/** Format of a dump: for pg_restore (custom and tar format), or SQL. */
export type DumpKind = "archive" | "sql";

/** A dump's file, looked at. */
export interface DumpFile {
  readonly kind: DumpKind;
  /** Its bytes from the beginning, decompressed. An error ends it: read `error` events. */
  readonly open: () => Readable;
}

/** Finds out how a file was written, compressed or not. @throws Failure for what is no dump, with what to do */
export async function dumpFile(file: string): Promise<DumpFile> {
  requireFile(file);
  const open = opener(file);
  let head: Buffer;
  try {
    head = await firstBytes(open());
  } catch (error) {
    throw new Failure(`The file ${file} can't be read: ${messageOf(error)}`);
  }
  return { kind: kindOf(head, file), open };
}

/** Returns the format of a dump, by its first bytes. @throws Failure for another file, with the remedy */
export function kindOf(head: Buffer, file: string): DumpKind {
  if (head.subarray(0, 5).toString("latin1") === "PGDMP") return "archive";
  if (head.subarray(0, 8).toString("latin1") === "toc.dat\0") return "archive";
  if (head.length === 0) throw new Failure(`The file ${file} is empty.`);
  const utf16 = ["fffe", "feff"].includes(head.subarray(0, 2).toString("hex"));
  const text = head.toString("utf8");
  const wrong = utf16
    ? "was written as UTF-16, as PowerShell's > does; write it with pg_dump's own option: `pg_dump -Fc -f <file> <database>`"
    : others.find(([sign]) => sign.test(text))?.[1];
  if (wrong !== undefined) throw new Failure(`The file ${file} ${wrong}.`);
  if (/^-- PostgreSQL database dump$/m.test(text)) return "sql";
  throw new Failure(
    `The file ${file} is no dump of pg_dump's; make it with \`pg_dump -Fc -f <file> <database>\`. SQL is taken as pg_dump writes it, with its comments.`,
  );
}

const others: readonly (readonly [sign: RegExp, wrong: string])[] = [
  [
    /^-- PostgreSQL database cluster dump$/m,
    "is a dump of a whole server (pg_dumpall); dump the one database: `pg_dump -Fc -f <file> <database>`",
  ],
  [/^-- (MySQL|MariaDB) dump /m, "is a dump of MySQL or MariaDB, not of PostgreSQL"],
  [/^PRAGMA foreign_keys=/m, "is a dump of SQLite, not of PostgreSQL"],
  [/^BZh/, "is compressed by bzip2; unpack it first: `bunzip2 <file>`"],
  [/^\u{FFFD}7zXZ/u, "is compressed by xz; unpack it first: `unxz <file>`"],
  [
    new RegExp(`^PK${String.fromCodePoint(3, 4)}`),
    "is a zip file; unpack it first: `unzip <file>`",
  ],
  [/^.{257}ustar/s, "is a tar file of other things than a dump; unpack it first: `tar -xf <file>`"],
];

function requireFile(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) throw new Failure(`There is no file ${file}.`);
  if (found.isDirectory() && existsSync(join(file, "toc.dat"))) {
    throw new Failure(
      `${file} is a dump of pg_dump's directory format; make one file of it, and import that: ` +
        `\`pg_restore --no-owner --file=dump.sql ${file}\``,
    );
  }
  // It is read more than once.
  if (!found.isFile()) {
    throw new Failure(
      `${file} is not a regular file; make the dump as one: \`pg_dump -Fc -f <file>\`.`,
    );
  }
}

function opener(file: string): () => Readable {
  const magic = Buffer.alloc(4);
  const descriptor = openSync(file, "r");
  try {
    readSync(descriptor, magic, 0, 4, 0);
  } finally {
    closeSync(descriptor);
  }
  const unpack = unpacker(magic, file);
  if (unpack === undefined) return () => createReadStream(file);
  return () => {
    const source = createReadStream(file);
    const unpacked = unpack();
    source.on("error", (error) => unpacked.destroy(error));
    unpacked.on("close", () => source.destroy());
    return source.pipe(unpacked);
  };
}

function unpacker(magic: Buffer, file: string): (() => zlib.Gunzip) | undefined {
  if (magic.readUInt16BE(0) === 0x1f8b) return () => zlib.createGunzip();
  if (magic.readUInt32LE(0) !== 0xfd2fb528) return undefined;
  // Node 22.15 has it, and 20 has not.
  const { createZstdDecompress } = zlib as { createZstdDecompress?: () => zlib.Gunzip };
  if (createZstdDecompress !== undefined) return createZstdDecompress;
  throw new Failure(`The file ${file} is compressed by zstd; unpack it first: \`unzstd <file>\`.`);
}

const enough = 4096;

async function firstBytes(source: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of source) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length >= enough) break;
  }
  return Buffer.concat(chunks).subarray(0, enough);
}
