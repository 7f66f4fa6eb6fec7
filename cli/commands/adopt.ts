import { hostNames, nameOfDatabase, prefixOf } from "#config";
import { platformImage } from "#components/images/recipes";
import { packageRoot } from "#lib/package-root";
import { Failure } from "../io/failure.js";
import { ourContainers } from "../io/docker.js";
import type { Say } from "../io/progress.js";
import type { AdoptOptions } from "../registrations/adopt.js";
import { buildImage } from "../host/build-image.js";
import { openSession, type Session } from "../stack/session.js";
import { copyIn, type Adoption, type Copy } from "./adopt/adoption.js";
import { takeBack, removeCopyHere } from "./adopt/back.js";
import { beginCopy } from "./adopt/begin.js";
import { finishByDump } from "./adopt/by-dump.js";
import { examined } from "./adopt/examine.js";
import { factsOf } from "./adopt/facts.js";
import { finishCopy, finishedBefore } from "./adopt/finish.js";
import { followUntilNear } from "./adopt/follow.js";
import { OldServer } from "./adopt/old-server.js";
import { passwordOf } from "./adopt/password.js";
import { findWay, Relay } from "./adopt/relay.js";
import { parseSource, shown } from "./adopt/source.js";
import { tellStanding } from "./adopt/text.js";
import { wayIn } from "./import.js";
import { cleared } from "./restore.js";
import { finishInterrupted } from "./restore/swap.js";
import { openRestore, toolsImage } from "./restore/run.js";

/**
 * `keelson adopt`: takes over the database of a running Postgres. By itself it changes nothing; `--begin` copies and
 * follows, `--finish` switches, `--back` is the way back.
 */
export async function adopt(options: AdoptOptions, say: Say): Promise<void> {
  const source = parseSource(options.from);
  const password = await passwordOf(source, process.env);
  const session = await openSession(options, say, { readOnly: true, secrets: "unused" });
  const image = await toolsImage(options, say);
  const { url, network } = await wayIn(session);
  const run = await openRestore(options, say, image);
  let goOn: (() => Promise<void>) | undefined;
  try {
    const { docker } = run.of;
    const all = await ourContainers(docker, ...hostNames(run.of.settings, run.of.stack));
    const server = all.find(({ workload, running }) => workload === "postgres" && running)?.id;
    if (server === undefined) {
      throw new Failure(`The database server of ${run.of.stack} does not run; run keelson up.`);
    }
    const relayImage = await imageOfRelay(session, say);
    const relay = new Relay(run.of, { image: relayImage, dataNetwork: network });
    const old = new OldServer({ docker, server, source, password });
    const tools = { image, network, url };
    const database = nameOfDatabase(run.of.settings);
    const adoption = { run, options, old, relay, server, database, tools };
    goOn = await act(adoption);
  } finally {
    await run.release();
  }
  await goOn?.();
}

/** Does what is asked for on a stack that is taken. @returns what remains to be done, for which it need not be taken */
export async function act(adoption: Adoption): Promise<(() => Promise<void>) | undefined> {
  const { run, options, old, relay } = adoption;
  await finishInterrupted(run);
  const copy = await ownCopy(adoption);
  const way = await findWay(run.of.docker, old.source, options.network);
  await relay.start(old.source, way);
  // One that goes on has a subscription that goes through it.
  let follows = copy !== undefined;
  try {
    // A run that was killed before its copy was one has left a restore that nobody awaits.
    if (options.back === true || options.begin === true) await cleared(run);
    if (options.back === true) {
      await back(adoption, copy);
      follows = false;
      return undefined;
    }
    const facts = await factsOf(old);
    if (options.begin !== true && options.finish !== true && copy !== undefined) {
      await tellStanding(adoption, copy, facts);
      return undefined;
    }
    if (options.finish === true && (await finishedBefore(adoption))) return undefined;
    const target = await examined(adoption, facts, copy !== undefined);
    if (options.finish === true) {
      await (options.dump === true ? finishByDump : finishCopy)(adoption, facts);
      follows = false;
      return undefined;
    }
    if (options.begin !== true) return undefined;
    const begun = await beginCopy(adoption, facts, target);
    follows = true;
    return async () => {
      await followUntilNear(adoption, begun);
      await tellStanding(adoption, begun, facts);
    };
  } finally {
    if (!follows) await relay.stop();
  }
}

/** The copy that there is. @throws Failure where it is another database's */
async function ownCopy({ run, old }: Adoption): Promise<Copy | undefined> {
  const kept = await run.place.kept(true);
  const copy = copyIn(kept, prefixOf(run.of.settings, run.of.stack));
  if (copy?.asked === undefined || copy.asked === shown(old.source)) return copy;
  throw new Failure(
    `--from: a copy of ${copy.asked} is there already; name that one, to go live with it (--finish) or to take it back (--back).`,
  );
}

/** The way back also where the old server is gone for good. */
async function back(adoption: Adoption, copy: Copy | undefined): Promise<void> {
  let facts;
  try {
    facts = await factsOf(adoption.old);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    await removeCopyHere(adoption, copy, error);
    return;
  }
  await takeBack(adoption, facts);
}

/** The proxy's image, in which socat is. */
async function imageOfRelay({ target, settings }: Session, say: Say): Promise<string> {
  const { images, postgres, docker } = settings;
  if (images.proxy !== undefined) return images.proxy;
  const recipe = platformImage("proxy", images, packageRoot, postgres.version);
  const where = { projectDirectory: target.projectDirectory, host: docker.host };
  return buildImage(recipe, where, say);
}
