import { sortByReferences, withoutDangling, type Referring } from "#lib/resource-order";
import { isMapping } from "#lib/merge";
import { ourContainers, type OurContainer } from "../io/docker.js";
import { removeContainers } from "../io/removal.js";
import type { Say } from "../io/progress.js";
import { liveServices, proxyRoutes } from "./proxy.js";
import type { RepairContext } from "./repair.js";
import {
  containerType,
  secretsType,
  volumeType,
  type Recorded,
  type RecordedResource,
} from "../engines/runner.js";

/**
 * Takes a failed release back as a whole: removes the containers that it started, and restores what the state said of
 * the release `before`, so that a run with the earlier settings changes nothing and one with the same settings is a
 * release from its beginning. Does nothing unless all that served before still runs, nor where the release has been
 * accepted, or the proxy routes to one of the new containers.
 * @returns whether it was taken back
 */
export async function takeBackRelease(
  context: RepairContext,
  before: Recorded,
  say: Say,
): Promise<boolean> {
  const written = await context.runner.edit(async (resources, exclusive) => {
    const started = await startedBy(context, before, resources);
    if (started === undefined) return undefined;
    // Without a lock on the state, what runs may be what another run has just started.
    if (!exclusive && started.some(({ running }) => running)) return undefined;
    for (const container of started) {
      say(`Removing ${container.name}: its release failed.`);
      await removeContainers(context.docker, [container.id]);
    }
    return takenBack(before.resources, resources);
  });
  if (written) say("The release is taken back; what served before goes on serving.");
  return written;
}

/** Components of what is released. */
const releasedTypes = [
  "keelson:components:App",
  "keelson:components:Services",
  "keelson:components:Jobs",
];

/** The state of before a release, for what is the release's; the rest as it is now. */
export function takenBack(
  before: readonly RecordedResource[],
  now: readonly RecordedResource[],
): RecordedResource[] {
  const earlier = new Map(
    before
      .filter((each) => each.delete !== true && isOfRelease(each))
      .map((each) => [identityOf(each), each] as const),
  );
  const resources = now.flatMap((each) => {
    const was = inPlaceOf(each, earlier.get(identityOf(each)));
    if (was === undefined && isOfRelease(each)) return isLeftOver(each) ? [] : [unused(each)];
    if (was === undefined) return [each];
    // What was replaced is put in the place of its replacement, below.
    if (each.delete === true) return each.id === was.id ? [] : [each];
    const stays = each.type === volumeType && each.id !== was.id;
    return stays ? [was, { ...unused(each), delete: true }] : [was];
  });
  return withoutDangling(sortByReferences(resources));
}

/** Type and name: an update of Keelson may give a resource other parents, which its URN names. */
function identityOf({ urn, type }: RecordedResource): string {
  return `${type}::${urn.split("::").at(-1) ?? ""}`;
}

/** The earlier resource under the parents of the present one. */
function inPlaceOf(
  { urn, parent }: RecordedResource,
  was: RecordedResource | undefined,
): RecordedResource | undefined {
  if (was === undefined || was.urn === urn) return was;
  return { ...was, urn, ...(parent === undefined ? {} : { parent }) };
}

/** The containers of the app, its services and jobs that a run has made; undefined where it can't be taken back. */
async function startedBy(
  context: RepairContext,
  before: Recorded,
  now: readonly RecordedResource[],
): Promise<OurContainer[] | undefined> {
  if (isAccepted(before.resources, now)) return undefined;
  const isReleased = (each: RecordedResource) => each.type === containerType && isOfRelease(each);
  const known = new Set(before.resources.map(({ id }) => id));
  const present = new Set(now.filter(isReleased).map(({ id }) => id));
  const containers = await ourContainers(context.docker, context.app, context.stack);
  const serving = before.resources.filter(
    (each) => isReleased(each) && !isOfJobs(each) && each.delete !== true,
  );
  const runs = ({ id }: RecordedResource) =>
    present.has(id) && containers.some((each) => each.id === id && each.running);
  if (serving.length === 0 || !serving.every(runs)) return undefined;
  const started = containers.filter(({ id }) => present.has(id) && !known.has(id));
  const routes = await proxyRoutes(context);
  const services = await liveServices(context);
  // Not to know counts as in service.
  if (routes === undefined || services === undefined) return undefined;
  const serves = ({ name, id }: OurContainer) => routes.includes(name) || services.has(id);
  return started.some(serves) ? undefined : started;
}

/** True for a resource of the app's release: its parts, its services, the step that switches, the secrets' values. */
function isOfRelease({ urn, type }: Referring & { readonly type: string }): boolean {
  const [, , types = "", name = ""] = urn.split("::");
  const components = types.split("$");
  if ([...releasedTypes, secretsType].some((each) => components.includes(each))) return true;
  return type.startsWith("random:") || name.endsWith("-proxy-route");
}

/** True where the step that ends a release has ended this one: the history records it as live. */
function isAccepted(
  before: readonly RecordedResource[],
  now: readonly RecordedResource[],
): boolean {
  const ended = releaseEnded(now);
  return ended !== undefined && ended !== releaseEnded(before);
}

function releaseEnded(resources: readonly RecordedResource[]): string | undefined {
  const route = resources.find((each) => isRoute(each) && each.delete !== true);
  const environment = route?.inputs?.["environment"];
  const release = isMapping(environment) ? environment["RELEASE"] : undefined;
  return typeof release === "string" ? release : undefined;
}

function isRoute({ urn, type }: RecordedResource): boolean {
  return type === "command:local:Command" && urn.endsWith("-proxy-route");
}

function isOfJobs({ urn }: RecordedResource): boolean {
  return urn.split("$").some((each) => each.endsWith("keelson:components:Jobs"));
}

/**
 * Returns a resource, retained: jobs of before are started with it until they end. None is of a
 * release that was not accepted: a volume of its own is deleted with the state's entry. A ledger is one of all releases.
 */
function unused(each: RecordedResource): RecordedResource {
  const filled = /keelson:(workload:SecretFiles|components:RunnerFiles)\$/.test(each.urn);
  return filled && isOfJobs(each) ? { ...each, retainOnDelete: false } : each;
}

/** True for a resource that is dropped from the state where there was none before; a run removes the others. */
function isLeftOver({ type }: RecordedResource): boolean {
  return type === containerType || type === "command:local:Command";
}
