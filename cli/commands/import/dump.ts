import { PassThrough } from "node:stream";
import { jobsUser } from "#lib/platform";
import type { Docker } from "#lib/docker";
import { Failure, messageOf } from "../../io/failure.js";
import { dumpFile, type DumpFile, type DumpKind } from "./file.js";
import type { CreatedDatabase } from "../../documents/restores.js";
import type { DumpContents } from "../restore/place.js";
import { tail, type CommandResult } from "#lib/run-process";

/** A dump that was read to its end. */
export interface ReadDump extends DumpContents {
  /** Major version of the server that it was dumped from. */
  readonly major: number;
  /** Version of pg_dump that made it; undefined where it does not say. */
  readonly tool: string | undefined;
  readonly kind: DumpKind;
  /** The parts to restore: a table of contents, as `pg_restore --use-list` takes it; of SQL, the parts that are left out. */
  readonly contents: string;
  /** Parts that are left out, since only a superuser may make them: type and name, such as `event trigger audit`. */
  readonly leftOut: readonly string[];
  /** Roles that own something in it; all of it becomes the database's owner's. */
  readonly owners: readonly string[];
  /** Its size as SQL. */
  readonly bytes: number;
}

/** Access to a container for work on dumps, and to the stack's database. */
export interface DumpTools {
  readonly docker: Docker;
  /** The jobs image. */
  readonly image: string;
  /** Network on which the server answers. */
  readonly network: string;
  /** Login of the migrator: what a dump says is never done as superuser. */
  readonly url: URL;
}

/** A dump, streamed into one-shot containers; nothing stays behind. */
export class Dump {
  readonly file: string;
  readonly #tools: DumpTools;
  #opened: DumpFile | undefined;

  public constructor(file: string, tools: DumpTools) {
    this.file = file;
    this.#tools = tools;
  }

  /** Reads it to its end, without a server. @throws Failure for a torn one, or no dump at all */
  public async read(): Promise<ReadDump> {
    const { kind } = await this.#source();
    const listed = kind === "sql" ? "" : await this.#read("list");
    const counted = await this.#read(kind === "sql" ? "read-sql" : "read");
    const contents = contentsOf(counted);
    if (kind === "sql" && !contents.complete) {
      throw new Failure(
        `The file ${this.file} is not a whole dump: its last line, "PostgreSQL database dump complete", is missing; make it again.`,
      );
    }
    const version = /Dumped from database version: (\d+)/.exec(listed)?.[1] ?? contents.server;
    const major = Number.parseInt(version ?? "", 10);
    if (Number.isNaN(major)) throw notADump("it does not say which server it is from");
    const { publications } = contents;
    return {
      ...contents,
      kind,
      major,
      contents: kind === "sql" ? publications.join("\n") : restorable(listed, publications),
    };
  }

  /**
   * Restores it into an empty database of a server of a major version.
   *
   * @throws Failure that names what of it failed
   */
  public async load(contents: string, into: CreatedDatabase, major: number): Promise<void> {
    const { network, url } = this.#tools;
    const { hostname, port, username, password } = url;
    const env = {
      PGHOST: hostname,
      PGPORT: port === "" ? "5432" : port,
      PGDATABASE: into.database,
      PGUSER: decodeURIComponent(username),
      ROLE: into.owner,
      SERVER_MAJOR: String(major),
    };
    // Both go ahead through stdin: an environment can be inspected, and is too small for a long table of contents.
    const ahead = [decodeURIComponent(password), Buffer.from(contents).toString("base64")];
    const { kind } = await this.#source();
    const step = kind === "sql" ? "load-sql" : "load";
    const result = await this.#tool(step, { network, env, ahead });
    if (result.code !== 0) throw new Failure(tail(result, 1));
  }

  async #source(): Promise<DumpFile> {
    return (this.#opened ??= await dumpFile(this.file));
  }

