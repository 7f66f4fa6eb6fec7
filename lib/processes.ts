import { readFileSync } from "node:fs";

/**
 * True for a process that has ended though its number is still taken: one that was killed keeps it until its parent asks for
 * its end, and some parents never do. False where the system has no /proc, or the process went in this moment.
 */
export function hasEnded(pid: number): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${String(pid)}/stat`, "utf8"));
  } catch {
    return false;
  }
}
