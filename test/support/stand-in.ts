// A stack without Docker: it answers the `docker` commands of what exchanges data as the images' scripts do, and fails,
// or dies, at whichever of them a test chooses.
import { vi } from "vitest";
import type { Docker } from "#lib/docker";
import type { CommandResult } from "#lib/run-process";
import { inConfiguration, maintenanceFiles } from "#release/haproxy/maintenance";
import type { Answer } from "#release/proxy-session";
import { FakeMaps } from "./fake-maps.js";
import { spokenSession, type SessionAct } from "./session-stand-in.js";

/** What happens at a call: it fails, undone or done all the same; or the command is killed, before or after it. */
export const faults = [
  "fails",
  "fails though done",
  "is killed before",
  "is killed after",
] as const;
export type Fault = (typeof faults)[number];

/** A database: what is in it, and what the comment on it says. */
export interface Held {
  content: string;
  note?: Record<string, unknown>;
}
export type Server = Map<string, Held>;
export interface Slot {
  data: Server;
  readonly restored: Server;
  state: Record<string, unknown>;
}

export const good = (stdout: unknown = ""): CommandResult => ({
  code: 0,
  stdout: typeof stdout === "string" ? stdout : JSON.stringify(stdout),
  stderr: "",
});
export const bad = (stderr: string): CommandResult => ({ code: 1, stdout: "", stderr });

/** What it kills a command with. */
export class Killed extends Error {}

/** A stack whose live database holds `old`, and what is restored `new`. */
export class StandIn {
  server: Server = new Map([["live", { content: "old" }]]);
  readonly slots = new Map<string, Slot>();
  readonly running = new Set(["app", "postgres", "backup", "proxy"]);
  private maps = new FakeMaps();
  /** The commands so far. */
  calls: string[] = [];
  private fault: { readonly at: number; readonly fault: Fault } | undefined;
  private dead = false;

  /** From now on: what the call of that number, the first being 1, comes to. */
  arm(at: number, fault: Fault): void {
    this.calls = [];
    this.fault = { at, fault };
  }

  /** A new process, without faults. */
  disarm(): void {
    this.calls = [];
    this.fault = undefined;
    this.dead = false;
  }

  /** What is live, and what else there is of data. */
  get contents(): { readonly live: string | undefined; readonly kept: string[] } {
    const databases = (server: Server) =>
      [...server].map(([name, { content }]) => ({ name, content }));
    const all = databases(this.server).concat(
      [...this.slots.values()].flatMap(({ data }) => databases(data)),
    );
    const live = this.server.get("live");
    return { live: live?.content, kept: all.map(({ content }) => content).sort() };
  }

  /** Whether HAProxy is in maintenance mode. */
  get maintenance(): boolean {
    return this.maps.entries(maintenanceFiles.state).length > 0;
  }
  set maintenance(on: boolean) {
    this.maps = new FakeMaps(new Map([[maintenanceFiles.state, on ? "on 300\n" : ""]]));
  }

  readonly docker: Docker = Object.assign<Docker, Pick<Docker, "open">>(
    (args, { input } = {}) => {
      if (typeof input === "object") input.resume();
      return this.call(shown(args), bad("injected"), () => this.answer(args));
    },
    {
      open: () =>
        spokenSession((act) => {
          const command = ["session", act.verb, ...act.args].join(" ");
          return this.call(command, { code: 1, text: "injected" }, () => this.inProxy(act));
        }),
    },
  );

  /** Does something, unless it is its turn to fail. */
  private async call<T>(what: string, failed: T, work: () => T): Promise<T> {
    // A name is made of the time.
    vi.setSystemTime(Date.now() + 1000);
    if (this.dead) throw new Killed();
    this.calls.push(what);
    const fault = this.calls.length === this.fault?.at ? this.fault.fault : undefined;
    this.dead = fault?.startsWith("is killed") === true;
    if (fault === "is killed before") throw new Killed();
    if (fault === "fails") return failed;
    const done = work();
    if (fault === "is killed after") throw new Killed();
    return await Promise.resolve(fault === "fails though done" ? failed : done);
  }

  /** The proxy, of which nothing is known that does not serve. */
  private inProxy({ verb, input }: SessionAct): Answer {
    if (verb === "running") return { code: 0, text: inConfiguration(maintenanceFiles.state) };
    if (verb === "modified") return { code: 0, text: "2026-01-02T03:04:05Z\n" };
    if (verb !== "admin") return { code: 0, text: "" };
    const commands = input.trim().split(";");
    return { code: 0, text: commands.map((each) => this.maps.run(each) ?? "").join("") };
  }

  /** What the script or the engine does at a command, and answers. */
  protected answer(args: readonly string[]): CommandResult {
    const [command = "", ...argv] = args;
    // What a test does itself.
    if (command === "live") this.running.add("app");
    if (command === "live") return good();
    const script = args.findIndex((each) => each.startsWith("/usr/local/bin/"));
    const [name = "", ...steps] = args.slice(script);
    if (command === "ps") {
      return good(
        args.includes("--quiet") ? "proxy" : ["app", "postgres", "backup", "proxy"].join("\n"),
      );
    }
    if (command === "inspect") return this.inspect(argv);
    if (command === "stop" || command === "start") return this.turn(command, argv[0] ?? "");
    if (command === "run") {
      const database = args.find((each) => each.startsWith("PGDATABASE="))?.slice(11) ?? "";
      return this.step(name.slice(15), steps, database);
    }
    if (command === "exec") return this.inContainer(name);
    return command === "logs" ? good() : bad(`no docker ${args.join(" ")}`);
  }

