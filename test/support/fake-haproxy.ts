import { withServers, type Place } from "../../release/haproxy/servers.js";
import { ProxyGone, type Conversation, type Converse } from "../../release/proxy-session.js";
import { placesIn } from "../../release/haproxy/servers.js";

/** A server of the stand-in, as HAProxy would have it. */
interface FakeServer {
  host: string;
  address: string;
  up: boolean;
  maintenance: boolean;
  draining: boolean;
}

/**
 * A proxy's container with a HAProxy that acts as the real one does, as far as a release can tell: files of the volume,
 * checks, the states of servers. Time goes on by being asked.
 */
export class FakeHaproxy {
  readonly files = new Map<string, string>();
  running = "";
  /** Status that a container answers with at a path; others answer 200 everywhere. */
  readonly answers = new Map<string, (path: string) => number>();
  /** Containers that take no connection. */
  readonly unreachable = new Set<string>();
  /** What was asked of the admin socket, one command each. */
  readonly commands: string[] = [];
  /** Words of every act, in order. */
  readonly acts: string[] = [];
  reloads = 0;
  /** Has it refuse the next configuration that is loaded. */
  refusesReload = false;
  /** What `check` says of a configuration. */
  problems: (text: string) => string | undefined = () => undefined;
  /** Rows of the table that counts answers, as `show table` prints them. */
  table: string[] = [];
  /** Called before each act: may throw a `ProxyGone`. */
  before: (words: readonly string[]) => void = () => undefined;
  /** Answers of curl, by URL: exit code and output. */
  fetched: (url: string) => { code: number; text: string } = () => ok("200");
  streams = 0;
  readonly #servers = new Map<string, FakeServer>();
  readonly #map = new Map<string, string>();

  /** With a configuration in service that leads to some places. */
  static serving(template: string, places: readonly Place[]): FakeHaproxy {
    const proxy = new FakeHaproxy();
    const text = withServers(template, places);
    proxy.files.set("haproxy.cfg", text);
    proxy.files.set("checks.map", places.map(({ server }) => `${server} /ready\n`).join(""));
    proxy.load(text);
    return proxy;
  }

