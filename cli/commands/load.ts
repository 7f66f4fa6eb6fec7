import { publicUrl } from "#components/proxy/settings";
import { namesOf, type Settings } from "#config";
import { dockerAt } from "#lib/docker";
import { duration, seconds } from "#lib/duration";
import { confirm } from "../io/confirm.js";
import { Failure } from "../io/failure.js";
import { Heartbeat, type Say } from "../io/progress.js";
import { settingsOf, targetOf } from "../project/target.js";
import type { LoadOptions } from "../registrations/load.js";
import { history } from "../stack/releases.js";
import { figuresOf, figuresText } from "./load/figures.js";
import { generate, type LoadPlan } from "./load/generate.js";

const mostRate = 1000;
const mostSeconds = 600;

/**
 * `keelson load`: asks the site at a constant rate from here, and says what its clients got.
 * @throws Failure for wrong options, and where a request failed
 */
export async function load(options: LoadOptions, say: Say): Promise<void> {
  const target = targetOf(options);
  const settings = settingsOf(target);
  const plan = planOf(options, settings);
  const requests = String(Math.round(plan.rate * plan.seconds));
  if (settings.environment === "prod") {
    const what = `This sends ${requests} requests to ${plan.url.origin}, which is in production.`;
    await confirm(what, options.stack, options);
  } else say(`${requests} requests to ${plan.url.origin}`);
  const stop = new AbortController();
  const end = () => {
    stop.abort();
  };
  process.once("SIGINT", end);
  const heartbeat = new Heartbeat(say, "asking");
  const began = performance.now();
  const samples = await generate(plan, stop.signal).finally(() => {
    heartbeat.stop();
    process.removeListener("SIGINT", end);
  });
  const took = (performance.now() - began) / 1000;
  const figures = figuresOf(samples, took, await liveRelease(settings, target.stack));
  for (const line of figuresText(figures)) say(line);
  if (options.json === true) say(JSON.stringify(figures));
  if (figures.failed === 0) return;
  throw new Failure(
    `${String(figures.failed)} of ${String(figures.requests)} requests failed: no whole answer, or one with 5xx.`,
  );
}

/** @throws Failure naming the option that is wrong */
export function planOf(options: Omit<LoadOptions, "stack">, settings: Settings): LoadPlan {
  const rate = Number(options.rps);
  if (!/^\d+$/.test(options.rps) || rate < 1 || rate > mostRate) {
    throw new Failure(
      `--rps: "${options.rps}" is not a whole number from 1 to ${String(mostRate)}.`,
    );
  }
  const length = duration.safeParse(options.for);
  if (!length.success || seconds(length.data) > mostSeconds) {
    throw new Failure(`--for: "${options.for}" is not a duration up to 10m, such as 30s.`);
  }
  const paths = options.paths.split(",").map((each) => each.trim());
  const wrong = paths.find((each) => !each.startsWith("/"));
  if (wrong !== undefined) {
    throw new Failure(`--paths: "${wrong}" is not a path; begin it with /.`);
  }
  const text = options.url ?? publicUrl(settings.proxy);
  if (!URL.canParse(text) || !/^https?:/.test(text)) {
    throw new Failure(`--url: "${text}" is not an address; write it as https://www.example.com.`);
  }
  const verify = settings.proxy.tls.mode !== "self-signed";
  return { url: new URL(text), paths, rate, seconds: seconds(length.data), verify };
}

/** Id and version of what is live; null where the proxy does not say. */
async function liveRelease(settings: Settings, stack: string): Promise<string | null> {
  const at = { docker: dockerAt(settings.docker.host), ...namesOf(settings, stack) };
  try {
    const live = (await history(at)).find(({ result }) => result === "live");
    return live === undefined ? null : `${live.id}, ${live.version}`;
  } catch (error) {
    // A load from elsewhere needs no way to the Docker host.
    if (error instanceof Failure) return null;
    throw error;
  }
}
