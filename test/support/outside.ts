// A host outside, in a network namespace of its own: what containers reach of it, they reach of the internet.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { run } from "./docker.js";

/** Reserved for documentation: nobody has it. */
const [here, there] = ["198.51.100.1", "198.51.100.2"];
const space = "keelson-outside";
const [link, peer] = ["keelson-here", "keelson-there"];

const script = `
  const ports = process.argv.slice(1).map(Number);
  let left = ports.length;
  for (const port of ports)
    require("node:net").createServer((socket) => socket.end()).listen(port, "${there}", () => {
      if (--left === 0) console.log("listening");
    });
`;

/** Why there can be none; undefined where there can. */
export const noOutside =
  process.getuid?.() === 0 && spawnSync("ip", ["-V"]).status === 0
    ? undefined
    : "needs root, and ip, for a network namespace of its own";

/** Address of the host outside. */
export const outside = there;

let listener: ChildProcess | undefined;

/** Makes the host, which takes TCP connections at some ports. */
export async function startOutside(ports: readonly number[]): Promise<void> {
  // What a run that was killed has left has this address, too.
  await stopOutside();
  const ip = (...args: string[]) => run("ip", args);
  await ip("netns", "add", space);
  await ip("link", "add", link, "type", "veth", "peer", "name", peer, "netns", space);
  await ip("addr", "add", `${here}/30`, "dev", link);
  await ip("link", "set", link, "up");
  await ip("-n", space, "addr", "add", `${there}/30`, "dev", peer);
  await ip("-n", space, "link", "set", peer, "up");
  await ip("-n", space, "route", "add", "default", "via", here);
  const args = ["netns", "exec", space, process.execPath, "--eval", script, ...ports.map(String)];
  listener = spawn("ip", args, { stdio: ["ignore", "pipe", "inherit"] });
  const begun = await Promise.race([
    once(listener, "exit").then(() => false),
    once(listener.stdout ?? listener, "data").then(() => true),
  ]);
  if (!begun) throw new Error("the host outside does not listen");
}

/** Removes it. */
export async function stopOutside(): Promise<void> {
  if (listener !== undefined && listener.exitCode === null) {
    const ended = once(listener, "exit");
    listener.kill("SIGKILL");
    await ended;
  }
  // Its end of the pair goes with the namespace, and ours with that.
  await run("ip", ["link", "del", link], { mayFail: true });
  await run("ip", ["netns", "del", space], { mayFail: true });
}
