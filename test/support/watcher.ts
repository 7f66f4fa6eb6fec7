// A watcher of heartbeats, as healthchecks.io is one, on this machine.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gatewayOf } from "./host-address.js";

export interface Watcher {
  /** URL at which containers on the network reach it. */
  readonly url: string;
  /** Pings received since it was last asked: `<path> <text>`. */
  readonly heard: () => string[];
  readonly close: () => void;
}

/** Starts one that containers on a Docker network reach. */
export async function startWatcher(network: string): Promise<Watcher> {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (part: string) => (text += part));
    request.on("end", () => {
      heard.push(`${request.url ?? ""} ${text}`.trim());
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  const gateway = await gatewayOf(network);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${gateway}:${port}`,
    heard: () => heard.splice(0),
    close: () => server.close(),
  };
}
