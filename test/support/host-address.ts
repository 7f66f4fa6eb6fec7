// Servers of this machine, as containers reach them.
import { docker, tryDocker } from "./docker.js";

/** This machine's address on a Docker network. */
export function gatewayOf(network: string): Promise<string> {
  const format = "{{(index .IPAM.Config 0).Gateway}}";
  return docker(["network", "inspect", "--format", format, network]);
}

/**
 * An address of this machine that containers of every network reach, on a network made for it: the default bridge of
 * an engine that was never restarted does not tell its own.
 */
export async function takeHostAddress(network: string): Promise<string> {
  await tryDocker(["network", "rm", network]);
  await docker(["network", "create", network]);
  return gatewayOf(network);
}
