import { buildImages } from "#test/support/images";
import { docker, cleanUp, until, untilHealthy } from "#test/support/docker";
import { proxyConfig } from "#test/support/proxy";
import { putConfiguration } from "#test/support/put";
import { StepFailure } from "#release/step-failure";
import { mustRun, type Bench } from "../bounded.js";
import { usualLoad } from "../load/plan.js";
import { underLoad, type Act, type Outcome } from "./under-load.js";
import type { Target, Way } from "./ways.js";

const prefix = "test-bench-today";
const [network, postgres, proxy] = [`${prefix}-net`, `${prefix}-postgres`, `${prefix}-proxy`];
const ports = { http: 19_360, tcp: 19_361 } as const;

/** Five good releases of the same app in one of today's ways, behind the same proxy with the same configuration. */
export async function todaysReleases(bench: Bench, way: Way): Promise<Outcome> {
  await cleanUp(prefix);
  bench.atEnd(`what is named ${prefix}`, () => cleanUp(prefix));
  const target = await surroundings(bench);
  const release = await way.prepare(bench);
  const act = (version: string): Act => ({
    name: `${way.title}: ${version}`,
    version,
    good: true,
    run: () => release(target, version),
  });
  console.log(`Bringing up the app by ${way.title} …`);
  const first = await release(target, "1.0");
  if (first.code !== 0) throw new Error(`${way.title} ended with ${first.code}:\n${first.text}`);
  await route(target);
  const plan = { ...usualLoad, http: ports.http, tcp: ports.tcp };
  const acts = ["1.1", "1.2", "1.3", "1.4", "1.5"].map(act);
  const outcome = await underLoad(bench, plan, acts, { gap: 8, leastRequests: 0 });
  // The next way begins from nothing.
  await cleanUp(prefix);
  return outcome;
}

/** Network, database and proxy; the proxy waits for its configuration. */
async function surroundings(bench: Bench): Promise<Target> {
  const tags = await buildImages("postgres", "proxy", "sample-app");
  const image = tags["sample-app"] ?? "";
  await docker(["network", "create", network]);
  await mustRun(bench, [
    ...(["docker", "run", "--detach", "--name", postgres, "--network", network] as const),
    "--tmpfs",
    "/var/lib/postgresql/data:uid=999,gid=999",
    "--env",
    "POSTGRES_PASSWORD=bench",
    "--health-interval",
    "1s",
    tags["postgres"] ?? "",
  ]);
  await mustRun(bench, [
    ...(["docker", "run", "--detach", "--name", proxy, "--network", network] as const),
    "--tmpfs",
    "/run/haproxy:uid=99,gid=99",
    "--tmpfs",
    "/config:uid=99,gid=99",
    "--cpus",
    "1",
    "--memory",
    "128m",
    "--health-interval",
    "1s",
    "--publish",
    `127.0.0.1:${ports.http}:8080`,
    "--publish",
    `127.0.0.1:${ports.tcp}:1982`,
    tags["proxy"] ?? "",
  ]);
  await untilHealthy(postgres);
  await untilHealthy(proxy);
  const databaseUrl = `postgres://postgres:bench@${postgres}:5432/postgres`;
  await mustRun(bench, [
    ...([
      "docker",
      "run",
      "--rm",
      "--network",
      network,
      "--env",
      `DATABASE_URL=${databaseUrl}`,
    ] as const),
    image,
    "node",
    "migrate.js",
  ]);
  return { container: `${prefix}-app`, image, network, databaseUrl };
}

/** Puts the configuration into service that a stack of Keelson's would have. */
async function route({ container }: Target): Promise<void> {
  const config = proxyConfig({ tcp: [{ port: 1982, target: 1982 }] }, container);
  await until(`${container} in service`, async () => {
    try {
      await putConfiguration(proxy, config);
      return true;
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      console.log(error.message);
      return false;
    }
  });
}
