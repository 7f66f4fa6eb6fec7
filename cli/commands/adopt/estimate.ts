import type { AdoptWay } from "./judge.js";

/** Seconds that the exchange takes: sessions end, the last rows come over, the app starts. */
const exchange = 5;

/** Bytes a second at which two databases are compared, and at which one is dumped and restored: cautious ones. */
const comparedPerSecond = 150e6;
const dumpedPerSecond = 15e6;

/** Estimates the seconds of paused writes. @param compared seconds that comparing has taken, where it was tried */
export function pauseSeconds(way: AdoptWay, bytes: number, compared?: number): number {
  const work = way === "dump" ? bytes / dumpedPerSecond : (compared ?? bytes / comparedPerSecond);
  return Math.ceil(exchange + work);
}

/** Says for how long writes will be paused. */
export function pauseText(seconds: number): string {
  const long = seconds < 120 ? `${String(seconds)} s` : `${String(Math.ceil(seconds / 60))} min`;
  return `Writes on the old server are paused for about ${long}, and its sessions end; reading goes on there.`;
}
