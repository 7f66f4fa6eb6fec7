import { isFit, lastCheck, lookAtServers } from "../haproxy/state.js";
import { placesIn, type ServerSlot } from "../haproxy/servers.js";
import type { StackProxy } from "../proxy.js";
import { proxyFiles, type ProxySession } from "../proxy-session.js";
import { recordIn } from "../history/record.js";
import { poll, type StepContext } from "../step-context.js";
import { StepFailure } from "../step-failure.js";

/** HAProxy looks each second, and takes a server out after four failed checks at the most. */
const checksSeconds = 5;

interface Looked {
  readonly hosts: readonly string[];
  /** Those that get requests. */
  readonly serving: readonly string[];
  /** The reason why the first one of the others does not. */
  readonly why: string;
}

/**
 * Returns the state of what serves after a migration that failed, for the end of a message.
 * @param judged.livePath path by which it is judged; undefined: by its readiness, which a changed schema may end
 * @param judged.restorePoint a point in time before the migration; null where there is none
 */
export async function whatServes(
  context: StepContext,
  proxy: StackProxy,
  judged: { readonly livePath: string | undefined; readonly restorePoint: string | null },
): Promise<string> {
  if (proxy.container === undefined) return "Nothing served before: there is no proxy yet";
  let looked: Looked;
  try {
    looked = await settled(context, proxy, judged.livePath !== undefined);
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    return `Whether what served before goes on serving is not known: ${error.message}`;
  }
  const { hosts, serving, why } = looked;
  if (hosts.length === 0) return "Nothing served before";
  if (serving.length > 0) {
    const live = judged.livePath === undefined ? "" : `, judged by ${judged.livePath} (liveness)`;
    return `What served before goes on serving: ${serving.join(", ")}${live}`;
  }
  return `NOTHING SERVES NOW: ${why}. ${wayOut(judged.restorePoint)}`;
}

/**
 * That nothing serves after a release that failed, and the way out; undefined where something does, or it can't be known.
 */
export async function nothingServes(
  context: StepContext,
  proxy: StackProxy,
): Promise<string | undefined> {
  if (proxy.container === undefined) return undefined;
  try {
    const { hosts, serving, why } = await settled(context, proxy, true);
    if (hosts.length === 0 || serving.length > 0) return undefined;
    const [line] = await proxy.run((session) => session.records(1));
    const migration = line === undefined ? null : recordIn(line).migration;
    const migrated = migration?.ran === true && !migration.backwardCompatible;
    const way = migrated ? wayOut(migration.restorePoint ?? null) : withoutMigration;
    return `NOTHING SERVES NOW: ${why}. ${way}`;
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    context.say(`whether anything serves is not known: ${error.message}`);
    return undefined;
  }
}

const withoutMigration =
  "The way out: keelson up with the image and settings before, or keelson rollback --stack <stack>";

/** The way out of a migration's damage. */
function wayOut(restorePoint: string | null): string {
  if (restorePoint === null) {
    return "The way out: bring the database back to its state before the migration, then keelson up with the image before";
  }
  return `The way out: keelson restore --point ${restorePoint} --stack <stack>, then keelson up with the image before`;
}

/** Returns that state once HAProxy's checks have seen what the migration has left. */
async function settled(context: StepContext, proxy: StackProxy, byLiveness: boolean) {
  let looked = await proxy.run(look);
  await poll(context, checksSeconds, async () => {
    looked = await proxy.run(look);
    const serves = looked.serving.length > 0;
    // Liveness does not follow the schema: who is up stays so. Readiness may end only now.
    return looked.hosts.length === 0 || serves === byLiveness ? true : undefined;
  });
  return looked;
}

async function look(session: ProxySession): Promise<Looked> {
  const places = placesIn(await session.read(proxyFiles.configuration));
  const used = places.filter((each) => each.used && each.section === "app");
  const states = await lookAtServers(session);
  const down = used.find((place) => !isFit(place, states));
  return {
    hosts: hostsOf(used),
    serving: hostsOf(used.filter((place) => isFit(place, states))),
    why: down === undefined ? "" : await reason(session, down),
  };
}

async function reason(
  session: ProxySession,
  { section, server, host }: ServerSlot,
): Promise<string> {
  const stat = await session.admin(["show stat"]);
  return `the proxy's check of ${host} fails: ${lastCheck(stat, section, server)}`;
}

function hostsOf(places: readonly ServerSlot[]): string[] {
  return [...new Set(places.map(({ host }) => host))];
}