  /** Starts a worker on a configuration. */
  load(text: string): void {
    this.running = text;
    this.#servers.clear();
    this.#map.clear();
    for (const line of (this.files.get("checks.map") ?? "").split("\n")) {
      const [server, path] = line.split(" ");
      if (server !== undefined && path !== undefined) this.#map.set(server, path);
    }
    for (const place of placesIn(text)) {
      this.#servers.set(`${place.section}/${place.server}`, {
        host: place.host,
        address: addressOf(place.host),
        up: place.used,
        maintenance: !place.used,
        draining: false,
      });
    }
  }

  /** Containers that get requests, in every section. */
  serving(section = "app"): string[] {
    return [...this.#servers]
      .filter(([name, each]) => name.startsWith(`${section}/`) && serves(each))
      .map(([, each]) => each.host);
  }

  /** The path that a container is checked by. */
  checkOf(host: string): string | undefined {
    const found = [...this.#servers].find(([, each]) => each.host === host && !each.maintenance);
    return found === undefined ? undefined : this.#map.get(found[0].split("/")[1] ?? "");
  }

  readonly converse: Converse = () => this.conversation();

  conversation(): Conversation {
    return {
      act: (words, input = "") =>
        new Promise((resolve, reject) => {
          try {
            this.before(words);
            this.acts.push(words.join(" "));
            resolve(this.#act(words, input));
          } catch (error) {
            reject(error as ProxyGone);
          }
        }),
      close: () => Promise.resolve(),
    };
  }

  #act([verb = "", ...words]: readonly string[], input: string) {
    const [first = "", count] = words;
    const file = this.files.get(first) ?? "";
    switch (verb) {
      case "admin":
        return said(this.#admin(input.trim().split(";")));
      case "master":
        return said(this.#reload());
      case "check": {
        const problems = this.problems(input);
        return problems === undefined ? said("") : { code: 1, text: problems };
      }
      case "read":
        return said(file);
      case "write":
        this.files.set(first, input);
        return said("");
      case "remove":
        this.files.delete(first);
        return said("");
      case "running":
        return said(this.running);
      case "runs":
        this.running = file;
        return said("");
      case "records":
        return said(this.#records(first === "" ? undefined : Number(first)));
      case "resolve":
        return said(
          input
            .split("\n")
            .filter((name) => name !== "" && !this.unreachable.has(name))
            .map((name) => `${name} ${addressOf(name)}\n`)
            .join(""),
        );
      case "connect":
        return said(
          input
            .split("\n")
            .filter((target) => this.unreachable.has(target.split(":")[0] ?? ""))
            .map((target) => `${target}\n`)
            .join(""),
        );
      case "streams":
        return said(`${String(this.streams)}\n`);
      case "fetch":
        return this.fetched(/url = "(.*)"/.exec(input)?.[1] ?? "");
      case "lock":
      case "unlock":
      case "prepare":
        return said("");
      default:
        throw new Error(`The stand-in knows no act "${verb} ${String(count)}".`);
    }
  }

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
    this.load(this.files.get("haproxy.cfg") ?? "");
    return "Success=1\n";
  }

  #admin(commands: readonly string[]): string {
    this.#check();
    return commands
      .map((command) => {
        if (!command.startsWith("show ")) this.commands.push(command);
        return this.#command(command.split(" "));
      })
      .join("");
  }

  #command([verb = "", what = "", name = "", ...rest]: readonly string[]): string {
    if (verb === "show") return this.#show(what, name);
    if (what === "map") {
      this.#map.set(rest[0] ?? "", rest[1] ?? "");
      return "";
    }
    const server = this.#servers.get(name);
    if (server === undefined) return "No such server.\n";
    const [property, value = ""] = rest;
    if (property === "fqdn") {
      server.host = value;
      return `${name} changed its FQDN from a to ${value}\n`;
    }
    if (property === "addr") server.address = value;
    else if (property === "health") server.up = value === "up";
    else if (value === "maint") server.maintenance = true;
    else {
      if (server.maintenance) server.up = true;
      server.maintenance = false;
      server.draining = value === "drain";
    }
    return "";
  }

  #show(what: string, name: string): string {
    if (what === "servers") return this.#states();
    if (what === "table") return this.table.join("\n");
    if (what === "map") {
      return [...this.#map].map(([server, path]) => `0x1 ${server} ${path}\n`).join("");
    }
    if (what === "info") return "Pid: 7\nStart_time_sec: 5\n";
    return name === "" ? `${this.#stat()}\n` : "";
  }

  #states(): string {
    const lines = [...this.#servers].map(([name, each]) => {
      const [section = "", server = ""] = name.split("/");
      const administrative = (each.maintenance ? 1 : 0) | (each.draining ? 8 : 0);
      const operational = each.up && !each.maintenance ? 2 : 0;
      const fields = [3, section, 1, server, each.address, operational, administrative];
      return [...fields, ...Array(10).fill(0), each.host, 3000, "-", 0].join(" ");
    });
    return ["1", "# be_id …", ...lines, ""].join("\n");
  }

  #stat(): string {
    const head =
      "# pxname,svname,chkdown,check_status,check_code,last_chk,req_tot,hrsp_5xx,srv_abrt";
    const lines = [...this.#servers].map(([name, each]) => {
      const [section = "", server = ""] = name.split("/");
      const status = this.#statusOf(server, each.host);
      return [section, server, 0, status < 300 ? "L7OK" : "L7STS", status, "", 0, 0, 0].join(",");
    });
    return [head, ...lines].join("\n");
  }

  /** HAProxy's checks go on by themselves. */
  #check(): void {
    for (const [name, each] of this.#servers) {
      if (each.maintenance) continue;
      const server = name.split("/")[1] ?? "";
      each.up = !this.unreachable.has(each.host) && this.#statusOf(server, each.host) < 300;
    }
  }

  #statusOf(server: string, host: string): number {
    return this.answers.get(host)?.(this.#map.get(server) ?? "/") ?? 200;
  }
}

/** curl's output for an answer. */
export function ok(status: string, body = "", location = "") {
  return { code: 0, text: `${body}\nkeelson-answer ${status} ${location}` };
}

const said = (text: string) => ({ code: 0, text });
const serves = (each: FakeServer) => each.up && !each.maintenance && !each.draining;
const addressOf = (host: string) =>
  `10.0.0.${String([...host].reduce((sum, c) => sum + c.charCodeAt(0), 0) % 250)}`;
