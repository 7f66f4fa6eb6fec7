import { createReadStream } from "node:fs";
import { PassThrough } from "node:stream";
import { jobsUser } from "#lib/platform";
import type { Docker } from "#lib/docker";
import { Failure, messageOf } from "../../io/failure.js";
import type { CreatedDatabase, DumpContents } from "../restore/place.js";
import { tail, type Ended } from "#lib/run-process";

/** A dump that was read to its end. */
export interface ReadDump extends DumpContents {
  /** Major version of the server that it was dumped from. */
  readonly major: number;
  /** Its table of contents, as `pg_restore --use-list` takes it: what of it is restored. */
  readonly contents: string;
  /** Its size as SQL. */
  readonly bytes: number;
}

/** Where a dump is worked on, and how the stack's database is reached. */
export interface DumpTools {
  readonly docker: Docker;
  /** The jobs image. */
  readonly image: string;
  /** Network on which the server answers. */
  readonly network: string;
  /** Login of the migrator: what a dump says is never done as superuser. */
  readonly url: URL;
}

/** A dump of pg_dump's custom format, streamed into one-shot containers; nothing stays behind. */
export class Dump {
  readonly file: string;
  readonly #tools: DumpTools;

  public constructor(file: string, tools: DumpTools) {
    this.file = file;
    this.#tools = tools;
  }

  /** Reads it to its end, without a server. @throws Failure for a torn one, or no dump at all */
  public async read(): Promise<ReadDump> {
    const listed = await this.#tool("list", { network: "none" });
    if (listed.code !== 0) throw notADump(tail(listed, 1));
    const read = await this.#tool("read", { network: "none" });
    if (read.code !== 0) throw notADump(tail(read, 1));
    const major = Number(/Dumped from database version: (\d+)/.exec(listed.stdout)?.[1]);
    if (Number.isNaN(major)) throw notADump("it does not say which server it is from");
    return {
      major,
      contents: restorable(listed.stdout),
      ...contentsOf(listed.stdout, read.stdout),
    };
  }

  /** Restores it into an empty database. @throws Failure that names what of it failed */
  public async load(contents: string, into: CreatedDatabase): Promise<void> {
    const { network, url } = this.#tools;
    const { hostname, port, username, password } = url;
    const env = {
      PGHOST: hostname,
      PGPORT: port === "" ? "5432" : port,
      PGDATABASE: into.database,
      PGUSER: decodeURIComponent(username),
      ROLE: into.owner,
    };
    // Both go ahead through stdin: an environment can be inspected, and is too small for a long table of contents.
    const ahead = [decodeURIComponent(password), Buffer.from(contents).toString("base64")];
    const ended = await this.#tool("load", { network, env, ahead });
    if (ended.code !== 0) throw new Failure(tail(ended, 1));
  }

  async #tool(
    step: "list" | "read" | "load",
    o: {
      readonly network: string;
      readonly env?: Readonly<Record<string, string>>;
      readonly ahead?: readonly string[];
    },
  ): Promise<Ended> {
    const { docker, image } = this.#tools;
    const env = Object.entries(o.env ?? {}).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
    const args = [
      ...["run", "--rm", "-i", "--network", o.network, "--user", jobsUser, "--no-healthcheck"],
      ...["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
      ...env,
      ...[image, "/usr/local/bin/dump", step],
    ];
    const input = new PassThrough();
    for (const line of o.ahead ?? []) input.write(`${line}\n`);
    const source = createReadStream(this.file);
    let broken: Error | undefined;
    // Without its end the container would wait for ever.
    source.on("error", (error) => {
      broken = error;
      input.end();
    });
    source.pipe(input);
    const ended = await docker(args, { input });
    source.destroy();
    if (broken === undefined) return ended;
    throw new Failure(`The file ${this.file} can't be read: ${messageOf(broken)}`);
  }
}

/**
 * A table of contents without what the database has already, or only a superuser may write: the schema public and the
 * comments on extensions.
 */
export function restorable(contents: string): string {
  const lines = contents.split("\n");
  const left = /^\d+; \d+ \d+ (COMMENT - EXTENSION|SCHEMA - public) /;
  return lines.filter((line) => !left.test(line)).join("\n");
}

/** What a dump has, by its table of contents and by what was counted in it. */
export function contentsOf(
  list: string,
  counted: string,
): DumpContents & { readonly bytes: number } {
  const lines = counted.split("\n").map((line) => /^(\w+)\t(\d+)(?:\t(.*))?$/.exec(line));
  const number = (name: string) => Number(lines.find((line) => line?.[1] === name)?.[2] ?? 0);
  const rows = lines.flatMap((line) =>
    line?.[3] === undefined ? [] : [[line[3], Number(line[2])]],
  );
  const extensions = [...list.matchAll(/^\d+; \d+ \d+ EXTENSION - (\S+) /gm)];
  return {
    rows: Object.fromEntries(rows) as Record<string, number>,
    largeObjects: number("largeObjects"),
    extensions: extensions.map(([, name = ""]) => name),
    bytes: number("bytes"),
  };
}

function notADump(reason: string): Failure {
  return new Failure(
    `The file is not a whole dump of pg_dump's custom format (${reason}); make it with \`pg_dump -Fc\`.`,
  );
}
