// The host of a migration's step, without Docker: its lock's holder, its containers, the proxy with the history.
import { writeFileSync } from "node:fs";
import type { Docker } from "#lib/docker";
import type { LineEnd } from "#lib/line-process";
import type { CommandResult, RunOptions } from "#lib/run-process";
import { migrate, type OnSignal } from "#release/migrate";
import type { Lines, StartLines } from "#release/migration/lock-holder";
import { ProxyGone, type Answer, type Converse } from "#release/proxy-session";
import type { StepContext } from "#release/step-context";
import { StepFailure } from "#release/step-failure";

export const good = (stdout = ""): CommandResult => ({ code: 0, stdout, stderr: "" });
export const bad = (code: number, stderr = ""): CommandResult => ({ code, stdout: "", stderr });

/** Parameters of a step; a test changes some. */
export const parameters = {
  PROXY_FILTERS: "--filter label=dev.keelson.workload=proxy",
  KEELSON_ACTOR: "ann@desk",
  MIGRATION: '["shop:1.0","node","it\'s.js"]',
  MIGRATION_STEP: "shop-test-app-migrate",
  MIGRATION_IMAGE: "shop:1.0",
  MIGRATION_HOLDER: '["--read-only","jobs:1","/usr/local/bin/migration-lock"]',
  MIGRATION_RUN: '["--read-only","shop:1.0","node","it\'s.js"]',
  MIGRATION_NETWORKS: '["shop-edge"]',
  MIGRATION_MEMORY: "512MiB",
  MIGRATION_NOT_VALID: "",
  MIGRATION_STACK: "shop-test",
  MIGRATION_RELEASE: "1.2.3",
  MIGRATION_SERVER: "pg",
  MIGRATION_DATABASE: "shop_local",
  MIGRATION_BACKUP: "",
  MIGRATION_LIVE_PATH: "",
  MIGRATION_RESET: "",
  MIGRATION_COMPATIBLE: "false",
  MIGRATION_TIMEOUT: "600",
  MIGRATION_LOCK_WAIT: "300",
  MIGRATION_LOCK_RETRIES: "5",
  MIGRATION_LOCK_PAUSE: "5",
};

/** What came of a step. */
export interface Stepped {
  /** Undefined where it has succeeded. */
  readonly failure: string | undefined;
  readonly said: readonly string[];
  /** What was asked of Docker, told to the holder and written into the record, in order. */
  readonly asked: readonly string[];
}

type Act = (options: RunOptions) => CommandResult | Promise<CommandResult>;

/** The holder of the lock, as a program that is spoken with. */
class Holder implements Lines {
  readonly ended: Promise<LineEnd>;
  onCommand: (command: string) => readonly string[] = () => [];
  readonly #lines: string[] = [];
  #end: (end: LineEnd) => void = () => undefined;
  #isOver = false;
  #wake: () => void = () => undefined;

