import { smokeInput, smokeSecrets } from "#components/release/smoke";
import { hostNames, namesOf, prefixOf } from "#config";
import { factsOf } from "#config/placeholders";
import { siteOf } from "#config/site";
import { seconds } from "#lib/duration";
import type { Converse } from "#release/proxy-session";
import { smokeProblems, smokeTestOf } from "#release/smoke-test";
import { processContext } from "#release/step-context";
import { siteEnvironment } from "#workload/release";
import { ourContainers } from "../../io/docker.js";
import { Failure } from "../../io/failure.js";
import type { StackOptions } from "../../registrations/command.js";
import { withProxySession } from "../../stack/proxy.js";
import type { Release } from "../../stack/releases.js";
import { openSession } from "../../stack/session.js";
import type { Stack } from "../../stack/stack.js";

/** A stack whose app is asked. */
export interface Asked {
  readonly of: Stack;
  /** The history of releases, newest first. */
  readonly releases: readonly Release[];
  /** Values of the secrets that the smoke test names, as JSON. */
  readonly secrets: () => Promise<string>;
}

const complaint = "The smoke test could not be asked";

/**
 * Asks the app that runs the smoke test of the settings, each of its containers directly; the version that it has to
 * name is the one that is live. Without a proxy, or before a first release, there is nothing to ask.
 * @returns the number of checks that all containers have passed
 * @throws Failure with what is wrong
 */
export async function passSmokeTest(asked: Asked, converse?: Converse): Promise<number> {
  const { docker, settings, stack } = asked.of;
  const { smoke, smokeTimeout } = settings.release;
  const live = asked.releases.find(({ result }) => result === "live");
  if (smoke.length === 0 || live === undefined) return 0;
  const context = {
    ...processContext(docker),
    environment: {
      ...siteEnvironment(siteOf(settings)),
      CHECKS: smokeInput(smoke, seconds(smokeTimeout), factsOf(settings, live)),
      SMOKE_SECRETS: smokeSecrets(smoke).length === 0 ? "{}" : await asked.secrets(),
    },
  };
  const test = smokeTestOf(context);
  const containers = await ourContainers(docker, ...hostNames(settings, stack));
  const apps = containers.filter(({ workload, running }) => workload === "app" && running);
  if (test === undefined || apps.length === 0) return 0;
  const ask = withProxySession(
    { docker, ...namesOf(settings, stack) },
    complaint,
    async (session) => {
      const wrong: string[] = [];
      for (const { name } of apps) {
        const base = `http://${name}:${String(settings.app.port)}`;
        const problems = await smokeProblems(context, session, test, { base });
        wrong.push(...problems.map((each) => `${name}: ${each}`));
      }
      return wrong;
    },
    converse,
  );
  const problems = (await ask) ?? [];
  if (problems.length > 0) throw new Failure(`its smoke test fails: ${problems.join("; ")}`);
  return test.checks.length;
}

/** Values of the secrets that the smoke test names, as the last run of the engine has handed them to it. @throws Failure */
export async function storedSmokeSecrets(of: Stack, options: StackOptions): Promise<string> {
  const quiet = { readOnly: true, secrets: "unused" } as const;
  const { runner } = await openSession(options, () => undefined, quiet);
  const step = `${prefixOf(of.settings, of.stack)}-app-smoke`;
  const outputs = await runner.resource("command:local:Command", step);
  const environment = outputs["environment"]?.value as Record<string, unknown> | undefined;
  const values = environment?.["SMOKE_SECRETS"];
  if (typeof values === "string") return values;
  throw new Failure(
    `release.smoke: the state of ${of.stack} has no values of its secrets; run keelson up first`,
  );
}
