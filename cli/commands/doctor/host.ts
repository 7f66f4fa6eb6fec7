import type { Settings } from "#config";
import type { Docker } from "#lib/docker";
import { inspectScript } from "#lib/inspect-script";
import { run, tail, type Run } from "#lib/run-process";
import { publishedIn } from "../../host/ports.js";
import { shownContainers } from "../../host/shown-containers.js";

/** A port that a container publishes beyond this machine. */
export interface OpenPort {
  readonly container: string;
  readonly port: number;
}

/** Facts about the engine's host; a missing one is unknown. */
export interface HostFacts {
  /** As images/inspect-host prints them. */
  readonly found: Readonly<Record<string, string>>;
  /** Of containers other than a proxy of Keelson's; undefined where Docker does not say. */
  readonly openPorts: readonly OpenPort[] | undefined;
  /** The oldest of the stack's own images, in days; undefined where it has none. */
  readonly oldestImageDays: number | undefined;
  /** Time of the check on this machine, in seconds since 1970. */
  readonly at: number;
}

/** The host, or why it can't be looked at. */
export type LookedAtHost = HostFacts | { readonly unknown: string };

const timeoutMs = 20_000;

/** Looks at the host of the engine: this machine, or over SSH. */
export async function lookAtHost(
  docker: Docker,
  settings: Pick<Settings, "docker">,
  names: readonly [app: string, stack: string],
  start: Run = run,
): Promise<LookedAtHost> {
  const address = settings.docker.host ?? process.env["DOCKER_HOST"] ?? "unix:";
  const shell = shellOf(address);
  if (shell === undefined) {
    return { unknown: `the engine is at ${address}, which is neither this machine nor SSH` };
  }
  const [command = "", ...args] = shell;
  const input = inspectScript("host");
  const result = await start(command, args, { input, timeoutMs });
  if (result.code !== 0) return { unknown: `its shell does not answer: ${tail(result)}` };
  const found = linesIn(result.stdout);
  const engine = (await docker(["info", "--format", "{{.Name}}"])).stdout.trim();
  if (engine !== found["name"]) {
    return { unknown: `the engine calls its host ${engine}, and this machine is another one` };
  }
  const running = await shownContainers(docker);
  const own = running?.filter(({ app, stack }) => app === names[0] && stack === names[1]) ?? [];
  return {
    found,
    openPorts: running
      ?.filter(({ workload }) => workload !== "proxy")
      .flatMap(({ name, ports }) => openPortsIn(name, ports)),
    oldestImageDays: await oldestImage(
      docker,
      own.map(({ image }) => image),
    ),
    at: Math.floor(Date.now() / 1000),
  };
}

/** The command whose standard input is a script for the host; undefined where there is none. */
export function shellOf(address: string): readonly string[] | undefined {
  if (address.startsWith("unix:")) return ["sh"];
  if (!address.startsWith("ssh://")) return undefined;
  const { username, hostname, port } = new URL(address);
  return [
    "ssh",
    "-o",
    "BatchMode=yes",
    "-o",
    "ConnectTimeout=10",
    ...(port === "" ? [] : ["-p", port]),
    username === "" ? hostname : `${decodeURIComponent(username)}@${hostname}`,
    "sh",
  ];
}

/** Ports in what `docker ps` prints of one container: `0.0.0.0:80->8080/tcp, 127.0.0.1:15432->5432/tcp`. */
export function openPortsIn(container: string, ports: string): OpenPort[] {
  const isHere = (address: string) =>
    address.startsWith("127.") || ["::1", "[::1]"].includes(address);
  const open = publishedIn(ports).filter(({ address }) => !isHere(address));
  return [...new Set(open.map(({ port }) => port))].map((port) => ({ container, port }));
}

/** Days since the oldest of the images that are Keelson's own was made. */
async function oldestImage(docker: Docker, all: readonly string[]): Promise<number | undefined> {
  const images = [...new Set(all)].filter((each) => /^keelson\//.test(each));
  if (images.length === 0) return undefined;
  const { stdout } = await docker(["image", "inspect", "--format", "{{.Created}}", ...images]);
  const times = stdout.split("\n").flatMap((line) => (line === "" ? [] : [Date.parse(line)]));
  if (times.length === 0) return undefined;
  return Math.floor((Date.now() - Math.min(...times)) / 86_400_000);
}

function linesIn(text: string): Record<string, string> {
  const lines = text.split("\n").filter((line) => line !== "");
  return Object.fromEntries(
    lines.map((line) => {
      const [name = "", ...rest] = line.split(" ");
      return [name, rest.join(" ")];
    }),
  );
}
