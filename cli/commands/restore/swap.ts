import { messageOf, Failure } from "../../io/failure.js";
import type { Say } from "../../io/progress.js";
import { methodOf, type RestoreMethod, type RestoreRunner } from "./place.js";
import type { RetainedRestore } from "../../documents/restores.js";
import { keptText } from "./judge.js";
import type { Services } from "./services.js";

/** The result of the exchange. */
export interface Swapped {
  /** Seconds for which the app was away. */
  readonly seconds: number;
  /** Maintenance is on: it was before, or is to stay. */
  readonly inMaintenance: boolean;
  /** Maintenance was on before. */
  readonly wasOn: boolean;
  /** A full backup is being taken; false on a stack without backups. */
  readonly backup: boolean;
  /** Time at which the app was back, in milliseconds since 1970. */
  readonly endedAt: number;
}

export interface SwapOptions {
  readonly place: RestoreRunner;
  readonly services: Services;
  readonly method: RestoreMethod;
  readonly id: string;
  /** It has never been live: it is removed where it does not become so. */
  readonly fresh: boolean;
  /** It follows an old server, and stays where it does not become live. Default false. */
  readonly adopting?: boolean;
  readonly say: Say;
  /** Done while nobody writes any more, before the data is exchanged. */
  readonly before?: () => Promise<void>;
  /** The app stays stopped and maintenance on, and no backup is taken: something comes after it. */
  readonly stay?: boolean;
}

/**
 * Puts what was restored in the place of the live data, with the app stopped and maintenance mode on. Where that
 * fails the old data is live again; the app is started in any case.
 */
export async function swapIn(o: SwapOptions): Promise<Swapped> {
  // Ctrl-C ends the step at hand, and what has begun is taken back; to end here would leave the app stopped.
  const wait = () => {
    o.say("The data is being exchanged; wait a moment.");
  };
  process.on("SIGINT", wait);
  try {
    return await exchanged(o);
  } finally {
    process.removeListener("SIGINT", wait);
  }
}

async function exchanged(o: SwapOptions): Promise<Swapped> {
  const { place, services, method, id, stay = false } = o;
  const wasOn = await services.inMaintenance();
  // It has been exchanged once this differs.
  const held = await heldBy(o);
  await place.step(method, "begin", id, String(wasOn));
  const began = Date.now();
  try {
    // Who may pass stays who was let through.
    if (!wasOn) await services.maintenance("on");
    await services.stop("writers");
    await o.before?.();
    await exchange(o);
  } catch (error) {
    if (!(await cameBack(o, wasOn, held))) throw error;
    throw new Failure(`${messageOf(error)}\nThe data is what it was before, and the stack runs.`);
  }
  const ended = await settled(o, async () => {
    if (!stay) await appBack(o, wasOn);
    return Date.now();
  });
  // What comes after it may fail; a backup that can't be started is no reason not to go on.
  const backup = !stay && (await backedUp(o));
  const seconds = (ended - began) / 1000;
  return { seconds, inMaintenance: wasOn || stay, wasOn, backup, endedAt: ended };
}

/** Until the app runs the next run of this command has something to finish; that it does not work is the end, too. */
async function settled<T>(o: Pick<SwapOptions, "place" | "method" | "id">, work: () => Promise<T>) {
  let value: T;
  try {
    value = await work();
  } catch (error) {
    const unsettled = await failureOf(settle(o));
    throw unsettled === undefined ? error : new Failure(`${messageOf(error)}\n${unsettled}`);
  }
  const unsettled = await failureOf(settle(o));
  if (unsettled !== undefined) throw new Failure(unsettled);
  return value;
}

async function settle({ place, method, id }: Pick<SwapOptions, "place" | "method" | "id">) {
  try {
    await place.step(method, "settle", id);
  } catch (error) {
    throw new Failure(
      `The restored data is live, but that it is could not be recorded: ${messageOf(error)} ` +
        "Run the command again: it finishes what was interrupted.",
    );
  }
}

async function failureOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** A full backup in the background. @throws Failure where it can't be started: what is live is in no backup then */
export async function backedUp({ services }: Pick<SwapOptions, "services">): Promise<boolean> {
  try {
    return await services.backUp();
  } catch (error) {
    throw new Failure(
      `The restored data is live and the stack runs, but no full backup could be started: ${messageOf(error)} ` +
        "See to that, then: keelson backup now --type full.",
    );
  }
}

