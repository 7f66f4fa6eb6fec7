import { withServers, type ServerSlot } from "#release/haproxy/servers";
import type { Answer, Conversation, Converse } from "#release/proxy-session";
import { addressOf, FakeWorker, type World } from "./fake-worker.js";

/**
 * A proxy's container with a HAProxy that acts as the real one does, as far as a release can tell: files of the volume,
 * checks, the states of servers. Time goes on by being asked.
 */
export class FakeHaproxy implements World {
  readonly files = new Map<string, string>();
  running = "";
  readonly answers = new Map<string, (path: string) => number>();
  readonly unreachable = new Set<string>();
  /** Containers that stand for no address any more. */
  readonly gone = new Set<string>();
  table: string[] = [];
  counts = { requests: 0, errors: 0, cut: 0 };
  /** What was asked of the admin socket, one command each. */
  readonly commands: string[] = [];
  /** Words of every act, in order. */
  readonly acts: string[] = [];
  reloads = 0;
  /** When its files were written last. */
  modified = "2026-01-02T03:04:05Z";
  /** Has it refuse the next configuration that is loaded. */
  refusesReload = false;
  /** What `check` says of a configuration. */
  problems: (text: string) => string | undefined = () => undefined;
  /** Called before each act: may throw a `ProxyGone`. */
  before: (args: readonly string[]) => void = () => undefined;
  /** Answers of curl, by URL: exit code and output. */
  fetched: (url: string, configuration: string) => Answer = () => ok("200");
  /** Requests in progress to containers that are drained. */
  streams: () => number = () => 0;
  /** Locks that another conversation holds. */
  readonly locked = new Set<string>();
  /** Acts that fail, by their verb, with what they print. */
  readonly broken = new Map<string, string>();
  #worker: FakeWorker = new FakeWorker(1, "", "", this);
  #pid = 1;

  /** With a configuration in service that leads to some places. */
  static serving(template: string, places: readonly ServerSlot[], path = "/ready"): FakeHaproxy {
    const proxy = new FakeHaproxy();
    const text = withServers(template, places);
    proxy.files.set("haproxy.cfg", text);
    proxy.files.set("checks.map", places.map(({ server }) => `${server} ${path}\n`).join(""));
    proxy.load(text);
    return proxy;
  }

  /** Starts a worker on a configuration. */
  load(text: string): void {
    this.running = text;
    this.#pid += 1;
    this.#worker = new FakeWorker(this.#pid, text, this.files.get("checks.map") ?? "", this);
  }

  /** Containers that get requests, in a section. */
  serving(section = "app"): string[] {
    return this.#worker.serving(section);
  }

  /** Containers that it chooses from for another attempt. */
  choices(section = "app"): string[] {
    return this.#worker.choices(section);
  }

  /** Containers that its servers lead to, whether they get requests or not. */
  hosts(): string[] {
    return this.#worker.hosts();
  }

  /** The path that a container is checked by. */
  checkOf(host: string): string | undefined {
    return this.#worker.checkOf(host);
  }

  readonly converse: Converse = () => this.conversation();

  conversation(): Conversation {
    return {
      act: (args, input = "") =>
        new Promise((resolve) => {
          this.before(args);
          this.acts.push(args.join(" "));
          resolve(this.#act(args, input));
        }),
      close: () => Promise.resolve(),
    };
  }

  #act([verb = "", ...args]: readonly string[], input: string): Answer {
    const [first = ""] = args;
    const broken = this.broken.get(verb);
    if (broken !== undefined) return { code: 1, text: broken };
    const act = this.#acts[verb];
    if (act === undefined) throw new Error(`The stand-in knows no act "${verb}".`);
    const answered = act(first, input);
    return typeof answered === "string" ? { code: 0, text: answered } : answered;
  }

  readonly #acts: Readonly<Record<string, (first: string, input: string) => string | Answer>> = {
    admin: (_first, input) => this.#admin(input.trim().split(";")),
    master: () => this.#reload(),
    check: (_first, input) => {
      const problems = this.problems(input);
      return problems === undefined ? "" : { code: 1, text: problems };
    },
    read: (file) => this.files.get(file) ?? "",
    write: (file, input) => {
      this.files.set(file, input);
      return "";
    },
    take: (name, input) => {
      this.files.set(`tls/${name}.pem`, input);
      return "";
    },
    remove: (file) => {
      this.files.delete(file);
      return "";
    },
    modified: (file) =>
      this.files.has(file) ? `${this.modified}\n` : { code: 1, text: "no such file" },
    running: () => this.running,
    runs: (file) => {
      this.running = this.files.get(file) ?? "";
      return "";
    },
    records: (count) => this.#records(count === "" ? undefined : Number(count)),
    resolve: (_first, input) =>
      input
        .split("\n")
        .filter((name) => name !== "" && !this.unreachable.has(name) && !this.gone.has(name))
        .map((name) => `${name} ${addressOf(name)}\n`)
        .join(""),
    connect: (_first, input) =>
      input
        .split("\n")
        .filter((target) => this.unreachable.has(target.split(":")[0] ?? ""))
        .map((target) => `${target}\n`)
        .join(""),
    streams: () => `${String(this.streams())}\n`,
    fetch: (_first, input) => this.fetched(/url = "(.*)"/.exec(input)?.[1] ?? "", input),
    lock: (name) => ({ code: this.locked.has(name) ? 75 : 0, text: "" }),
    unlock: () => "",
    prepare: () => "",
  };

  #records(count: number | undefined): string {
    const number = (name: string) => Number(/v(\d+)/.exec(name)?.[1]);
    const names = [...this.files.keys()].filter((name) => /^releases\/v\d+\.json$/.test(name));
    return names
      .toSorted((a, b) => number(b) - number(a))
      .slice(0, count)
      .map((name) => this.files.get(name) ?? "")
      .join("");
  }

  #reload(): string {
    if (this.refusesReload) {
      this.refusesReload = false;
      return "Success=0\nit does not start";
    }
    this.reloads += 1;
    const running = this.running;
    this.load(this.files.get("haproxy.cfg") ?? "");
    // The script writes down what runs; HAProxy does not.
    this.running = running;
    return "Success=1\n";
  }

  #admin(commands: readonly string[]): string {
    this.commands.push(...commands.filter((each) => !each.startsWith("show ")));
    return commands.map((each) => this.#worker.run(each)).join("");
  }
}

/** curl's output for an answer. */
export function ok(status: string, body = "", location = ""): Answer {
  return { code: 0, text: `${body}\nkeelson-answer ${status} ${location}` };
}
