import { readRuns, writeRun, type RunRecord } from "#release/history/runs";
import type { Converse } from "#release/proxy-session";
import { Failure } from "../io/failure.js";
import { withProxySession, type StackAddress } from "./proxy.js";

/** The commands that were run on a stack, the newest first. @throws Failure where the proxy does not run */
export async function runsOf(of: StackAddress, speak?: Converse): Promise<RunRecord[]> {
  const complaint = `What was run on ${of.stack} can't be read`;
  const runs = await withProxySession(of, complaint, readRuns, speak);
  if (runs !== undefined) return runs;
  throw new Failure(
    `The proxy of ${of.stack}, which keeps what was run, does not run; run keelson up.`,
  );
}

/**
 * Writes a run down. A command is not refused because its record can't be written.
 * @param warn called with the reason where it is not
 */
export async function recordRun(
  of: StackAddress,
  run: RunRecord,
  warn: (line: string) => void,
  speak?: Converse,
): Promise<void> {
  try {
    const complaint = "What is run here is not recorded";
    const written = await withProxySession(
      of,
      complaint,
      async (session) => {
        await writeRun(session, run);
        return true;
      },
      speak,
    );
    if (written === undefined) warn(`${complaint}: the proxy, which keeps it, does not run.`);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    warn(error.message);
  }
}
