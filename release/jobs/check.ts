import { z } from "zod";
import { parameter } from "../parameters.js";
import { withProxy } from "../proxy.js";
import type { Converse } from "../proxy-session.js";
import type { StepContext } from "../step-context.js";

const entrypoint = z
  .array(z.string())
  .nullable()
  .transform((entry) => entry ?? []);

const checkMs = 60_000;

/**
 * The gate of jobs: the runner starts in the release's image and finds what the jobs name. Prints the image's
 * ENTRYPOINT, which their commands go through.
 */
export function jobsCheck(context: StepContext, converse?: Converse): Promise<void> {
  return withProxy(context, converse, async (proxy) => {
    await proxy.record((records) => records.resume());
    const [image, process] = [parameter(context, "IMAGE"), parameter(context, "PROCESS")];
    const format = ["--format", "{{json .Config.Entrypoint}}"];
    const looked = await context.docker(["image", "inspect", ...format, image]);
    if (looked.code !== 0) throw await proxy.fail(`jobs: ${image}: ${looked.stderr.trim()}`);
    const entry = JSON.stringify(entrypoint.parse(JSON.parse(looked.stdout)));
    const said: string[] = [];
    const { code } = await context.docker(checkArgs(context, entry), {
      timeoutMs: checkMs,
      line: (line) => said.push(line),
    });
    if (code !== 0) {
      const why = said.slice(-5).join("; ") || `the check ended with ${String(code)}`;
      throw await proxy.fail(`jobs in the image of ${process}: ${why}`);
    }
    context.print(entry);
  });
}

function checkArgs(context: StepContext, entrypoint: string): string[] {
  const container = JSON.parse(parameter(context, "ONE_SHOT_RUN")) as string[];
  const own = ["--entrypoint", parameter(context, "RUNNER")];
  const env = ["--env", `KEELSON_ENTRYPOINT=${entrypoint}`];
  return ["run", "--rm", ...own, ...env, ...container];
}
