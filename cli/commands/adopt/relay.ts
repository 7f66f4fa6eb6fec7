import { prefixOf, hostNames } from "#config";
import { ask, hardened, labelArgs } from "../../io/docker.js";
import { Failure } from "../../io/failure.js";
import type { Docker } from "#lib/docker";
import { tail } from "#lib/run-process";
import type { Stack } from "../../stack/stack.js";
import { sourceAlias, type Source } from "./source.js";

/** The way from the stack's data network, which has none out, to an old server. */
export interface Way {
  /** Docker network from which the old server is reached. */
  readonly network: string;
  /** Its name or address there. */
  readonly host: string;
  readonly port: number;
}

/** A container as `docker inspect` describes it, as far as a way to it needs it. */
export interface Publishing {
  readonly Name: string;
  readonly NetworkSettings: {
    readonly Ports: Readonly<Record<string, readonly { readonly HostPort: string }[] | null>>;
    readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>>;
  };
}

const loopback = ["localhost", "127.0.0.1", "::1", "0.0.0.0"];

/**
 * Returns the way to an old server. One on `localhost` is a container that publishes the port there, if there is one:
 * another container does not reach a port that is published on 127.0.0.1, but it reaches the container.
 */
export function wayTo(
  { host, port }: Pick<Source, "host" | "port">,
  network: string | undefined,
  publishing: readonly Publishing[] = [],
): Way {
  if (network !== undefined) return { network, host, port };
  if (!loopback.includes(host)) return { network: "bridge", host, port };
  for (const { Name, NetworkSettings } of publishing) {
    const inner = Object.entries(NetworkSettings.Ports).find(([, bindings]) =>
      bindings?.some(({ HostPort }) => HostPort === String(port)),
    )?.[0];
    const [name, at] = Object.entries(NetworkSettings.Networks)[0] ?? [];
    if (inner === undefined || name === undefined || at === undefined) continue;
    // On the network that Docker has by itself names are not known.
    const address = name === "bridge" ? at.IPAddress : Name.replace(/^\//, "");
    return { network: name, host: address, port: Number.parseInt(inner, 10) };
  }
  return { network: "bridge", host: "host.docker.internal", port };
}

/** Finds the way to an old server from the Docker host. @throws Failure */
export async function findWay(docker: Docker, source: Source, network?: string): Promise<Way> {
  if (network !== undefined || !loopback.includes(source.host)) return wayTo(source, network);
  const filter = `publish=${String(source.port)}`;
  const list = await ask(docker, ["ps", "--quiet", "--filter", filter]);
  const found = list === "" ? "[]" : await ask(docker, ["inspect", ...list.split("\n")]);
  return wayTo(source, network, JSON.parse(found) as Publishing[]);
}

/** Passes connections on to the old server: one container on its network and on the stack's data network. */
export class Relay {
  readonly #of: Stack;
  readonly #o: { readonly image: string; readonly dataNetwork: string };

  /** @param o image: one with socat, such as the proxy's */
  constructor(of: Stack, o: { readonly image: string; readonly dataNetwork: string }) {
    this.#of = of;
    this.#o = o;
  }

  /** Starts it, in the place of one that leads to another server. @throws Failure */
  async start(source: Source, way: Way): Promise<void> {
    const { docker, settings, stack } = this.#of;
    const target = way.host.includes(":") ? `[${way.host}]` : way.host;
    const pass = [
      `TCP-LISTEN:${String(source.port)},fork,reuseaddr`,
      `TCP:${target}:${String(way.port)},connect-timeout=10`,
    ];
    if (await this.#runs(pass)) return;
    await this.stop();
    const args = [
      "run",
      "--detach",
      "--name",
      this.#name,
      "--restart",
      "unless-stopped",
      ...hardened,
      "--memory",
      "64m",
      "--no-healthcheck",
      ...labelArgs(...hostNames(settings, stack), "adopt"),
      "--network",
      way.network,
      "--add-host",
      "host.docker.internal:host-gateway",
      "--entrypoint",
      "socat",
      this.#o.image,
      ...pass,
    ];
    const started = await docker(args);
    if (started.code !== 0) {
      await this.stop();
      throw new Failure(
        `The way to the old server can't be made: ${tail(started, 1)}; name the Docker network in which it is by --network.`,
      );
    }
    const alias = ["--alias", sourceAlias];
    await ask(docker, ["network", "connect", ...alias, this.#o.dataNetwork, this.#name]);
  }

  /** True where one runs that leads to the same server: a copy may follow through it. */
  async #runs(pass: readonly string[]): Promise<boolean> {
    const format = "{{.State.Running}} {{json .Args}} {{json .NetworkSettings.Networks}}";
    const found = await this.#of.docker(["inspect", "--format", format, this.#name]);
    const connected = found.stdout.includes(JSON.stringify(this.#o.dataNetwork));
    return found.stdout.startsWith(`true ${JSON.stringify(pass)} `) && connected;
  }

  /** Removes it, if it is there. @throws Failure */
  async stop(): Promise<void> {
    const removed = await this.#of.docker(["rm", "--force", this.#name]);
    if (removed.code === 0 || /no such container/i.test(removed.stderr)) return;
    throw new Failure(`${this.#name} can't be removed: ${tail(removed, 1)}`);
  }

  get #name(): string {
    const { settings, stack } = this.#of;
    return `${prefixOf(settings, stack)}-adopt`;
  }
}
