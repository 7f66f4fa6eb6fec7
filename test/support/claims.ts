// What only one run of the tests may have at a time: names on the Docker engine, and ports of this machine.
import { createServer, type Server } from "node:net";

/**
 * First and last port that are given out. They lie below the range from which the kernel takes ports for outgoing
 * connections (`net.ipv4.ip_local_port_range`, from 32768), where any port may be held by a client for a moment.
 */
export const portRange = { first: 20_000, last: 31_999 } as const;

/** Ports in a block; the first one stands for the block and is listened on for as long as the process lives. */
const blockSize = 20;

let block: { readonly first: number; taken: number } | undefined;
const held: Server[] = [];

/**
 * Free ports, one for each name, this process's until it ends.
 *
 * @throws Error when no block of ports is free
 */
export async function takePorts<Name extends string>(
  ...names: readonly Name[]
): Promise<Readonly<Record<Name, number>>> {
  const ports: [Name, number][] = [];
  for (const name of names) ports.push([name, await takePort()]);
  return Object.fromEntries(ports) as Record<Name, number>;
}

/**
 * Takes a name on the Docker engine for this process, until it ends.
 *
 * @throws Error when another process has it: two runs of a test would remove each other's containers
 */
export async function claimName(name: string): Promise<void> {
  if (claimed.has(name)) return;
  // An abstract socket: the kernel gives it to one process, and takes it back when that ends.
  const server = await listen({ path: `\0keelson-test/${name}` });
  if (server === undefined) {
    throw new Error(`${name} is in use by another run of the tests; wait until it has ended.`);
  }
  claimed.add(name);
  held.push(server);
}
const claimed = new Set<string>();

async function takePort(): Promise<number> {
  for (;;) {
    if (block === undefined || block.taken === blockSize - 1) {
      block = { first: await takeBlock(), taken: 0 };
    }
    block.taken += 1;
    const port = block.first + block.taken;
    if (await isFree(port)) return port;
  }
}

async function takeBlock(): Promise<number> {
  const count = Math.floor((portRange.last - portRange.first + 1) / blockSize);
  const from = Math.floor(Math.random() * count);
  for (let index = 0; index < count; index += 1) {
    const first = portRange.first + ((from + index) % count) * blockSize;
    const server = await listen({ port: first, host: "127.0.0.1" });
    if (server === undefined) continue;
    held.push(server);
    return first;
  }
  throw new Error(`No ports are free between ${portRange.first} and ${portRange.last}.`);
}

/** Free on every address: Docker publishes some ports on all of them. */
async function isFree(port: number): Promise<boolean> {
  const server = await listen({ port, host: "0.0.0.0" });
  if (server === undefined) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

/** A server that keeps no process alive; undefined where the address is taken. */
function listen(where: { path: string } | { port: number; host: string }) {
  return new Promise<Server | undefined>((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    server.listen(where, () => {
      server.unref();
      resolve(server);
    });
  });
}
