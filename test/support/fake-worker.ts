// A worker process of HAProxy, as far as a release can tell: servers with their states and checks, the map of paths.
import { placesIn } from "#release/haproxy/servers";
import { FakeMaps } from "./fake-maps.js";

/** A server of the stand-in, as HAProxy would have it. */
interface FakeServer {
  host: string;
  address: string;
  up: boolean;
  maintenance: boolean;
  draining: boolean;
  /** How often its check has found it down. */
  downs: number;
}

/** What the containers behind it do. */
export interface World {
  /** Files of the proxy's volume. */
  readonly files: ReadonlyMap<string, string>;
  /** Status that a container answers with at a path; others answer 200 everywhere. */
  readonly answers: ReadonlyMap<string, (path: string) => number>;
  /** Containers that take no connection. */
  readonly unreachable: ReadonlySet<string>;
  /** Rows of the table that counts answers, as `show table` prints them. */
  readonly table: readonly string[];
  /** What clients have had from the app since the worker began. */
  readonly counts: { readonly requests: number; readonly errors: number; readonly cut: number };
}

/** HAProxy on one configuration. Its checks go on whenever it is asked. */
export class FakeWorker {
  readonly #servers = new Map<string, FakeServer>();
  readonly #map = new Map<string, string>();
  readonly #maps: FakeMaps;
  readonly #world: World;
  readonly #pid: number;

  /** @param checks the file of paths, as it is when the worker starts */
  constructor(pid: number, configuration: string, checks: string, world: World) {
    this.#pid = pid;
    this.#world = world;
    const virtual = [...configuration.matchAll(/map\((virt@[^)]+)\)/g)].map(
      ([, name = ""]) => name,
    );
    this.#maps = new FakeMaps(world.files, virtual);
    for (const line of checks.split("\n")) {
      const [server, path] = line.split(" ");
      if (server !== undefined && path !== undefined) this.#map.set(server, path);
    }
    for (const place of placesIn(configuration)) {
      this.#servers.set(`${place.section}/${place.server}`, {
        host: place.host,
        address: addressOf(place.host),
        up: place.used,
        maintenance: !place.used,
        draining: false,
        downs: 0,
      });
    }
  }

  /** Containers that get requests in a section: the first attempts, if a map names servers for them that are up. */
  serving(section: string): string[] {
    const named = new Set(this.#maps.virtual(`virt@preferred-${section}`));
    const first = this.#in(section).filter(
      ([name, each]) => named.has(serverName(name)) && each.up && !each.maintenance,
    );
    return first.length > 0 ? first.map(([, each]) => each.host) : this.choices(section);
  }

  /** Containers that HAProxy chooses from, as for another attempt. */
  choices(section: string): string[] {
    return this.#in(section)
      .filter(([, each]) => serves(each))
      .map(([, each]) => each.host);
  }

  /** Containers that its servers lead to, whether they get requests or not. */
  hosts(): string[] {
    return [...new Set([...this.#servers.values()].map(({ host }) => host))];
  }

  /** The path that a container is checked by. */
  checkOf(host: string): string | undefined {
    const found = [...this.#servers].find(([, each]) => each.host === host && !each.maintenance);
    return found === undefined ? undefined : this.#map.get(serverName(found[0]));
  }

  /** What a command prints. */
  run(command: string): string {
    this.#check();
    const ofMaps = this.#maps.run(command);
    if (ofMaps !== undefined) return ofMaps;
    const [verb = "", what = "", name = "", ...rest] = command.split(" ");
    if (verb === "show") return this.#show(what, name);
    if (what === "map") {
      this.#map.set(rest[0] ?? "", rest[1] ?? "");
      return "\n";
    }
    const server = this.#servers.get(name);
    if (server === undefined) return "No such server.\n";
    return set(name, server, rest);
  }

  #in(section: string) {
    return [...this.#servers].filter(([name]) => name.startsWith(`${section}/`));
  }

  #show(what: string, name: string): string {
    if (what === "servers") return this.#states();
    if (what === "table") return `${this.#world.table.join("\n")}\n`;
    if (what === "map") {
      return [...this.#map].map(([server, path]) => `0x1 ${server} ${path}\n`).join("");
    }
    if (what === "info") return `Pid: ${String(this.#pid)}\nStart_time_sec: 5\n`;
    return name === "" ? `${this.#stat()}\n` : "";
  }

  #states(): string {
    const lines = [...this.#servers].map(([name, each]) => {
      const administrative = (each.maintenance ? 1 : 0) | (each.draining ? 8 : 0);
      const operational = each.up && !each.maintenance ? 2 : 0;
      const state = [each.address, operational, administrative];
      const rest = Array.from({ length: 10 }, () => 0);
      const fields = [3, sectionOf(name), 1, serverName(name), ...state, ...rest, each.host];
      return [...fields, 3000, "-", 0].join(" ");
    });
    return ["1", "# be_id …", ...lines, ""].join("\n");
  }

  #stat(): string {
    const head =
      "# pxname,svname,chkdown,check_status,check_code,last_chk,req_tot,hrsp_5xx,srv_abrt";
    const lines = [...this.#servers].map(([name, each]) => {
      const status = this.#statusOf(serverName(name), each.host);
      const check = [status < 300 ? "L7OK" : "L7STS", status, ""];
      return [sectionOf(name), serverName(name), each.downs, ...check, 0, 0, 0].join(",");
    });
    const { requests, errors, cut } = this.#world.counts;
    const app = [
      ["app", "answers", 0, "", "", "", requests, errors, 0],
      ["app", "BACKEND", 0, "", "", "", requests, errors, cut],
    ];
    return [head, ...lines, ...app.map((each) => each.join(","))].join("\n");
  }

  /** HAProxy's checks go on by themselves. */
  #check(): void {
    for (const [name, each] of this.#servers) {
      if (each.maintenance) continue;
      const fit =
        !this.#world.unreachable.has(each.host) &&
        this.#statusOf(serverName(name), each.host) < 300;
      if (each.up && !fit) each.downs += 1;
      each.up = fit;
    }
  }

  #statusOf(server: string, host: string): number {
    return this.#world.answers.get(host)?.(this.#map.get(server) ?? "/") ?? 200;
  }
}

function set(name: string, server: FakeServer, [property, value = ""]: readonly string[]): string {
  if (property === "fqdn") {
    const before = server.host;
    server.host = value;
    return `${name} changed its FQDN from ${before} to ${value}\n`;
  }
  if (property === "addr") {
    const before = server.address;
    server.address = value;
    return before === value
      ? "no need to change the addr\n"
      : `IP changed from '${before}' to '${value}'\n`;
  }
  if (property === "health") server.up = value === "up";
  else if (value === "maint") server.maintenance = true;
  else {
    if (server.maintenance) server.up = true;
    server.maintenance = false;
    server.draining = value === "drain";
  }
  return "\n";
}

/** The address that a name stands for. */
export const addressOf = (host: string) =>
  `10.0.0.${String([...Buffer.from(host)].reduce((sum, byte) => sum + byte, 0) % 250)}`;

const serves = (each: FakeServer) => each.up && !each.maintenance && !each.draining;
const sectionOf = (name: string) => name.split("/")[0] ?? "";
const serverName = (name: string) => name.split("/")[1] ?? "";
