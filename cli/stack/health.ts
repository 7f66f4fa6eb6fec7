import { runHealthTest, type Healthcheck } from "#release/health";
import type { Docker } from "#lib/docker";
import { seconds } from "#lib/duration";
import { ask } from "../io/docker.js";
import { poll } from "../io/progress.js";

/**
 * Waits until a container that was started is healthy, by running its health test: Docker itself looks seldom, and the
 * app is away meanwhile. One without a test has to run.
 * @param most how long, such as `60s`
 * @returns why it is not healthy after that; undefined where it is
 */
export async function whyUnhealthy(
  docker: Docker,
  id: string,
  most: string,
): Promise<string | undefined> {
  const format = "{{json .Config.Healthcheck}}";
  const check = JSON.parse(
    await ask(docker, ["inspect", "--format", format, id]),
  ) as Healthcheck | null;
  let why: string | undefined = "it has not started";
  await poll(
    async () => {
      const state = await ask(docker, ["inspect", "--format", "{{.State.Status}}", id]);
      if (state !== "running") why = `it is ${state}`;
      else {
        const test = await runHealthTest({ docker }, id, check);
        why = test === undefined || test.passes ? undefined : `its check ended with ${test.code}`;
      }
      return why === undefined || state === "exited" ? true : undefined;
    },
    seconds(most) * 1000,
    250,
  );
  return why;
}
