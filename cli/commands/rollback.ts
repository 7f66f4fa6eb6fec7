import { hostNames, namesOf, type Settings, stackFileSettings } from "#config";
import { SettingsError } from "#lib/settings";
import { confirm } from "../io/confirm.js";
import { dockerAt, type Docker } from "#lib/docker";
import { ourContainers } from "../io/docker.js";
import { Failure } from "../io/failure.js";
import type { RollbackOptions } from "../registrations/rollback.js";
import { requireOwned } from "../stack/ownership.js";
import { history, type Release } from "../stack/releases.js";
import { requirePorts } from "../host/preflight.js";
import type { Say } from "../io/progress.js";
import type { StackAddress } from "../stack/proxy.js";
import { releasesTable } from "./releases.js";
import { rollbackWithData } from "./rollback/data.js";
import {
  choose,
  dataFirst,
  migrationRefusal,
  migrationsSince,
  settingsChanges,
  unfit,
} from "./rollback/judge.js";
import { openSession, type Session } from "../stack/session.js";
import { settingsOf, stackFlags, targetOf } from "../project/target.js";
import { bringUp, ownIds } from "./up.js";

/** `keelson rollback`: an earlier release's image and settings go live again, on the path of any release. */
export async function rollback(options: RollbackOptions, say: Say): Promise<void> {
  const settings = settingsOf(targetOf(options));
  const docker = dockerAt(settings.docker.host);
  const of = { docker, ...namesOf(settings, options.stack) };
  const all = await history(of);
  if (options.list === true) {
    for (const line of await choices(all, docker)) say(line);
    return;
  }
  if (options.withData === true && options.keepData === true) {
    throw new Failure("--with-data and --keep-data are two ways; say one.");
  }
  const first = options.to === undefined ? dataFirst(all, stackFlags(options)) : undefined;
  if (first !== undefined) throw new Failure(first);
  const choice = choose(all, options.to);
  if ("refusal" in choice) throw new Failure(choice.refusal);
  const { live } = choice;
  const to = await withImage(docker, choice.to);
  const announce = () => {
    for (const line of announcement(live, to)) say(line);
  };
  if (options.withData === true) {
    await rollbackWithData(
      options,
      { all, to, announce, goLive: () => goBack(options, of, to, say) },
      say,
    );
    return;
  }
  await refuseOverMigrations(options, all, to, settings, docker);
  announce();
  await confirm(
    `This takes ${options.stack} back from ${live.id} to ${to.id}.`,
    options.stack,
    options,
  );
  await goBack(options, of, to, say);
}

/** A release like any other, of an earlier one's image and settings. */
async function goBack(
  options: RollbackOptions,
  of: StackAddress,
  to: Release,
  say: Say,
): Promise<void> {
  const session = await sessionAt(options, to, say);
  // The step that begins the record reads it, in whatever process it runs.
  process.env["KEELSON_BACK_TO"] = to.id;
  await bringUp(session, { refresh: false, app: to.settings }, say);
  const [done] = await history(of);
  if (done !== undefined) say(outcome(done, to));
  say("The settings are as they were: the next keelson up goes forward to them again.");
  if (options.json === true) say(JSON.stringify(done));
}

/** A session whose settings are the stack's with the app's of a release. @throws Failure where the two don't agree */
async function sessionAt(options: RollbackOptions, to: Release, say: Say): Promise<Session> {
  const session = await openSession(options, say, { secrets: "sealed" });
  const { target } = session;
  let settings: Settings;
  try {
    const { projectDirectory, stack, configFile } = target;
    settings = stackFileSettings(projectDirectory, stack, configFile, to.settings);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    const text = `The app's settings of ${to.id} do not agree with the others of today:`;
    throw new Failure([text, ...error.problems].join("\n"));
  }
  await requireOwned(session);
  await requirePorts(session.docker, settings, await ownIds(session));
  return { ...session, settings };
}

/** A release by the image's id where its name is another's by now. @throws Failure where the image is gone */
async function withImage(docker: Docker, to: Release): Promise<Release> {
  const found = await usableImage(docker, to);
  if ("refusal" in found) throw new Failure(found.refusal);
  const { image } = found;
  return image === to.image ? to : { ...to, image, settings: { ...to.settings, image } };
}

/** The name, or else the id, by which a release's image is on the host; or why it can't be used. */
async function usableImage(
  docker: Docker,
  { id, image, imageId }: Release,
): Promise<{ readonly image: string } | { readonly refusal: string }> {
  const look = ["image", "inspect", "--format", "{{.Id}}"];
  const found = await docker([...look, image]);
  if (found.code === 0 && (imageId === null || found.stdout.trim() === imageId)) return { image };
  if (imageId !== null && (await docker([...look, imageId])).code === 0) return { image: imageId };
  const way =
    "bring it there (docker pull, docker load) and run this again, or choose another release";
  const refusal =
    found.code === 0
      ? `${id} ran ${image} as ${String(imageId)}, and on the Docker host this is another image now; ${way}.`
      : `${id} ran ${image}, which is not on the Docker host any more; ${way}.`;
  return { refusal };
}

async function refuseOverMigrations(
  options: RollbackOptions,
  all: readonly Release[],
  to: Release,
  settings: Settings,
  docker: Docker,
): Promise<void> {
  const migrations = migrationsSince(all, to);
  if (migrations.length === 0 || options.keepData === true) return;
  const containers = await ourContainers(docker, ...hostNames(settings, options.stack));
  const data = {
    flags: stackFlags(options),
    backupContainer: containers.find(({ workload }) => workload === "backup")?.name,
    external: settings.database.externalUrlSecret !== undefined,
  };
  throw new Failure(migrationRefusal(to, migrations, data));
}

function announcement(live: Release, to: Release): string[] {
  return [
    `Live is ${live.id}: ${live.image}, version ${live.version}, since ${live.end ?? live.begin}.`,
    `Rolling back to ${to.id}: ${to.image}, version ${to.version}, of ${to.begin}, by ${to.who}.`,
    ...settingsChanges(live.settings, to.settings).map((line) => `  ${line}`),
    "No image is built or pulled, and no migration runs.",
  ];
}

function outcome(done: Release, to: Release): string {
  const seconds = done.seconds === null ? "" : `, ${done.seconds.toFixed(1)} s`;
  const failed = `${done.failed} of ${done.requests} requests failed`;
  return `${done.id} is ${done.result}: ${to.id} again${seconds}, ${failed}.`;
}

/** The releases to which a rollback is possible, and what prevents others. */
async function choices(all: readonly Release[], docker: Docker): Promise<string[]> {
  const live = all.find(({ result }) => result === "live");
  if (live === undefined) return ["No release of this stack is live."];
  const fit = all.filter((each) => unfit(each, live) === undefined);
  if (fit.length === 0) return [`${live.id} is live, and there is no other to go to.`];
  const images = await Promise.all(fit.map((each) => usableImage(docker, each)));
  const lines = releasesTable(fit).map((line, index) => {
    const each = fit[index - 1];
    if (each === undefined) return line;
    const over = migrationsSince(all, each).map(({ id }) => id);
    return [
      line,
      ...("refusal" in (images[index - 1] ?? {}) ? ["its image is gone"] : []),
      ...(over.length === 0 ? [] : [`over the migrations of ${over.join(", ")}`]),
    ].join("; ");
  });
  return [...lines, `${live.id} is live.`];
}
