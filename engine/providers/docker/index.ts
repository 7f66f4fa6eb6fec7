import { EngineError } from "../../errors.js";
import type { Provider } from "../../provider.js";
import type { Properties } from "../../values.js";
import { DockerClient, type LazyClient } from "./client.js";
import { containerType } from "./container.js";
import type { RegistryLogin } from "./image.js";
import { networkType } from "./network.js";
import { volumeType } from "./volume.js";

const tokens = {
  network: "docker:index/network:Network",
  volume: "docker:index/volume:Volume",
  container: "docker:index/container:Container",
};
const defaultHost = "unix:///var/run/docker.sock";

/** The package `docker`: networks, volumes and containers of one Docker Engine. */
export function dockerProvider(environment: NodeJS.ProcessEnv): Provider {
  return {
    package: "docker",
    settings: ["host", "sshOpts", "registryAuth"],
    types: Object.values(tokens),
    open: (settings) => {
      const client = lazyClient(settings, environment);
      return new Map([
        [tokens.network, networkType(client)],
        [tokens.volume, volumeType(client)],
        [tokens.container, containerType(client, loginsOf(settings))],
      ]);
    },
  };
}

function lazyClient(settings: Properties, environment: NodeJS.ProcessEnv): LazyClient {
  let client: DockerClient | undefined;
  return () => {
    const { host, sshOpts } = settings;
    const given = typeof host === "string" && host !== "" ? host : environment["DOCKER_HOST"];
    const options = Array.isArray(sshOpts) ? sshOpts.map(String) : [];
    client ??= new DockerClient(given ?? defaultHost, options);
    return client;
  };
}

function loginsOf(settings: Properties): RegistryLogin[] {
  const { registryAuth } = settings;
  if (registryAuth === undefined) return [];
  if (!Array.isArray(registryAuth))
    throw new EngineError(`docker provider: "registryAuth" must be a list.`);
  return registryAuth.map((element) => {
    const { address, username, password } = element as Record<string, string | undefined>;
    if (address === undefined || username === undefined || password === undefined)
      throw new EngineError(
        `docker provider: the embedded engine needs "address", "username" and "password" in "registryAuth".`,
      );
    return { address: address.replace(/^https?:\/\//, "").replace(/\/$/, ""), username, password };
  });
}