  private inspect(args: readonly string[]): CommandResult {
    const last = args.at(-1) ?? "";
    if (last.endsWith("-restore")) return bad("no such container");
    if (args[1] === "{{json .Config.Healthcheck}}") return good({ Test: ["CMD", "healthy", last] });
    if (args[1] === "{{.State.Status}}") return good(this.running.has(last) ? "running" : "exited");
    return good(args.map((id) => this.container(id)));
  }

  private container(id: string) {
    const mounts = [
      "/var/lib/postgresql/data",
      "/var/run/postgresql",
      "/run/secrets",
      "/repository",
    ];
    return {
      Id: id,
      Name: `/${id}`,
      Image: "image",
      State: { Running: this.running.has(id) },
      HostConfig: { RestartPolicy: { Name: "always" }, PortBindings: {} },
      Config: { Image: "image", Labels: { "dev.keelson.workload": id }, Env: ["PGDATABASE=live"] },
      NetworkSettings: { Networks: {} },
      Mounts: [...mounts, "/backups", "/proofs"].map((path) => ({ Name: "v", Destination: path })),
    };
  }

  private turn(command: string, id: string): CommandResult {
    if (command === "start") this.running.add(id);
    else this.running.delete(id);
    return good();
  }

  private inContainer(script: string): CommandResult {
    if (script.endsWith("/dump"))
      return good('{"message":"backed up as live-1.dump in 1 s","file":"live-1.dump"}');
    return good();
  }

  private step(
    script: string,
    [step = "", id = "", ...more]: readonly string[],
    database: string,
  ): CommandResult {
    if (script === "import-dump") return this.dump(step, database);
    const answers =
      script === "restore" ? this.cluster(step, id, more) : this.databases(step, id, more);
    return answers ?? bad(`no ${script} ${step}`);
  }

  private dump(step: string, database: string): CommandResult {
    if (step === "list") return good("; Dumped from database version: 17.6\n");
    if (step === "read") return good("rows\t1\tpublic.new\nlargeObjects\t0\nbytes\t9\n");
    const held = this.server.get(database);
    if (held === undefined) return bad(`no database ${database}`);
    held.content = "new";
    return good();
  }

  private prepared(id: string): CommandResult {
    const rows = { "public.new": 1 };
    return good({ id, database: "live", checks: [], rows, liveRows: this.rows(), restoredXid: 1 });
  }

  private rows() {
    return { [`public.${this.server.get("live")?.content ?? ""}`]: 1 };
  }

  /** The steps of `restore`. */
  private cluster(step: string, id: string, more: readonly string[]): CommandResult | undefined {
    const slot = this.slots.get(id);
    if (step === "list") {
      return good(
        [...this.slots].map(([each, { restored, state }]) => ({
          id: each,
          kind: "at",
          bytes: 1,
          ...state,
          restoredIsLive: restored === this.server,
        })),
      );
    }
    if (step === "count") return good({ rows: this.rows(), written: {} });
    if (step === "prepare") {
      const restored: Server = new Map([["live", { content: "new" }]]);
      this.slots.set(id, { data: restored, restored, state: { asked: more[1], phase: "ready" } });
    }
    if (step === "prepare" || step === "undo") return this.prepared(id);
    if (slot === undefined) return undefined;
    if (step === "begin")
      slot.state = { ...slot.state, phase: "swapping", maintenance: more[0] === "true" };
    if (step === "settle") slot.state = { ...slot.state, phase: "done", swappedAt: "now" };
    if (step === "discard") this.slots.delete(id);
    if (step === "swap") {
      if (this.running.has("postgres")) return bad("a server is running on this data volume");
      [this.server, slot.data] = [slot.data, this.server];
    }
    return good();
  }

  /** The steps of `restore-dump`. */
  private databases(step: string, id: string, more: readonly string[]): CommandResult | undefined {
    const [fresh, before] = [`keelson_restore_${id}`, `keelson_before_${id}`];
    if (!this.running.has("postgres")) return undefined;
    if (step === "list")
      return good([...this.server].flatMap(([name, { note }]) => listed(name, note)));
    if (step === "count") return good({ rows: this.rows(), major: 17 });
    if (step === "create" || step === "prepare") {
      this.server.set(fresh, { content: step === "create" ? "" : "new" });
    }
    if (step === "create") return good({ database: fresh, owner: "owner" });
    const name = this.server.has(fresh) ? fresh : before;
    const other = this.server.get(name);
    if (other === undefined) return undefined;
    if (step === "check" || step === "prepare") other.note = { asked: more[0], phase: "ready" };
    if (step === "check" || step === "prepare" || step === "undo") return this.prepared(id);
    if (step === "begin")
      other.note = { ...other.note, phase: "swapping", maintenance: more[0] === "true" };
    if (step === "settle") other.note = { ...other.note, phase: "done", swappedAt: "now" };
    if (step === "discard") this.server.delete(name);
    if (step === "swap") this.swap(name, before, other);
    return good();
  }

  private swap(name: string, before: string, { content, note }: Held): void {
    const live = this.server.get("live");
    const keeps = note?.["keeps"] === "before" ? "restored" : "before";
    this.server.delete(name);
    this.server.set("live", { content });
    this.server.set(before, {
      content: live?.content ?? "",
      note: { ...note, phase: "swapping", keeps },
    });
  }
}

function listed(name: string, note: Record<string, unknown> | undefined) {
  const [, which, id] = /^keelson_(restore|before)_(\d{14})$/.exec(name) ?? [];
  if (id === undefined) return [];
  const phase = which === "restore" && note === undefined ? { phase: "restoring" } : {};
  return [{ id, kind: "dump", bytes: 1, ...note, ...phase }];
}

/** A command without what is the same in each. */
function shown(args: readonly string[]): string {
  const script = args.findIndex((each) => each.startsWith("/usr/local/bin/"));
  return (script < 0 ? args : [args[0] ?? "", ...args.slice(script)]).join(" ");
}
