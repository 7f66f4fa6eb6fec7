import type { CommandResult } from "#lib/run-process";

/** A container of the stand-in. */
export interface FakeContainer {
  readonly id: string;
  readonly name: string;
  /** The service that it is of; empty of another. */
  readonly service: string;
  image: string;
  status: string;
  /** Docker's word for its health; undefined where it has no health test. */
  health: string | undefined;
  restarts: number;
  exitCode: number;
  killedForMemory: boolean;
  startedAt: string;
  /** Its health test, as `docker inspect` shows it, and what that says when it is run. */
  healthTest: readonly string[];
  healthSays: Partial<CommandResult>;
  log: string;
}

const usual = {
  service: "",
  image: "sha256:1",
  status: "running",
  health: "starting",
  restarts: 0,
  exitCode: 0,
  killedForMemory: false,
  startedAt: "2026-11-29T20:00:00Z",
  log: "",
  healthTest: ["CMD", "healthy"],
  healthSays: {},
};

/** Containers as `docker` shows them; more of its commands can be answered by `other`. */
export class FakeContainers {
  /** Called before each look at a container, which may change it, with the number of the look. */
  looked: (container: FakeContainer, look: number) => void = () => undefined;
  /** Answers by the arguments; an empty success where it returns nothing. Asked first. */
  other: (command: string) => Partial<CommandResult> | undefined = () => undefined;
  /** Ids of the containers that answer by the names of processes. */
  names: readonly string[] = [];
  readonly #proxy: string;
  readonly #all: FakeContainer[] = [];
  readonly #looks = new Map<string, number>();

  /** @param proxy id of the stack's proxy, which `ps` finds; empty where there is none */
  constructor(proxy = "proxy") {
    this.#proxy = proxy;
    if (proxy !== "") this.add({ id: proxy, name: "the-proxy", health: "healthy" });
  }

  /** Adds one that runs and whose health test passes. */
  add(more: Partial<FakeContainer> & Pick<FakeContainer, "id" | "name">): FakeContainer {
    const added: FakeContainer = { ...usual, ...more };
    this.#all.push(added);
    return added;
  }

  remove(id: string): void {
    const at = this.#all.findIndex((each) => each.id === id);
    if (at >= 0) this.#all.splice(at, 1);
  }

  /** `docker`, for `fakeContext`. */
  readonly docker = (
    command: string,
    args: readonly string[],
  ): Partial<CommandResult> | undefined => {
    const other = this.other(command);
    if (other !== undefined) return other;
    const name = args.at(-1) ?? "";
    if (command.startsWith("container inspect --format {{range")) {
      return {
        stdout: args
          .slice(4)
          .map((each) => `address-of-${each}`)
          .join(" "),
      };
    }
    if (command.startsWith("container inspect --format")) return this.#end(name);
    if (command.startsWith("container inspect")) return this.#inspect(...args.slice(2));
    if (command.startsWith("ps --all --quiet") && command.includes("workload=service")) {
      return {
        stdout: this.#all.flatMap(({ id, service }) => (service === "" ? [] : [id])).join("\n"),
      };
    }
    if (command.startsWith("ps --all --quiet") && command.includes("workload=proxy")) {
      return { stdout: `${this.#proxy}\n` };
    }
    if (command.startsWith("ps --quiet") && command.includes("workload=name")) {
      return { stdout: this.names.join("\n") };
    }
    const container = this.#find(args[0] === "exec" ? (args[1] ?? "") : name);
    if (args[0] === "exec") return container?.healthSays;
    if (args[0] === "logs") return { stdout: container?.log ?? "" };
    if (args[0] === "stop" && container !== undefined) container.status = "exited";
    if (args[0] === "start" && container !== undefined) container.status = "running";
    return undefined;
  };

  #find(name: string): FakeContainer | undefined {
    return this.#all.find((each) => each.id === name || each.name === name);
  }

  /** Whether it runs, and its exit code. */
  #end(name: string): Partial<CommandResult> {
    const found = this.#find(name);
    if (found === undefined) return { code: 1, stderr: `Error: No such container: ${name}` };
    return { stdout: `${String(found.status === "running")} ${String(found.exitCode)}\n` };
  }

  #inspect(...names: readonly string[]): Partial<CommandResult> {
    const looked = names.map((name) => this.#look(name));
    const gone = names.filter((_, index) => looked[index] === undefined);
    const stdout = JSON.stringify(looked.filter((each) => each !== undefined));
    return gone.length === 0
      ? { stdout }
      : {
          code: 1,
          ...(gone.length === names.length ? {} : { stdout }),
          stderr: `Error: No such container: ${gone.join(" ")}`,
        };
  }

  #look(name: string): object | undefined {
    const found = this.#find(name);
    if (found === undefined) return undefined;
    const look = (this.#looks.get(found.id) ?? 0) + 1;
    this.#looks.set(found.id, look);
    this.looked(found, look);
    // It may have gone by this very look.
    return this.#find(name) === undefined ? undefined : shown(found);
  }
}

function shown(container: FakeContainer): object {
  const { status, health, exitCode, killedForMemory, startedAt, healthTest } = container;
  const log = [{ ExitCode: 1, Output: container.healthSays.stdout ?? "" }];
  return {
    Id: container.id,
    Name: `/${container.name}`,
    Image: container.image,
    RestartCount: container.restarts,
    State: {
      Status: status,
      Running: status === "running",
      ExitCode: exitCode,
      OOMKilled: killedForMemory,
      StartedAt: startedAt,
      ...(health === undefined ? {} : { Health: { Status: health, Log: log } }),
    },
    Config: {
      Labels: container.service === "" ? {} : { "dev.keelson.service": container.service },
      ...(health === undefined ? {} : { Healthcheck: { Test: healthTest } }),
    },
  };
}
