import { hostname } from "node:os";
import { settingsFrom, type Settings } from "#config";
import { secretSource } from "#config/secret-source";
import type { Docker } from "#lib/docker";
import { converge } from "#cli/commands/up";
import type { Changes, Runner } from "#cli/engines/runner";
import type { Deployment as State } from "#engine/state";
import { listOf } from "#cli/commands/preview/steps";
import type { Mapping } from "#lib/merge";
import { program } from "#program";
import { root } from "../program.js";
import { spokenSession, type SessionAct } from "../session-stand-in.js";
import { endRuns, isDrained, jobsProblems } from "./jobs.js";
import { StandInHost, type StandInContainer, type StandInRelease } from "./host.js";
import { standIns } from "./providers.js";
import { destroyInProcess, runInProcess } from "./run.js";

/** A stack's settings, and the environment that its injected secrets come from. */
export interface Wanted {
  readonly sections: Mapping;
  readonly environment: Readonly<Record<string, string>>;
}

/** A stack that `keelson up` brings up on a stand-in host, by the embedded engine. */
export class StandInStack {
  readonly host = new StandInHost();
  readonly lines: string[] = [];
  state: State = { resources: [], pending: [] };
  readonly name = "test-back";

  /** A copy that changes nothing of this one. */
  copy(): StandInStack {
    const copy = new StandInStack();
    copy.state = copyOf(this.state);
    for (const [id, each] of this.host.containers) copy.host.containers.set(id, { ...each });
    for (const [name, content] of this.host.volumes) copy.host.volumes.set(name, content);
    for (const [name, workload] of this.host.workloads) copy.host.workloads.set(name, workload);
    for (const [id, name] of this.host.networks) copy.host.networks.set(id, name);
    for (const each of this.host.releases) copy.host.releases.push({ ...each });
    copy.host.routed = [...this.host.routed];
    copy.host.live = [...this.host.live];
    return copy;
  }

  /** `keelson up`, or `pulumi up` alone, which neither repairs nor takes back. @throws what made it fail */
  async up(wanted: Wanted, alone = false): Promise<Changes> {
    const settings = settingsFrom(wanted.sections);
    endRuns(this.host);
    if (alone) return (await this.#runner(settings, wanted).up({ refresh: false })).changes;
    const context = {
      runner: this.#runner(settings, wanted),
      docker: this.#docker,
      app: settings.app.name,
    };
    const say = (line: string) => this.lines.push(line);
    return (await converge({ ...context, stack: this.name }, { refresh: true }, say)).changes;
  }

  /** `pulumi destroy`, by the embedded engine. @throws where it is refused */
  async destroy(wanted: Wanted, protectedToo = false): Promise<Changes> {
    const { app } = settingsFrom(wanted.sections);
    const run = {
      state: copyOf(this.state),
      save: (state: State) => (this.state = copyOf(state)),
      providers: standIns(this.host, `${app.name}-${this.name}-`),
      stack: this.name,
    };
    return destroyInProcess(run, protectedToo);
  }

  /** What is not as it should be once an `up` has succeeded, a line each. */
  problems(): string[] {
    const { containers, volumes, networks, routed, live, releases, violations } = this.host;
    const known = this.state.resources.map(({ id }) => id);
    const of = (type: string) =>
      this.state.resources.filter((each) => each.type === `docker:index/${type}`);
    // Runs of jobs go on for longer than a release.
    const present = [...containers.values()].filter((each) => !isDrained(each)).map(({ id }) => id);
    const drained = [...containers.values()]
      .filter(isDrained)
      .flatMap(({ inputs }) => this.host.mounted(inputs));
    const ids = (type: string) => of(type).map(({ id }) => id ?? "");
    return [
      ...violations,
      ...difference("container", present, ids("container:Container")),
      ...jobsProblems(this.host, known),
      ...difference("network", [...networks.keys()], ids("network:Network")),
      // One of a given name may be kept on purpose, and is found again by it.
      ...[...volumes.keys()]
        .filter((each) => generated.test(each) && !known.includes(each) && !drained.includes(each))
        .map((each) => `the volume ${each} is in no state`),
      ...missing("volume", [...volumes.keys()], ids("volume:Volume")),
      ...this.state.resources
        .filter((each) => each.delete === true)
        .map(({ urn }) => `${urn} is still to be deleted`),
      ...this.state.pending.map(({ type, resource }) => `${resource.urn} is still ${type}`),
      ...routed
        .filter((each) => this.host.named(each)?.running !== true)
        .map((each) => `the proxy routes to ${each}, which does not run`),
      ...missing("service", [...containers.keys()], [...live]),
      ...[...containers.values()]
        .filter((each) => !each.running && !isDrained(each))
        .map(({ name }) => `${name} is stopped`),
      ...[...containers.values()].flatMap((each) => this.#mountProblems(each)),
      ...releases
        .filter(({ result }) => result === "running")
        .map(({ id }) => `${id} goes on for ever`),
    ];
  }

  #mountProblems({ name, inputs }: StandInContainer): string[] {
    return (
      listOf(inputs["volumes"])
        // A folder of the host is no volume.
        .filter((each) => each["hostPath"] === undefined)
        .map((each) => String(each["volumeName"]))
        .filter((each) => !this.host.volumes.has(each))
        .map((each) => `${name} mounts ${each}, which is gone`)
    );
  }

  #runner(settings: Settings, { environment }: Wanted): Runner {
    const context = {
      stack: this.name,
      root,
      secrets: secretSource(settings, environment, "/nowhere"),
      sealed: () => undefined,
      release: { version: "1.2.3", gitSha: "abc1234" },
    };
    const up: Runner["up"] = async ({ refresh }) => ({
      changes: await runInProcess({
        state: copyOf(this.state),
        save: (state) => (this.state = copyOf(state)),
        providers: standIns(this.host, `${settings.app.name}-${this.name}-`),
        stack: this.name,
        refresh,
        program: () => program(settings, context),
      }),
      seconds: 0,
      outputs: {},
    });
    const never = () => Promise.reject(new Error("an up does not do that"));
    return {
      up,
      preview: never,
      destroy: never,
      outputs: never,
      injected: never,
      resource: never,
      rename: never,
      recorded: () =>
        Promise.resolve({
          resources: this.state.resources,
          pending: this.state.pending.map(({ resource }) => resource),
        }),
      edit: async (edit) => {
        const resources = await edit(this.state.resources, true);
        if (resources !== undefined) this.state = { ...this.state, resources: resources as never };
        return resources !== undefined;
      },
      settle: () => Promise.resolve(false),
      forget: () => Promise.resolve(),
    };
  }