  constructor() {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  end(code = 1, stderr = ""): void {
    this.#isOver = true;
    this.#end({ code, stderr });
    this.#wake();
  }

  write(text: string): void {
    if (this.#isOver) return;
    this.#lines.push(...this.onCommand(text));
    this.#wake();
  }

  async line(): Promise<string | undefined> {
    while (this.#lines.length === 0) {
      if (this.#isOver) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#lines.shift();
  }

  close(): Promise<LineEnd> {
    if (!this.#isOver) this.end(0);
    return this.ended;
  }
}

/** A host on which a test decides what happens. */
export class MigrationHost {
  readonly said: string[] = [];
  readonly asked: string[] = [];
  /** SQL that the superuser was asked to run. */
  readonly sql: string[] = [];
  readonly holder = new Holder();
  /** Arguments and variables that the holder was started with, and the login that it read. */
  started: { args: readonly string[]; more: Readonly<Record<string, string>> } | undefined;
  login = "";
  /** What the holder says first, and the end of it where it ends then. */
  opening: readonly string[] = ["locked", "needed"];
  /** What the migration's container does, one run after the other; then it passes. */
  runs: Act[] = [];
  backups: Act[] = [];
  superuser: Act = () => good();
  /** State of the migration's container. */
  state: { Running: boolean; OOMKilled: boolean; Error?: string } = {
    Running: false,
    OOMKilled: false,
  };
  /** False: Docker has not made it. */
  isThere = true;
  /** The container's further networks. */
  connects: () => CommandResult = () => good();
  /** What is not valid after each run: lines of the holder. */
  left: (readonly string[])[] = [];
  log: readonly string[] = [];
  /** Left by earlier runs. */
  old = "";
  blocked = "";
  changes: string | undefined = "The schema changed before it failed: table public.notes (changed)";
  /** The proxy's container; undefined where there is none. */
  proxy: string | undefined = "proxy";
  /** Containers that the proxy leads to, and whether its checks find them fit. */
  serving: { host: string; isUp: boolean }[] = [{ host: "shop-app-1", isUp: true }];
  /** Called before the proxy answers. */
  onProxy: (act: string) => void = () => undefined;
  isWanted: () => boolean = () => true;
  exits: number[] = [];
  /** What Docker's client is asked of the container while it runs. */
  onStop: (command: string) => void = () => undefined;
  clock = 0;
  readonly files = new Map<string, string>();
  interrupt: (code: number) => void = () => undefined;
  #created = 0;

  async step(variables: Readonly<Record<string, string>> = {}): Promise<Stepped> {
    this.files.set("releases/v1.json", JSON.stringify(record));
    const onSignal: OnSignal = (act) => {
      this.interrupt = act;
      return () => undefined;
    };
    const exit = (code: number) => {
      this.exits.push(code);
    };
    const means = { converse: this.converse, start: this.start, onSignal, exit };
    let failure: string | undefined;
    try {
      await migrate(this.context({ ...parameters, ...variables }), means);
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      failure = error.message;
    }
    return { failure, said: this.said, asked: this.asked };
  }

  context(environment: Readonly<Record<string, string>>): StepContext {
    return {
      docker: this.docker,
      environment,
      input: () => Promise.resolve("[keelson]\nhost=db\n\n"),
      say: (line) => this.said.push(line),
      print: () => undefined,
      isWanted: () => this.isWanted(),
      wait: async (milliseconds) => {
        this.clock += milliseconds;
        await new Promise((resolve) => setImmediate(resolve));
      },
      now: () => this.clock,
    };
  }

  readonly start: StartLines = (_docker, args, more) => {
    this.started = { args, more };
    this.#idFile(args, "holder-id");
    this.asked.push("holder");
    this.holder.onCommand = (text) => {
      this.login = text;
      this.holder.onCommand = (command) => this.#answer(command.trim());
      return this.opening;
    };
    return this.holder;
  };

  readonly docker: Docker = async (args, options = {}) => {
    const text = args.join(" ").replaceAll(/\/\S*keelson-migration-\w+/g, "<folder>");
    const [verb, second] = args;
    if (verb === "image") return good("sha256:1\n");
    if (verb === "ps") return good(text.includes("dev.keelson.step") ? this.old : this.proxy);
    if (verb === "container") return this.#inspect(String(args.at(-1)));
    if (verb === "logs") return this.#logs(options);
    // The superuser's password.
    if (verb === "exec" && args[2] === "cat") return good("it's secret\n");
    if (verb === "exec" && second === "--interactive") {
      this.sql.push(options.input as string);
      this.asked.push("superuser");
      return this.superuser(options);
    }
    this.asked.push(text);
    if (verb === "exec") return (this.backups.shift() ?? (() => good()))(options);
    if (verb === "create" && this.isThere) {
      this.#created += 1;
      this.#idFile(args, `run-${String(this.#created)}`);
      return good();
    }
    if (verb === "create" || verb === "start") {
      return (this.runs.shift() ?? (() => good()))(options);
    }
    if (verb === "network") return this.connects();
    if (verb === "kill" || verb === "stop") this.onStop(text);
    return good();
  };

  readonly converse: Converse = () => ({
    act: async ([verb = "", ...args], input = "") => {
      await Promise.resolve();
      this.onProxy([verb, ...args, input.trim()].join(" "));
      return this.#act(verb, args, input);
    },
    close: () => Promise.resolve(),
  });

  #act(verb: string, [file = ""]: readonly string[], input: string): Answer {
    const done = (text = "") => ({ code: 0, text });
    if (verb === "read") return done(file === "haproxy.cfg" ? this.#configuration() : "");
    if (verb === "records") return done(this.files.get("releases/v1.json"));
    if (verb === "admin") return done(this.#admin(input.trim()));
    if (verb !== "write") return done();
    this.files.set(file, input);
    this.asked.push(file.startsWith("releases/") ? recorded(input) : `${file}: ${input.trim()}`);
    return done();
  }

  #admin(command: string): string {
    if (command === "show servers state") {
      return this.serving
        .map(({ host, isUp }, index) => {
          const state = isUp ? "2 0" : "0 0";
          return `3 app ${String(index)} app-${String(index + 1)} 10.0.0.2 ${state} 1 1 9 6 3 4 6 0 0 0 ${host} 8080 -`;
        })
        .join("\n");
    }
    if (command === "show stat") {
      return "# pxname,svname,check_status,check_code,last_chk\napp,app-1,L7STS,503,Service Unavailable\n";
    }
    if (/^(add|set) map/.test(command)) this.asked.push(`admin: ${command}`);
    return "";
  }

  #configuration(): string {
    const lines = this.serving.map(
      ({ host }, index) => `  server app-${String(index + 1)} ${host}:8080 check`,
    );
    return ["backend app", ...lines, "  server app-9 other:8080 check disabled"].join("\n");
  }

  #answer(command: string): readonly string[] {
    this.asked.push(`told: ${command}`);
    if (command === "report" && this.blocked !== "") return [`blocked ${this.blocked}`, "ok"];
    if (command === "left") return [...(this.left.shift() ?? []), "ok"];
    if (command === "changes" && this.changes !== undefined) {
      return [`changes ${this.changes}`, "ok"];
    }
    return ["ok"];
  }

  #inspect(id: string): CommandResult {
    if (!this.isThere) return bad(1, `Error: No such container: ${id}`);
    const State = { Status: "exited", ExitCode: 1, StartedAt: "then", ...this.state };
    const rest = { Id: id, Name: `/${id}`, Image: "sha256:1", RestartCount: 0, Config: {} };
    return good(JSON.stringify([{ ...rest, State }]));
  }

  #logs({ line }: RunOptions): CommandResult {
    for (const each of this.log) line?.(each);
    return good();
  }

  #idFile(args: readonly string[], id: string): void {
    writeFileSync(args[args.indexOf("--cidfile") + 1] ?? "", id, { flag: "wx" });
  }
}

/** The proxy ends in the middle of a conversation. */
export const gone = () => new ProxyGone("it ended with 137");

function recorded(text: string): string {
  const { result, reason, migration } = JSON.parse(text) as typeof record;
  const noted = migration === null ? "" : ` ${JSON.stringify(migration)}`;
  return result === "running" ? `record: running${noted}` : `record: ${result} ${String(reason)}`;
}

const record = {
  id: "v1",
  begin: "2026-03-01T10:00:00Z",
  switched: null,
  end: null,
  result: "running",
  reason: null,
  who: "ann@desk",
  by: "1@desk",
  backTo: null,
  migration: null as unknown,
  imageId: null,
  counters: null,
  counted: { requests: 0, failed: 0, errors: 0 },
  content: { image: "shop:1.0", version: "1.2.3", gitSha: "", settings: {} },
};
