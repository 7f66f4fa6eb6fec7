import { dockerAt } from "#lib/docker";
import { processContext, type StepContext } from "./step-context.js";
import { StepFailure } from "./step-failure.js";

/** The steps by name. Each loads what it needs: it is started once a release. */
const steps: Readonly<Record<string, () => Promise<(context: StepContext) => Promise<void>>>> = {
  begin: async () => (await import("./begin.js")).begin,
  certificates: async () => (await import("./certificates.js")).certificates,
  "certificates-remove": async () => (await import("./certificates.js")).certificatesRemove,
  "one-shot": async () => (await import("./one-shot.js")).oneShot,
  "in-container": async () => (await import("./in-container.js")).inContainer,
  "jobs-check": async () => (await import("./jobs/check.js")).jobsCheck,
  "jobs-guard": async () => (await import("./jobs/remove.js")).jobsGuard,
  "jobs-live": async () => (await import("./jobs/live.js")).jobsLive,
  "jobs-end": async () => (await import("./jobs/remove.js")).jobsEnd,
  "jobs-remove": async () => (await import("./jobs/remove.js")).jobsRemove,
  image: async () => (await import("./image.js")).image,
  "login-end": async () => (await import("./login-end.js")).loginEnd,
  "logins-end": async () => (await import("./login-end.js")).loginsEnd,
  migrate: async () => (await import("./migrate.js")).migrate,
  "page-releases": async () => (await import("./page-releases.js")).pageReleases,
  ready: async () => (await import("./ready.js")).ready,
  "ready-alone": async () => (await import("./ready-alone.js")).readyAlone,
  smoke: async () => (await import("./smoke.js")).smoke,
  "services-exchange": async () => (await import("./services/exchange.js")).servicesExchange,
  "services-start": async () => (await import("./services/start.js")).servicesStart,
  "superuser-sql": async () => (await import("./superuser-sql.js")).superuserSql,
  volumes: async () => (await import("./volumes.js")).volumes,
  switch: async () => (await import("./switch.js")).switchOver,
};

const [name = ""] = process.argv.slice(2);
const load = steps[name];
if (load === undefined) throw new Error(`There is no step "${name}".`);
const run = await load();
try {
  await run(processContext(dockerAt()));
} catch (error) {
  if (!(error instanceof StepFailure)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