/** The new data is not always fit for the app that runs: then nobody is let in. */
async function appBack({ services }: Pick<SwapOptions, "services">, wasOn: boolean): Promise<void> {
  try {
    await services.start("writers");
    await services.passSmokeTest();
  } catch (error) {
    throw new Failure(
      `The restored data is live, but the app does not work with it: ${messageOf(error)}\n` +
        "Maintenance stays on. Bring the app that fits (keelson rollback --keep-data, keelson up) and turn " +
        "maintenance off, or undo it: keelson restore --undo.",
    );
  }
  if (wasOn) return;
  try {
    await services.maintenance("off");
  } catch (error) {
    throw new Failure(
      `The restored data is live and the app runs, but maintenance could not be turned off: ${messageOf(error)} ` +
        "Turn it off: keelson maintenance off.",
    );
  }
}

async function exchange({ place, services, method, id, say }: SwapOptions): Promise<void> {
  if (method === "restore-dump") {
    await place.step(method, "swap", id);
    return;
  }
  await services.stop("server");
  await place.step(method, "swap", id);
  try {
    await services.start("server");
  } catch (error) {
    say(`The restored data does not start (${messageOf(error)}); the old data is put back.`);
    await services.stop("server");
    await place.step(method, "swap", id);
    throw new Failure(`The restored data does not start: ${messageOf(error)}`);
  }
}

/** Which data are live, as far as the restore tells: its value changes when they are exchanged. */
async function heldBy({ place, method, id }: Pick<SwapOptions, "place" | "method" | "id">) {
  const found = await place.find(method, id);
  return method === "restore" ? found?.restoredIsLive : found?.keeps;
}

/**
 * After a failure before the exchange, or after one that was taken back: as if nothing had been begun. A step that is
 * reported as failed may have been done all the same, so it is looked which data are live, before any are removed.
 */
async function cameBack(
  o: SwapOptions,
  wasOn: boolean,
  held: Awaited<ReturnType<typeof heldBy>>,
): Promise<boolean> {
  const { place, services, method, id, fresh, say } = o;
  try {
    const exchangedBack = (await heldBy(o)) !== held;
    if (exchangedBack) {
      if (method === "restore") await services.stop("server");
      await place.step(method, "swap", id);
    }
    await services.start("server");
    // What was exchanged follows nobody any more.
    if (o.adopting === true && !exchangedBack) await place.step(method, "adopting", id, "{}");
    else await place.step(method, fresh ? "discard" : "settle", id);
    await services.start("writers");
    if (!wasOn) await services.maintenance("off");
    return true;
  } catch (error) {
    say(`The stack does not come back by itself: ${messageOf(error)}`);
    say("Run the command again: it finishes what was interrupted.");
    return false;
  }
}

/**
 * Finishes a restore that was killed while it exchanged the data: whichever is live stays so, and the stack runs again.
 * Returns what was finished; undefined where there was none, or where it had not come to the exchange.
 */
export async function finishInterrupted(
  o: Pick<SwapOptions, "place" | "services" | "say">,
): Promise<RetainedRestore | undefined> {
  const { place, services, say } = o;
  const interrupted = (kept: readonly RetainedRestore[]) =>
    kept.find(({ phase }) => phase === "swapping");
  const first = interrupted(await place.kept(await services.serverAnswers()));
  // A server that stopped by itself is not ours to start; one that a swap has stopped is.
  if (first === undefined) return undefined;
  say(`A restore was interrupted (${first.id}): the stack is started again.`);
  await services.start("server");
  const method = methodOf(first);
  const wasOn = first.maintenance === true;
  if (!wentLive(first)) {
    await services.start("writers");
    if (!wasOn) await services.maintenance("off");
    // What follows an old server is kept, and what goes on there is for `adopt` to say.
    if (first.adopting === true) await place.step(method, "adopting", first.id, "{}");
    else await place.step(method, "discard", first.id);
    say("It had not come to the exchange: the data is what it was.");
    return undefined;
  }
  await settled({ place, method, id: first.id }, () => appBack({ services }, wasOn));
  await backedUp({ services });
  say(`Live is the data that it was to bring, or had brought back; ${keptText(first)}.`);
  return first;
}

/** True where the data of a restore has ever been live. */
function wentLive({ kind, restoredIsLive, keeps, swappedAt }: RetainedRestore): boolean {
  if (swappedAt !== undefined) return true;
  return kind === "dump" ? keeps !== undefined : restoredIsLive === true;
}
