import { z } from "zod";
import { durationUpTo, seconds } from "#lib/duration";
import { mebibytes, size } from "#lib/size";
import { answer } from "./text.js";

/** HAProxy counts a time in milliseconds in 31 bits. */
const time = () => durationUpTo("24d");

/** Limits of the size and duration of one request or connection. */
export const limitsSettings = z.strictObject({
  requestBody: size
    .default("32MiB")
    .describe(
      "Longest body of a request by its Content-Length: a form with a few photos fits. 413 beyond.",
    ),
  unsizedBodies: z
    .enum(["pass", "refuse"])
    .default("pass")
    .describe(
      "Bodies without a Content-Length, which the proxy cannot measure: `pass` leaves their limit to the app, `refuse` answers 411.",
    ),
  headers: z
    .enum(["16KiB", "24KiB", "32KiB", "64KiB"])
    // A page of 16 KiB goes through whole, at half of what two pieces cost; more costs each small request more.
    .default("24KiB")
    .describe(
      "Most that the headers of a request or an answer may take together, and how much of an answer goes through in one piece.",
    ),
  requestTimeout: time()
    .default("10s")
    .describe("Longest time that a client may take to send a request's headers. 408 beyond."),
  responseTimeout: time()
    .default("60s")
    .describe("Longest silence of the app before and within an answer. 504 beyond."),
  idleTimeout: time()
    .default("60s")
    .describe("Longest silence of a client within a request, and between two on one connection."),
  tunnelTimeout: time()
    .default("1h")
    .describe("Longest silence of both sides on a WebSocket or a raw TCP connection."),
  connectionsPerAddress: z
    .int()
    .min(1)
    .optional()
    .describe(
      "Most connections at once from one address (of IPv6: one /64); more are closed. None by default: a whole office may be one address.",
    ),
});
export type LimitsSettings = z.output<typeof limitsSettings>;

/** Bytes that the proxy itself adds to the headers of a request. */
const forwardedBytes = 1024;

/** In KiB: headers of the whole length fit into a buffer, with what the proxy adds to them. */
export function bufferKib(limits: LimitsSettings, addedBytes: number) {
  const rewrite = Math.ceil((forwardedBytes + addedBytes) / 1024);
  return { buffer: Number(limits.headers.replace("KiB", "")) + rewrite, rewrite };
}

/** At least and at most: seconds of a process that a reload leaves behind. */
const [leastLinger, mostLinger] = [30, 600];

/**
 * Seconds after which a process that a reload leaves behind ends: not before each kept connection has had its next
 * request, or its idle time, since a client whose request crosses the close would get nothing.
 */
export function lingerSeconds({ idleTimeout }: LimitsSettings): number {
  return Math.min(mostLinger, Math.max(leastLinger, seconds(idleTimeout) + 5));
}

/** Lines of the defaults. */
export function timeoutLines(limits: LimitsSettings): string[] {
  return [
    // To a container on the same host; then it is tried again.
    "  timeout connect 1s",
    // An app that is slow on a busy machine is not one that is gone: taken out of service, it would leave its clients without answers.
    "  timeout check 5s",
    `  timeout client ${limits.idleTimeout}`,
    `  timeout server ${limits.responseTimeout}`,
    `  timeout http-request ${limits.requestTimeout}`,
    `  timeout http-keep-alive ${limits.idleTimeout}`,
    "  timeout queue 30s",
    `  timeout tunnel ${limits.tunnelTimeout}`,
  ];
}

/** Rules on a request's body. */
export function bodyRules(limits: LimitsSettings): string[] {
  const most = mebibytes(limits.requestBody) * 1024 * 1024;
  const tooLong = `The request is longer than ${limits.requestBody}.`;
  return [
    answer(413, tooLong, `if { req.hdr_val(content-length) gt ${String(most)} }`),
    ...(limits.unsizedBodies === "refuse" ? sizedRules(limits) : []),
  ];
}

/** HTTP/1.1 says that a body without a length comes; in HTTP/2 it is there or it is not. */
function sizedRules({ requestTimeout }: LimitsSettings): string[] {
  const refused = (condition: string) =>
    answer(411, "Say the body's Content-Length.", `if ${condition}`);
  const http2 = "{ req.ver 2.0 } !{ req.hdr(content-length) -m found } !{ method CONNECT }";
  return [
    refused("{ req.hdr(transfer-encoding) -m found }"),
    `  http-request wait-for-body time ${requestTimeout} at-least 1 if ${http2}`,
    refused(`${http2} { req.body_len gt 0 }`),
  ];
}

const connections = "connections";
/** An address that limits count: of IPv6 the /64, which is one household's or one server's. */
export const countedAddress = "src,ipmask(32,64)";

/** Rules on new connections, after the condition `trusted-address` where there are trusted proxies: such a one brings those of many. */
export function connectionRules(
  { connectionsPerAddress }: LimitsSettings,
  trusted: boolean,
): string[] {
  if (connectionsPerAddress === undefined) return [];
  const many = `{ ${countedAddress},table_conn_cur(${connections}) ge ${String(connectionsPerAddress)} }`;
  return [
    ...(trusted ? ["  tcp-request connection accept if trusted-address"] : []),
    `  tcp-request connection reject if ${many}`,
    `  tcp-request connection track-sc0 ${countedAddress} table ${connections}`,
  ];
}

/** The section in which connections are counted. */
export function connectionTable({ connectionsPerAddress }: LimitsSettings): string[] {
  if (connectionsPerAddress === undefined) return [];
  return [
    `backend ${connections}`,
    "  stick-table type ipv6 size 20k expire 1h store conn_cur",
    "",
  ];
}
