// A project of examples/, in a folder of its own outside of this checkout, driven by its operator's commands.
import { execFile } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { parse } from "yaml";
import { deepMerge, type Mapping } from "#lib/merge";
import { root, type Outcome } from "./docker.js";
import { runNode, Stack } from "./stack.js";
import { noted } from "./waits.js";

/** Builds the package that the projects import, one run at a time. */
export async function built(): Promise<void> {
  const lock = join(tmpdir(), "keelson-build.lock");
  await promisify(execFile)("flock", [lock, "npm", "run", "build"], { cwd: root });
}

/** What a client got. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A request to a site, in clear or over TLS whose certificate is its own. */
export interface Asked {
  readonly port: number;
  readonly tls?: boolean;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One of the reference systems, as a project of its own with the stack `test-ex-<name>`. */
export class Example {
  readonly stack: Stack;
  readonly folder: string;
  readonly #name: string;

  /** @param settings laid on those of its stack `local` */
  constructor(name: string, settings: Mapping) {
    this.#name = name;
    this.folder = mkdtempSync(join(tmpdir(), `keelson-example-${name}-`));
    cpSync(join(root, "examples", name), this.folder, {
      recursive: true,
      filter: (path) => !path.endsWith("node_modules"),
    });
    mkdirSync(join(this.folder, "node_modules"));
    symlinkSync(root, join(this.folder, "node_modules", "keelson"));
    // As npm installs it with the package.
    symlinkSync(
      join(root, "node_modules", "@pulumi"),
      join(this.folder, "node_modules", "@pulumi"),
    );
    this.stack = new Stack(`test-ex-${name}`, {});
    const local = readFileSync(join(this.folder, "Pulumi.local.yaml"), "utf8");
    const { config } = parse(local) as { config: Mapping };
    const sections = Object.entries(config).map(([key, value]) => [
      key.replace(/^keelson:/, ""),
      value,
    ]);
    this.stack.replace(deepMerge(Object.fromEntries(sections) as Mapping, settings));
  }

  /** Changes a file of the app, so that the next release has another image. */
  edit(path: string, change: (text: string) => string): void {
    const file = join(this.folder, "app", path);
    const before = readFileSync(file, "utf8");
    const after = change(before);
    if (after === before) throw new Error(`${path} of ${this.#name} is as it was`);
    writeFileSync(file, after);
  }

  /** Adds a file to the app, for the next release. */
  add(path: string, text: string): void {
    writeFileSync(join(this.folder, "app", path), text, { flag: "wx" });
  }

  /** Runs a command in the project's folder, whatever comes of it. */
  keelson(command: string, ...more: string[]): Promise<Outcome> {
    return noted("command", `keelson ${command} of ${this.#name}`, () =>
      runNode(this.stack.args(command, ...more), this.stack.env, this.folder),
    );
  }

  /** Runs a command in the project's folder. @throws Error with its output where it fails */
  async must(command: string, ...more: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.keelson(command, ...more);
    if (code === 0) return stdout;
    throw new Error(`keelson ${command} of ${this.#name} ended with ${code}:\n${stdout}${stderr}`);
  }

  /** Releases a version. */
  async up(version: string): Promise<string> {
    this.stack.environment = { ...this.stack.environment, APP_VERSION: version };
    return this.must("up");
  }

  /** Makes a dump. @returns its name */
  async dumped(): Promise<string> {
    await this.must("backup now", "--type", "dump");
    const backups = await this.must("backups", "--json");
    // A rollback with its data may have saved one of before.
    const name = [...backups.matchAll(/[\w-]+-\d{8}T\d{6}Z[\w-]*\.dump/g)].at(-1)?.[0];
    if (name === undefined) throw new Error(`no dump is among ${backups}`);
    return name;
  }

  /** What a statement says in the database of the stack, as its operator asks. */
  async sql(statement: string): Promise<string> {
    return (await this.must("psql", "--", "-At", "-c", statement)).trim();
  }

  async remove(): Promise<void> {
    await this.stack.remove();
    rmSync(this.folder, { recursive: true });
  }
}

/** Asks a site on this host once. */
export function askSite(path: string, asked: Asked): Promise<Answered> {
  const { port, tls = false, method = "GET", headers = {}, body } = asked;
  const options = {
    host: "127.0.0.1",
    port,
    path,
    method,
    headers: { host: "localhost", ...headers },
  };
  return new Promise((resolve, reject) => {
    const send = tls
      ? requestHttps({ ...options, rejectUnauthorized: false, servername: "localhost" })
      : requestHttp(options);
    send.on("error", reject);
    send.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    });
    send.setTimeout(30_000, () => send.destroy(new Error("no answer within 30 s")));
    send.end(body);
  });
}

/** A request that is asked again and again, so many milliseconds after each answer (40 unless told). */
export type Repeated = readonly [path: string, asked: Asked, status: number, pause?: number];

/**
 * Does work while clients ask in turn.
 * @returns how many requests were answered with the status wanted, and a line for each other
 */
export async function underLoad(
  requests: readonly Repeated[],
  work: () => Promise<unknown>,
): Promise<{ readonly done: number; readonly failed: readonly string[] }> {
  const stopping = new AbortController();
  const failed: string[] = [];
  let done = 0;
  const lanes = requests.map(async ([path, asked, wanted, pause = 40]) => {
    while (!stopping.signal.aborted) {
      try {
        const { status } = await askSite(path, asked);
        if (status === wanted) done += 1;
        else failed.push(`${path} ${String(status)}`);
      } catch (error) {
        failed.push(`${path} ${String(error)}`);
      }
      await wait(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  });
  try {
    await work();
  } finally {
    stopping.abort();
    await Promise.all(lanes);
  }
  return { done, failed };
}
