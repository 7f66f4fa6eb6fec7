import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { fromProject } from "#lib/package-root";
import { shellCommand } from "#lib/shell";
import type { Platform } from "./platform.js";

/** A container that does one thing and is gone. It has no network and no capability unless asked for. */
export interface OneShot {
  readonly image: pulumi.Input<string>;
  readonly command: readonly pulumi.Input<string>[];
  /** `uid:gid`; default root, which without capabilities may read little more than anyone. */
  readonly user?: string;
  readonly capabilities?: readonly string[];
  /** Docker networks' names; default none. */
  readonly network?: pulumi.Input<string>;
  readonly env?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Passed by name, so that no value stands in a command line. */
  readonly secretEnv?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Variables of the step alone, which the container does not get. */
  readonly stepEnv?: Readonly<Record<string, pulumi.Input<string>>>;
  readonly volumes?: readonly {
    readonly name: pulumi.Input<string>;
    readonly path: string;
    /** Default false. */
    readonly readOnly?: boolean;
    /** Docker does not fill it, while it is empty, from the image's folder at its path. Default false. */
    readonly noCopy?: boolean;
  }[];
  /** Default true. */
  readonly readOnlyRoot?: boolean;
  /** Writable folders in memory, /tmp among them: path to mount options. */
  readonly tmpfs?: Readonly<Record<string, string>>;
  /** MiB that it may use; default 512. */
  readonly memoryMiB?: number;
  /** Processes and threads that it may have; default 256. */
  readonly pids?: number;
  /** Standard input; secret if it is one. */
  readonly stdin?: pulumi.Input<string>;
  /** True where standard output is a secret: no log shows it. Default false. */
  readonly printsSecret?: boolean;
  /** Seconds after which it is killed and the step fails; default 300. */
  readonly timeoutSeconds?: number;
}

/**
 * Runs a one-shot container on create and whenever one of its inputs changed; a non-zero exit fails the step.
 * It is a `command:local:Command` because a one-shot `docker.Container` that exits non-zero does not fail `up`.
 */
export function oneShot(
  name: string,
  shot: OneShot,
  platform: Platform,
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  const args = pulumi.output(containerArgs(shot, platform));
  return dockerCommand(
    name,
    {
      create: stepCommand("one-shot"),
      stdin: shot.stdin,
      environment: {
        ...shot.secretEnv,
        ...shot.stepEnv,
        ONE_SHOT: name,
        ONE_SHOT_RUN: args.apply((known) => JSON.stringify(known)),
        ONE_SHOT_TIMEOUT: String(shot.timeoutSeconds ?? 300),
      },
      printsSecret: shot.printsSecret,
    },
    platform,
    opts,
  );
}

/** The command that runs a step of release/, from the project's folder. It is the same on every machine and in every version. */
export function stepCommand(name: StepName): string {
  return `exec node ${shellCommand([fromProject("bin/step.mjs")])} ${name}`;
}

/** A step of release/, by its name there. */
export type StepName =
  | "begin"
  | "certificates"
  | "certificates-remove"
  | "image"
  | "in-container"
  | "jobs-check"
  | "jobs-end"
  | "jobs-guard"
  | "jobs-live"
  | "jobs-remove"
  | "login-end"
  | "logins-end"
  | "migrate"
  | "one-shot"
  | "page-releases"
  | "ready"
  | "ready-alone"
  | "services-exchange"
  | "services-start"
  | "smoke"
  | "superuser-sql"
  | "switch"
  | "volumes";

/** A `docker …` step on the machine that runs the program, on the platform's Docker host. */
export function dockerCommand(
  name: string,
  args: {
    readonly create: pulumi.Input<string>;
    /** Command that runs when the resource is deleted. Default: none. */
    readonly delete?: pulumi.Input<string> | undefined;
    readonly stdin?: pulumi.Input<string> | undefined;
    readonly environment?: Readonly<Record<string, pulumi.Input<string>>>;
    /** True for output that is no secret, and for the state rather than for a person. */
    readonly records?: boolean;
    /** True where standard output is a secret, which Pulumi's command line would show as the step's last line. */
    readonly printsSecret?: boolean | undefined;
  },
  platform: Pick<Platform, "dockerEnvironment">,
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  return new command.local.Command(
    name,
    {
      create: args.create,
      ...(args.delete === undefined ? {} : { delete: args.delete }),
      ...(args.stdin === undefined ? {} : { stdin: args.stdin }),
      environment: { ...platform.dockerEnvironment, ...args.environment },
      // Large outputs of an earlier run would reach the limit on a process's environment.
      addPreviousOutputInEnv: false,
      ...(args.records === true ? { logging: command.local.Logging.Stderr } : {}),
      ...(args.printsSecret === true ? { logging: command.local.Logging.None } : {}),
    },
    // Standard output is kept in the state, where it would be in clear.
    { ...opts, additionalSecretOutputs: args.records === true ? ["stderr"] : ["stdout", "stderr"] },
  );
}

/** Returns the arguments after `docker run`, its name and its removal: limits, hardening, image and command. */
export function containerArgs(shot: OneShot, platform: Platform): pulumi.Input<string>[] {
  const labels = { ...platform.labels, "dev.keelson.workload": "one-shot" };
  return [
    ...limitFlags(shot),
    ...Object.entries({ "/tmp": "", ...shot.tmpfs }).flatMap(([path, mount]) => [
      "--tmpfs",
      mount === "" ? path : `${path}:${mount}`,
    ]),
    ...Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]),
    ...(shot.stdin === undefined ? [] : ["--interactive"]),
    ...(shot.capabilities ?? []).flatMap((each) => ["--cap-add", each]),
    "--user",
    shot.user ?? "0:0",
    "--network",
    shot.network ?? "none",
    ...Object.entries(shot.env ?? {}).flatMap(([key, value]) => [
      "--env",
      pulumi.interpolate`${key}=${value}`,
    ]),
    ...Object.keys(shot.secretEnv ?? {}).flatMap((key) => ["--env", key]),
    ...(shot.volumes ?? []).flatMap((volume) => [
      "--volume",
      pulumi.interpolate`${volume.name}:${volume.path}${volumeOptions(volume)}`,
    ]),
    shot.image,
    ...shot.command,
  ];
}

/** Hardening and limits. */
function limitFlags({ readOnlyRoot = true, memoryMiB = 512, pids = 256 }: OneShot): string[] {
  const root = readOnlyRoot ? ["--read-only"] : [];
  const hardening = ["--cap-drop", "ALL", "--security-opt", "no-new-privileges"];
  const limits = ["--pids-limit", String(pids), "--memory", `${String(memoryMiB)}m`];
  return [...root, ...hardening, ...limits, "--init"];
}

function volumeOptions({
  readOnly = false,
  noCopy = false,
}: NonNullable<OneShot["volumes"]>[number]) {
  const options = [...(readOnly ? ["ro"] : []), ...(noCopy ? ["nocopy"] : [])];
  return options.length === 0 ? "" : `:${options.join(",")}`;
}