  /** As much of the `docker` command as an `up` asks. */
  readonly #docker: Docker = Object.assign<Docker, Pick<Docker, "open">>(
    (args) => this.#answer(args),
    {
      open: () => spokenSession((act) => Promise.resolve({ code: 0, text: this.#proxy(act) })),
    },
  );

  #answer(args: readonly string[]): ReturnType<Docker> {
    const done = (stdout: string) => Promise.resolve({ code: 0, stdout, stderr: "" });
    const all = [...this.host.containers.values()];
    if (args[0] === "ps" && args.some((each) => each.endsWith("workload=proxy")))
      return done(all.find((each) => workloadOf(each) === "proxy")?.id ?? "");
    if (args[0] === "ps") return done(all.map(({ id }) => id).join("\n"));
    if (args[0] === "inspect")
      return done(JSON.stringify(all.filter(({ id }) => args.includes(id)).map(inspected)));
    if (args[0] === "network")
      return done([...this.host.networks].map((each) => each.join(" ")).join("\n"));
    const last = args.at(-1) ?? "";
    if (args[0] === "rm") {
      this.host.removeContainer(last);
      return done("");
    }
    if (args[0] === "start") {
      const found = this.host.containers.get(last);
      if (found !== undefined) found.running = true;
      return done("");
    }
    if (args[0] === "exec" && args.includes("/config/services.json"))
      return done(JSON.stringify({ all: this.host.live }));
    if (args[0] === "exec" && args.includes("cat"))
      return done(
        [
          "backend app",
          ...this.host.routed.map((each) => `  server only-1 ${each}:3000 check`),
        ].join("\n"),
      );
    return Promise.resolve({
      code: 1,
      stdout: "",
      stderr: `docker ${args.join(" ")}: no stand-in`,
    });
  }

  /** What the proxy's script answers: its records, and that it takes what is written. */
  #proxy({ verb, args: [file = ""], input }: SessionAct): string {
    const { releases } = this.host;
    if (verb === "records") return releases.toReversed().map(recordOf).join("");
    if (verb !== "write") return "";
    const { id, result } = JSON.parse(input) as { id: string; result: "failed" };
    const written = releases.find((each) => each.id === id && file === `releases/${id}.json`);
    if (written !== undefined) written.result = result;
    return "";
  }
}

function recordOf({ id, result }: StandInRelease): string {
  const counted = { requests: 0, failed: 0, errors: 0 };
  const rest = {
    switched: null,
    end: null,
    reason: null,
    backTo: null,
    migration: null,
    imageId: null,
  };
  return `${JSON.stringify({
    id,
    result,
    begin: "",
    who: "eve",
    by: `999999999@${hostname()}`,
    counters: null,
    counted,
    content: { image: "", version: "", gitSha: "", settings: {} },
    ...rest,
  })}\n`;
}

/** Names that a provider has generated end in this. */
const generated = /-[0-9a-f]{7}$/;

function inspected({ id, name, inputs, running, started, wanted }: StandInContainer) {
  const labels = listOf(inputs["labels"]).map((each) => [each["label"], each["value"]]);
  return {
    Id: id,
    Name: `/${name}`,
    State: { Running: running, Status: running ? "running" : started ? "exited" : "created" },
    Config: { Image: inputs["image"], Labels: Object.fromEntries(labels) as unknown },
    HostConfig: { RestartPolicy: { Name: wanted ? "unless-stopped" : "no" }, PortBindings: null },
    NetworkSettings: { Networks: {} },
  };
}

function workloadOf({ inputs }: StandInContainer): unknown {
  return listOf(inputs["labels"]).find((each) => each["label"] === "dev.keelson.workload")?.[
    "value"
  ];
}

/** Secrets are instances of a class, which a structured clone would flatten; nobody changes values in place. */
function copyOf(state: State): State {
  return {
    resources: state.resources.map((resource) => ({ ...resource })),
    pending: state.pending.map((operation) => ({ ...operation })),
  };
}

function difference(what: string, there: string[], known: string[]): string[] {
  const orphans = there.filter((each) => !known.includes(each));
  return [
    ...orphans.map((each) => `the ${what} ${each} is in no state`),
    ...missing(what, there, known),
  ];
}

function missing(what: string, there: string[], known: string[]): string[] {
  return known.filter((each) => !there.includes(each)).map((each) => `the ${what} ${each} is gone`);
}
