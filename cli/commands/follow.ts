import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { dockerAt } from "#lib/docker";
import { run } from "#lib/run-process";
import { Failure } from "../io/failure.js";
import type { Say } from "../io/progress.js";
import { projectName } from "../project/config.js";
import { ensureHome } from "../project/home.js";
import { settingsOf, targetOf, type Target } from "../project/target.js";
import type { FollowOptions } from "../registrations/follow.js";
import { alertBy } from "./follow/alert.js";
import { Checkout } from "./follow/checkout.js";
import { runUp } from "./follow/deploy.js";
import { Follower, retryFile } from "./follow/follower.js";
import { installUnit } from "./follow/install.js";
import { lockFile, type FileLock } from "./follow/lock.js";
import { originOf, placeInRepository } from "./follow/origin.js";
import { followRequest, type FollowRequest } from "./follow/request.js";
import type { FollowerParts } from "./follow/parts.js";
import { unitFacts } from "./follow/service.js";
import { gitLook, imageLook } from "./follow/source.js";
import { unitText } from "./follow/unit.js";

/** `keelson follow`: keeps a stack at the head of a branch, of tags or of an image, until it is ended. @throws Failure */
export async function follow(options: FollowOptions, say: Say): Promise<void> {
  const target = targetOf(options);
  const folder = join(target.home.directory, "follow", basename(options.stack));
  if (options.retry === true) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, retryFile), "");
    say("The follower tries it again at its next check.");
    return;
  }
  const request = followRequest(options);
  // Wrong settings and a missing repository are said before anything runs, or is installed.
  settingsOf(target);
  if (options.print === true || options.install === true) {
    const facts = unitFacts(options, target, projectName(target.projectDirectory));
    if (options.print === true) say(unitText(facts).trimEnd());
    else await installUnit(facts, say);
    return;
  }
  ensureHome(target.home);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = await lockFile(join(folder, "lock"));
  try {
    const follower = new Follower(
      request,
      await partsOf(options, target, request, folder, lock, say),
    );
    if (options.once === true) await once(follower);
    else await forever(follower, request);
  } finally {
    lock.release();
  }
}

async function partsOf(
  options: FollowOptions,
  target: Target,
  request: FollowRequest,
  folder: string,
  lock: FileLock,
  say: Say,
): Promise<FollowerParts> {
  const { followed, everyMs } = request;
  const log: FollowerParts["log"] = (level, event, facts = {}) => {
    say(JSON.stringify({ time: new Date().toISOString(), level, event, ...facts }));
  };
  const place = {
    args: upArgs(options),
    environment: { ...process.env, KEELSON_HOME: target.home.directory },
    logs: join(folder, "logs"),
    lock: lock.handle,
  };
  const shared = { log, folder, now: () => new Date(), alert: alertBy(options, everyMs) };
  if (followed.kind === "image") {
    const { app, docker } = settingsOf(target);
    const project = target.projectDirectory;
    return {
      ...shared,
      look: imageLook(app.image, dockerAt(docker.host)),
      prepare: () => Promise.resolve(),
      up: (head) => runUp({ ...place, project }, head),
    };
  }
  const remote = options.remote ?? (await originOf(target.projectDirectory, run));
  const prefix = await placeInRepository(options.project, target.projectDirectory, run);
  const checkout = new Checkout(join(folder, "checkout"), followed, remote, prefix);
  return {
    ...shared,
    look: gitLook(followed, remote, run),
    prepare: async (head, signal) => {
      await checkout.at(head, join(target.projectDirectory, ".env"), signal);
      await checkout.install();
    },
    up: (head) => runUp({ ...place, project: checkout.project }, head),
  };
}

/** The arguments of `up`; a settings file of the operator's own is not in the checkout. */
function upArgs({ stack, configFile, engine }: FollowOptions): string[] {
  const file = configFile === undefined ? [] : ["--config-file", resolve(configFile)];
  return ["--stack", stack, ...file, ...(engine === undefined ? [] : ["--engine", engine])];
}

async function once(follower: Follower): Promise<void> {
  if ((await follower.check(new AbortController().signal)) === "live") return;
  throw new Failure("What is wanted is not live; the lines above say why.");
}

/** Checks until a signal ends it: an up that runs is awaited, all else stops. */
async function forever(follower: Follower, { everyMs }: FollowRequest): Promise<void> {
  const ending = new AbortController();
  const { signal } = ending;
  const end = () => {
    ending.abort();
  };
  process.once("SIGTERM", end).once("SIGINT", end);
  while (!signal.aborted) {
    await follower.check(signal);
    await wait(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
