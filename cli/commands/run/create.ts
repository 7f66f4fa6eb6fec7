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

/** A difference between the model and a container that a command is run in. */
export interface Difference {
  readonly env?: Readonly<Record<string, string>>;
  readonly memory?: number;
  /** Copies the secrets where they are files. */
  readonly fill: (container: string) => Promise<void>;
}

/** A call of `docker create`: no value of a variable stands in its arguments. */
export interface CreateCall {
  /** All after the options that `fileOption` adds. */
  readonly args: readonly string[];
  /** Variables of `docker` itself, which the container gets by their names. */
  readonly environment: Readonly<Record<string, string>>;
  /** Content of a file of variables, of those by whose names the client itself goes; empty: there are none. */
  readonly file: string;
}

/** `docker create` for a container with environment, limits, hardening, volumes and first network of its model. */
export function createCall(model: Model, copy: Copy): CreateCall {
  const { environment, file } = variables(model, copy.env ?? {});
  const [network = "none"] = networksOf(model);
  const args = [
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
    ...Object.keys(environment).flatMap((name) => ["--env", name]),
    model.Image,
    ...copy.command,
  ];
  return { args, environment, file };
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

/** Names by which Docker's client goes, in which the container's values would mislead it. */
const ofClient = /^(PATH|HOME|USER|TMPDIR|DOCKER_.*|BUILDKIT_.*|SSH_.*|XDG_.*|LD_.*|.*_proxy)$/i;

function variables(model: Model, more: Readonly<Record<string, string>>) {
  const own = model.Config.Env.map((each): [string, string] => {
    const at = each.indexOf("=");
    return [each.slice(0, at), each.slice(at + 1)];
  });
  const all = Object.entries({ ...Object.fromEntries(own), ...more });
  const inFile = all.filter(([name]) => ofClient.test(name));
  // Docker reads a line for each variable.
  const wrong = inFile.find(([, value]) => /[\r\n]/.test(value));
  if (wrong !== undefined) {
    throw new Failure(
      `${wrong[0]}: it has several lines and a name that docker itself goes by, so it can't be passed on; give the variable another name.`,
    );
  }
  return {
    environment: Object.fromEntries(all.filter((each) => !inFile.includes(each))),
    file: inFile.map(([name, value]) => `${name}=${value}\n`).join(""),
  };
}
