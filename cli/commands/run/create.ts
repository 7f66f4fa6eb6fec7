import { secretsDirectory } from "#lib/platform";
import { Failure } from "../../io/failure.js";
import { hasSecretFiles, type Model } from "./model.js";

/** A container to be made like another one. */
export interface Copy {
  readonly name: string;
  readonly labels: readonly string[];
  readonly command: readonly string[];
  readonly hasTerminal: boolean;
  /** Variables in the place of the model's, and besides them. */
  readonly env?: Readonly<Record<string, string>>;
  /** Bytes; default the model's. */
  readonly memory?: number;
}

/** What differs from the model in a container that a command is run in. */
export interface Difference {
  readonly env?: Readonly<Record<string, string>>;
  readonly memory?: number;
  /** Copies the secrets where they are files. */
  readonly fill: (container: string) => Promise<void>;
}

/** How `docker create` is called: no value of a variable stands in its arguments. */
export interface CreateCall {
  readonly args: readonly string[];
  /** Its standard input: a file of variables. */
  readonly input: string;
  /** Variables of `docker` itself, which the container gets by their names. */
  readonly environment: Readonly<Record<string, string>>;
}

/** `docker create` for a container with environment, limits, hardening, volumes and first network of its model. */
export function createCall(model: Model, copy: Copy): CreateCall {
  const { lines, byName } = variables(model, copy.env ?? {});
  const [network = "none"] = networksOf(model);
  const args = [
    "create",
    "--rm",
    "--name",
    copy.name,
    "--interactive",
    ...(copy.hasTerminal ? ["--tty"] : []),
    // A file of what a person looked at, or piped out, is of no use.
    "--log-driver",
    "none",
    "--no-healthcheck",
    ...copy.labels,
    "--user",
    model.Config.User,
    ...(typeof model.Config.StopTimeout === "number"
      ? ["--stop-timeout", String(model.Config.StopTimeout)]
      : []),
    ...hardening(model),
    ...limits(model, copy.memory),
    ...mounts(model),
    "--network",
    network,
    "--env-file",
    "/dev/stdin",
    ...Object.keys(byName).flatMap((name) => ["--env", name]),
    model.Image,
    ...copy.command,
  ];
  return { args, input: lines, environment: byName };
}

/** Names of the model's networks: Docker takes the first one when it creates a container. */
export function networksOf({ NetworkSettings }: Model): string[] {
  return Object.keys(NetworkSettings.Networks).sort();
}

function hardening({ HostConfig }: Model): string[] {
  const { ReadonlyRootfs, CapDrop, CapAdd, SecurityOpt, Tmpfs, Init } = HostConfig;
  return [
    ...(ReadonlyRootfs ? ["--read-only"] : []),
    ...CapDrop.flatMap((each) => ["--cap-drop", each]),
    ...CapAdd.flatMap((each) => ["--cap-add", each]),
    ...SecurityOpt.flatMap((each) => ["--security-opt", each]),
    ...Object.entries(Tmpfs ?? {}).flatMap(([path, options]) => [
      "--tmpfs",
      options === "" ? path : `${path}:${options}`,
    ]),
    ...(Init === true ? ["--init"] : []),
  ];
}

function limits({ HostConfig }: Model, memory: number | undefined): string[] {
  const { PidsLimit, Memory, MemorySwap, NanoCpus, CpuPeriod, CpuQuota, ShmSize } = HostConfig;
  const swap = memory === undefined ? MemorySwap : memory;
  const given: readonly (readonly [string, number | null | undefined])[] = [
    ["--pids-limit", PidsLimit],
    ["--memory", memory ?? Memory],
    ["--memory-swap", swap],
    ["--cpu-period", CpuPeriod],
    ["--cpu-quota", CpuQuota],
    ["--shm-size", ShmSize],
    ["--cpus", NanoCpus / 1e9],
  ];
  return given.flatMap(([flag, value]) =>
    value === 0 || value === null || value === undefined ? [] : [flag, String(value)],
  );
}

/** Its secrets are copied into a volume of its own, so that no release has to wait for its end to remove its set. */
function mounts(model: Model): string[] {
  const secrets = hasSecretFiles(model)
    ? ["--mount", `type=volume,target=${secretsDirectory},volume-nocopy`]
    : [];
  const volumes = model.Mounts.flatMap(({ Type, Name, Destination, RW }) => {
    if (Type !== "volume" || Name === undefined || Destination === secretsDirectory) return [];
    const readOnly = RW ? "" : ",readonly";
    const mount = `type=volume,source=${Name},target=${Destination}${readOnly},volume-nocopy`;
    return ["--mount", mount];
  });
  return [...volumes, ...secrets];
}

/** `docker` reads a file of variables line by line, and lines of up to 64 KiB. */
const longestLine = 60_000;
/** What the client itself goes by. */
const ofClient = /^(PATH|HOME|USER|TMPDIR|DOCKER_|BUILDKIT_|SSH_|XDG_|.*_proxy$|LD_)/i;

function variables(model: Model, more: Readonly<Record<string, string>>) {
  const own = model.Config.Env.map((each): [string, string] => {
    const at = each.indexOf("=");
    return [each.slice(0, at), each.slice(at + 1)];
  });
  const all = Object.entries({ ...Object.fromEntries(own), ...more });
  const isPlain = ([, value]: [string, string]) =>
    !/[\r\n]/.test(value) && value.length < longestLine;
  const byName = all.filter((each) => !isPlain(each));
  const taken = byName.find(([name]) => ofClient.test(name));
  if (taken !== undefined) {
    throw new Failure(
      `${taken[0]}: it has several lines and a name that docker itself goes by, so it can't be passed on; give the variable another name.`,
    );
  }
  const lines = all.filter(isPlain).map(([name, value]) => `${name}=${value}\n`);
  return { lines: lines.join(""), byName: Object.fromEntries(byName) };
}
