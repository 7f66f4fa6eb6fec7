import { z } from "zod";
import type { Docker } from "#lib/docker";
import { secretsDirectory } from "#lib/platform";
import { traitsOf } from "#workload/roles";
import { ask } from "../../io/docker.js";
import { Failure } from "../../io/failure.js";
import { isNamed, type Process } from "../../stack/processes.js";

const strings = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);

/** Schema of a container that another one is modelled on, from `docker inspect`. */
const model = z.object({
  Id: z.string(),
  Name: z.string().transform((name) => name.replace(/^\//, "")),
  /** Id of its image. */
  Image: z.string(),
  Config: z.object({
    Image: z.string(),
    Env: strings,
    User: z.string(),
    StopTimeout: z.number().nullish(),
  }),
  HostConfig: z.object({
    ReadonlyRootfs: z.boolean(),
    CapDrop: strings,
    CapAdd: strings,
    SecurityOpt: strings,
    Tmpfs: z.record(z.string(), z.string()).nullish(),
    Init: z.boolean().nullish(),
    PidsLimit: z.number().nullish(),
    Memory: z.number(),
    MemorySwap: z.number(),
    NanoCpus: z.number(),
    CpuPeriod: z.number(),
    CpuQuota: z.number(),
    ShmSize: z.number(),
  }),
  Mounts: z.array(
    z.object({
      Type: z.string(),
      Name: z.string().optional(),
      Destination: z.string(),
      RW: z.boolean(),
    }),
  ),
  NetworkSettings: z.object({ Networks: z.record(z.string(), z.unknown()) }),
});
export type Model = z.output<typeof model>;

/** True for a role whose containers may be copied: one with the data of a server of ours must not run twice. */
function mayBeCopied({ workload }: Process): boolean {
  return traitsOf(workload).writes && workload !== "run";
}

/**
 * The running container that a command is to run like.
 *
 * @param service name of the process; undefined: the app
 * @param serving names of the containers that the proxy leads to
 * @throws Failure where nothing of it runs
 */
export function chooseModel(
  all: readonly Process[],
  service: string | undefined,
  serving: readonly string[],
): Process {
  const named = all.filter((each) =>
    service === undefined ? each.workload === "app" : isNamed(each, [service]),
  );
  const forbidden = named.find((each) => !mayBeCopied(each));
  if (forbidden !== undefined) {
    throw new Failure(
      `--service: ${forbidden.process} is a server of Keelson's, of which there is one; use keelson exec ${forbidden.process}.`,
    );
  }
  const running = named.filter((each) => each.running);
  const found = running.find(({ name }) => serving.includes(name)) ?? running.at(0);
  if (found !== undefined) return found;
  const known = [...new Set(all.filter(mayBeCopied).map(({ process }) => process))];
  const what = service === undefined ? "The app" : `--service: ${service}`;
  const there = known.length === 0 ? "" : ` There is ${known.join(", ")}.`;
  throw new Failure(`${what} does not run, so nothing is live; run keelson up.${there}`);
}

/** Returns a container as Docker describes it, and its environment without that of its image. @throws Failure */
export async function inspectModel(docker: Docker, id: string): Promise<Model> {
  const [found] = z.tuple([model]).parse(JSON.parse(await ask(docker, ["inspect", id])));
  const format = ["--format", "{{json .Config.Env}}"];
  const ofImage = strings.parse(
    JSON.parse(await ask(docker, ["image", "inspect", ...format, found.Image])),
  );
  const own = found.Config.Env.filter((each) => !ofImage.includes(each));
  return { ...found, Config: { ...found.Config, Env: own } };
}

/** True where it reads its secrets from files. */
export function hasSecretFiles({ Mounts }: Model): boolean {
  return Mounts.some(({ Destination }) => Destination === secretsDirectory);
}
