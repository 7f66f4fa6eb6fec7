import { tail } from "#lib/run-process";
import { parameter } from "./parameters.js";
import type { Converse } from "./proxy-session.js";
import { withProxy } from "./proxy.js";
import { StepFailure } from "./step-failure.js";
import type { StepContext } from "./step-context.js";

/** Releases that a page has use for: those of a day are marked, the last ten are listed. */
const most = 50;

/**
 * Writes the releases down for the status page, which has no way to the volume of the proxy that keeps them. Parameters:
 * PROXY_FILTERS, and MONITORING, the container with the folder.
 */
export async function pageReleases(context: StepContext, speak?: Converse): Promise<void> {
  await withProxy(context, speak, async (proxy) => {
    const told = await proxy.run((session) => proxy.records(session).all());
    const releases = told
      .toReversed()
      .slice(0, most)
      .map(({ id, result, who, begin, switched, reason, content }) => {
        // What follows the first line may be the app's own log.
        const why = reason === null ? {} : { reason: reason.split("\n")[0] };
        const { version, gitSha: commit } = content;
        return { id, result, version, commit, who, begin, switched, ...why };
      });
    const command = ["/usr/local/bin/page-figures", "releases"];
    const exec = ["exec", "--interactive", parameter(context, "MONITORING"), ...command];
    const written = await context.docker(exec, { input: JSON.stringify(releases) });
    if (written.code === 0) return;
    throw new StepFailure(`the releases can't be written for the status page: ${tail(written)}`);
  });
}