  /** Returns the output of a step that needs no server. @throws Failure */
  async #read(step: "list" | "read" | "read-sql"): Promise<string> {
    const result = await this.#tool(step, { network: "none" });
    if (result.code !== 0) throw notADump(tail(result, 1));
    return result.stdout;
  }

  async #tool(
    step: "list" | "read" | "read-sql" | "load" | "load-sql",
    o: {
      readonly network: string;
      readonly env?: Readonly<Record<string, string>>;
      readonly ahead?: readonly string[];
    },
  ): Promise<CommandResult> {
    const { docker, image } = this.#tools;
    const env = Object.entries(o.env ?? {}).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
    const args = [
      "run",
      "--rm",
      "-i",
      "--network",
      o.network,
      "--user",
      jobsUser,
      "--no-healthcheck",
      "--read-only",
      "--cap-drop",
      "ALL",
      "--security-opt",
      "no-new-privileges",
      ...env,
      image,
      "/usr/local/bin/import-dump",
      step,
    ];
    const input = new PassThrough();
    for (const line of o.ahead ?? []) input.write(`${line}\n`);
    const source = (await this.#source()).open();
    let broken: Error | undefined;
    // Without its end the container would wait for ever.
    source.on("error", (error) => {
      broken = error;
      input.end();
    });
    source.pipe(input);
    const result = await docker(args, { input });
    source.destroy();
    if (broken === undefined) return result;
    throw new Failure(`The file ${this.file} can't be read: ${messageOf(broken)}`);
  }
}

/**
 * A table of contents without what the database has already, what only a superuser may write (comments on extensions,
 * event triggers, subscriptions), and some publications.
 */
export function restorable(contents: string, publications: readonly string[] = []): string {
  const left =
    /^\d+; \d+ \d+ (COMMENT - (EXTENSION|EVENT TRIGGER|SUBSCRIPTION)|SCHEMA - public|EVENT TRIGGER|SUBSCRIPTION( TABLE)?|PUBLICATION TABLES IN SCHEMA|SECURITY LABEL|PROCEDURAL LANGUAGE - plpgsql|COMMENT - LANGUAGE plpgsql) /;
  const heads = publications.map((name) => ` PUBLICATION - ${name} `);
  const comments = publications.map((name) => ` COMMENT - PUBLICATION ${name} `);
  const lines = contents.split("\n");
  return lines
    .filter((line) => !left.test(line))
    .filter((line) => ![...heads, ...comments].some((each) => line.includes(each)))
    .join("\n");
}

/** Returns the contents of a dump, by the counts that images/jobs/dump-rows.awk prints. */
export function contentsOf(counted: string) {
  const lines = counted.split("\n").map((line) => line.split("\t"));
  const all = (name: string) =>
    lines.filter(([first]) => first === name).map(([, ...rest]) => rest.join("\t"));
  const number = (name: string) => Number(all(name)[0] ?? 0);
  const rows = all("rows").map((line) => {
    const [count = "", ...table] = line.split("\t");
    return [table.join("\t"), Number(count)] as const;
  });
  const left = all("left").map((line) => line.split("\t") as [type: string, name: string]);
  return {
    rows: Object.fromEntries(rows) as Record<string, number>,
    largeObjects: number("largeObjects"),
    extensions: all("extension").sort(),
    bytes: number("bytes"),
    server: all("server")[0],
    tool: all("tool")[0],
    complete: lines.some(([first]) => first === "complete"),
    owners: all("owner").sort(),
    leftOut: left.map(([type, name]) => `${type.toLowerCase()} ${name}`).sort(),
    publications: left.flatMap(([type, name]) => (type === "PUBLICATION" ? [name] : [])),
  };
}

function notADump(reason: string): Failure {
  const newer = /unsupported version \(([\d.]+)\)/.exec(reason)?.[1];
  if (newer !== undefined) {
    return new Failure(
      `The dump was made by a newer pg_dump than the tools here can read (archive version ${newer}, pg_restore 17). ` +
        "Dump it again with pg_dump 17, or, where the server is newer than 17 too, write it as SQL and import that: `pg_restore --no-owner --file=dump.sql <file>`, by the pg_restore of the same version as the pg_dump.",
    );
  }
  return new Failure(
    `The file is not a whole dump of pg_dump's custom format (${reason}); make it with \`pg_dump -Fc\`.`,
  );
}
