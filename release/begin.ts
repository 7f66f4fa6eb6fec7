import { withProxy } from "./proxy.js";
import type { Converse } from "./proxy-session.js";
import type { StepContext } from "./step-context.js";
import { StepFailure } from "./step-failure.js";

/** Begins a release's record, whose content comes on standard input, and prints its id. */
export async function begin(context: StepContext, converse?: Converse): Promise<void> {
  const content = await context.input();
  await withProxy(context, converse, async (proxy) => {
    // Where there is no proxy there is no history.
    if (proxy.container === undefined) return;
    try {
      context.print(await proxy.run((session) => proxy.records(session).begin(content)));
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      throw new StepFailure(
        `the history of releases can't be written, and nothing of the release has begun: ${error.message}`,
      );
    }
  });
}
