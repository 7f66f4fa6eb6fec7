// Steps of a preview, as an engine reports them.
import type { Host } from "#cli/commands/preview/host";
import { outlookOf } from "#cli/commands/preview/outlook";
import { previewed, type Previewed, type Values } from "#cli/commands/preview/steps";
import { outlookLines } from "#cli/commands/preview/text";
import type { Step } from "#cli/engines/runner";

/** What a step is about. */
export interface About {
  readonly name: string;
  readonly type?: string;
  /** Inputs before; undefined where there is nothing. */
  readonly old?: Values;
  readonly now?: Values;
  readonly outputs?: Values;
  readonly keep?: readonly [old: boolean, now: boolean];
  readonly protect?: readonly [old: boolean, now: boolean];
  /** Type of the component that it belongs to. */
  readonly parent?: string;
}

const container = "docker:index/container:Container";

/** A step as `pulumi preview --json` has it. */
export function step(op: string, about: About): Step {
  const { name, type = container, old, now, outputs = {}, parent = "x" } = about;
  const [keepOld, keepNow] = about.keep ?? [false, false];
  const [protectOld, protectNow] = about.protect ?? [false, false];
  const state = { type, id: `${name}-id` };
  return {
    op,
    urn: `urn:pulumi:prod::keelson::${parent}$${type}::shop-prod-${name}`,
    ...(old === undefined
      ? {}
      : {
          oldState: {
            ...state,
            inputs: old,
            outputs,
            retainOnDelete: keepOld,
            protect: protectOld,
          },
        }),
    ...(now === undefined
      ? {}
      : {
          newState: {
            ...state,
            inputs: now,
            retainOnDelete: keepNow,
            protect: protectNow,
          },
        }),
  };
}

/** Resources of a preview from its steps. */
export function resources(...steps: readonly Step[]): Previewed[] {
  return previewed(steps, "shop-prod");
}

/** Inputs of a container of a workload. */
export function inputsOf(workload: string, more: Values = {}): Values {
  return {
    image: `${workload}:1`,
    labels: [{ label: "dev.keelson.workload", value: workload }],
    wait: false,
    destroyGraceSeconds: 30,
    ...more,
  };
}

/** The type of a shell step. */
export const command = "command:local:Command";

/** Times of a start that took 3.5 s, of a restart that took 4.5 s. */
export const timeline = [
  "container new",
  "created 2026-11-21T08:57:44.000000000Z",
  "started 2026-11-21T08:57:44.5Z",
  'probe 1 "2026-11-21T08:57:46Z"',
  'probe 0 "2026-11-21T08:57:47.6Z"',
  "event 1795251463000000000 old kill",
  "event 1795251463900000000 old destroy",
  "event 1795251464100000000 new create",
  "event 1795251467500000000 new health_status: healthy",
].join("\n");

/** A host on which all of a stack runs, and its images are. */
export const hostWith = (more: Partial<Host> = {}): Host => ({
  running: new Map(["proxy", "app", "postgres"].map((name) => [`${name}-id`, true])),
  images: new Set(["app:1", "app:2", "proxy:1", "postgres:1"]),
  volumes: new Set(),
  ...more,
});

/** The lines about a stack of three containers, each with the step that is given for it. */
export function said(
  fates: Readonly<Record<string, Values>>,
  more: readonly Step[] = [],
  host = hostWith(),
) {
  const steps = ["proxy", "app", "postgres"].flatMap((name) => {
    const change = fates[name];
    const [old, now] = [inputsOf(name), inputsOf(name, change)];
    const ready = { old: {}, now: {}, outputs: { stdout: timeline } };
    return [
      step(change === undefined ? "same" : "replace", { name, old, now }),
      step("same", { name: `${name}-ready`, type: command, ...ready }),
    ];
  });
  return outlookLines(outlookOf(resources(...steps, ...more), host));
}

/** A proxy's configuration in short; a release puts its servers in. */
function configuration(body: string): string {
  return `global\n  hard-stop-after 30s\nbackend app\n  http-check send uri ${body}\n  # servers at port 3000\n`;
}

/** The step that points the proxy at the app. */
export function route(op: string, change: { app?: string; body?: string; now?: string }) {
  const { app = "a-1111111", body = "/" } = change;
  const environment = (containers: string) => ({
    PROXY_ID: "p",
    DRAIN: "5",
    CONTAINERS: containers,
  });
  return step(op, {
    name: "proxy-route",
    type: command,
    old: { environment: environment("a-1111111"), stdin: configuration("/") },
    now: { environment: environment(app), stdin: change.now ?? configuration(body) },
  });
}
