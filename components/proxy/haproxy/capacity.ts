// How much the proxy takes on at once, so that it never needs more memory than it has: beyond its limit the kernel
// kills it, and with it every connection.
import { problem } from "#lib/settings";
import { mebibytes } from "#lib/size";
import { headerBytes } from "./headers.js";
import { bufferKib } from "./limits.js";
import type { ProxySettings } from "../settings.js";
import { answer } from "./text.js";

/**
 * KiB of memory, the kernel's share included: a connection and its request to the app without their buffers (20 in the
 * clear and 65 over TLS were measured), of which there are two while a client is slow to take an answer.
 * test/e2e/images/proxy-capacity.test.ts has them used.
 */
const connectionKib = { clear: 24, tls: 72 };
const buffersOfRequest = 2;

/** MiB for HAProxy itself, a second one while it takes over a new configuration, and the scripts of a release. */
const processMib = 36;

/** MiB of buffers that each thread keeps; to ask for each again costs a small request more than any rule. */
const keptMib = 4;

/** MiB of a table that counts by address, when it is full. */
const tableMib = 4;

/** As many as were tried; with fewer, one page of some visitors fills it. */
const [mostConnections, leastConnections] = [8000, 100];

/** Returns the number of connections, or requests over HTTP/2, that the proxy has memory for. */
export function capacity(settings: ProxySettings): number {
  const free = mebibytes(settings.memory) - fixedMib(settings);
  return Math.min(mostConnections, Math.floor((free * 1024) / eachKib(settings)));
}

/** Returns the contradictions between `proxy.memory` and the other settings, a line each. */
export function capacityProblems(settings: ProxySettings): string[] {
  if (capacity(settings) >= leastConnections) return [];
  const least = fixedMib(settings) + Math.ceil((leastConnections * eachKib(settings)) / 1024);
  const counted = String(leastConnections);
  return [
    problem(
      "proxy.memory",
      `${settings.memory} is too little for ${counted} connections with proxy.cpus, proxy.limits and proxy.rateLimits as they are`,
      `set ${String(least)}MiB or more`,
    ),
  ];
}

function fixedMib({ cpus, rateLimits, limits }: ProxySettings): number {
  // One counts for the watch over a release.
  const tables = 1 + rateLimits.length + (limits.connectionsPerAddress === undefined ? 0 : 1);
  return processMib + keptMib * threads(cpus) + tableMib * tables;
}

function eachKib({ tls, limits, headers }: ProxySettings): number {
  const { buffer } = bufferKib(limits, headerBytes(headers));
  return connectionKib[tls.mode === "off" ? "clear" : "tls"] + buffersOfRequest * buffer;
}

/** Docker limits processor time, not which processors there are; HAProxy would start a thread for each of the host's. */
function threads(cpus: number): number {
  return Math.ceil(cpus);
}

/** Lines of the process. Who comes when it is full waits to be accepted. */
export function capacityLines(settings: ProxySettings): string[] {
  const { buffer, rewrite } = bufferKib(settings.limits, headerBytes(settings.headers));
  return [
    `  nbthread ${String(threads(settings.cpus))}`,
    `  maxconn ${String(capacity(settings))}`,
    `  tune.bufsize ${String(buffer * 1024)}`,
    `  tune.maxrewrite ${String(rewrite * 1024)}`,
    `  tune.memory.hot-size ${String(keptMib * 1024 * 1024)}`,
  ];
}

/** One connection of HTTP/2 may bring a hundred requests at once. @param elsewhere those of services are in `txn.elsewhere` */
export function capacityRules(settings: ProxySettings, elsewhere = false): string[] {
  const all = elsewhere ? "be_conn(app),add(txn.elsewhere)" : "be_conn(app)";
  const full = `if { req.ver 2.0 } { ${all} ge ${String(capacity(settings))} }`;
  return [answer(503, "Too many requests at once, please try again.", full, 1)];
}
