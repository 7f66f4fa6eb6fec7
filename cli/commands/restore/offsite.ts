import { hostNames, type Settings } from "#config";
import { confirm } from "../../io/confirm.js";
import { ourContainers } from "../../io/docker.js";
import { Failure } from "../../io/failure.js";
import { foundVolumeText, OffsiteVolumes } from "./offsite/volumes.js";
import type { OffsiteFound, OffsiteRestored } from "../../documents/offsite.js";
import { OffsiteRestore } from "./offsite/database.js";
import { NewHost } from "./offsite/new-host.js";
import type { MoveOptions } from "../../registrations/restore.js";
import { offsiteNumbers } from "../../stack/offsite.js";
import { withProgress, type Say } from "../../io/progress.js";
import { parseRequest } from "./judge.js";
import { openSession, type Session } from "../../stack/session.js";

/** `keelson restore --offsite`: brings a stack's data to a host that has nothing of it. */
export async function restoreOffsite(options: MoveOptions, say: Say): Promise<void> {
  const wanted = momentOf(options);
  const session = await openSession(options, say);
  const { settings, docker, target } = session;
  const [number = 0] = offsiteNumbers(settings, options.offsite);
  await requireNothingHere(session);
  const lost = generatedSecrets(settings);
  if (lost.length > 0 && options.newSecrets !== true) throw new Failure(secretsRefusal(lost));
  const host = await NewHost.of({ docker, settings, target }, say);
  const [moveIn, moveInVolumes] = [new OffsiteRestore(host), new OffsiteVolumes(host)];
  const look = Promise.all([moveIn.look(number, wanted), moveInVolumes.look(number, wanted)]);
  const what = `looking into repository ${String(number)}`;
  const [found, volumes] = await withProgress(say, what, look);
  for (const line of foundText(found, number, wanted)) say(line);
  for (const each of volumes) say(foundVolumeText(each));
  await confirm(`This restores ${target.stack} on this host.`, target.stack, options);
  // The data last: once it is there, nothing is restored any more.
  for (const each of volumes) {
    const restored = moveInVolumes.restore(number, each);
    await withProgress(say, `restoring the volume ${each.volume}`, restored);
  }
  const work = moveIn.restore(number, wanted, options.ignoreChecks === true);
  const done = await withProgress(say, "restoring the database", work);
  for (const line of doneText(done, target.stack)) say(line);
  if (options.json !== true) return;
  const restored = volumes.map(({ volume, snapshot }) => ({ volume, snapshot }));
  say(JSON.stringify({ ...done, volumes: restored }));
}

/** `latest`, or a time with its zone. @throws Failure */
function momentOf({ at = "latest", point, dump, undo, discard }: MoveOptions): string {
  if ([point, dump, undo, discard].some((each) => each !== undefined)) {
    throw new Failure(
      "--offsite brings everything, or with --at what was there at a point in time; it goes with nothing else.",
    );
  }
  const request = parseRequest({ at });
  return request.kind === "at" ? request.asked : "latest";
}

/** @throws Failure where the stack has something on this host, or its state knows of another one */
async function requireNothingHere({ runner, docker, settings, target }: Session): Promise<void> {
  const { stack } = target;
  const containers = await ourContainers(docker, ...hostNames(settings, stack));
  if (containers.length > 0) {
    const names = containers.map(({ name }) => name).join(", ");
    throw new Failure(
      `The stack ${stack} is on this host already (${names}); --offsite brings it to a host that has nothing of it. ` +
        "To restore an earlier state here: keelson restore --at.",
    );
  }
  const { resources } = await runner.recorded();
  if (resources.length > 0) {
    throw new Failure(
      `The state of ${stack} tells of ${resources.length} resources of another host, or of this one before its data were lost; ` +
        "with it the next keelson up would take them to be there. Keep a copy of it, then remove it: " +
        `pulumi stack export --stack ${stack} --show-secrets --file ${stack}.json; pulumi stack rm --force --preserve-config ${stack}; pulumi stack init ${stack}.`,
    );
  }
}

/** Names of the secrets that were made on the other host and are kept in its state alone. */
export function generatedSecrets({ secrets }: Pick<Settings, "secrets">): string[] {
  return Object.keys(secrets).filter((name) => secrets[name]?.generate !== undefined);
}

function secretsRefusal(names: readonly string[]): string {
  const [first = ""] = names;
  return (
    `secrets: ${names.join(", ")} ${names.length === 1 ? "was" : "were"} generated on the other host, and the next keelson up would generate others: ` +
    "what the app has sealed or signed with them would be lost. Take the values from the state there " +
    `(pulumi stack export --show-secrets), inject them, and say secrets.${first}: {}; or add --new-secrets where other values will do.`
  );
}

/** Returns the backup that would be restored, for a person who is about to decide. */
export function foundText(found: OffsiteFound, number: number, wanted: string): string[] {
  const age = ageText(found.age);
  return [
    `Repository ${String(number)}: any moment can be restored from ${found.windowFrom} to ${found.windowTo}.`,
    wanted === "latest"
      ? `Restored is all of it, to ${found.newest}, ${age} ago, from the backup ${found.backup}.`
      : `Restored is ${found.target}, from the backup ${found.backup}; what was written after it is not.`,
    ...(found.age < 180
      ? [`WAL has arrived ${age} ago: if the other host is still at work, stop it first.`]
      : []),
  ];
}

function ageText(seconds: number): string {
  if (seconds < 180) return `${String(seconds)} s`;
  if (seconds < 10_800) return `${String(Math.round(seconds / 60))} min`;
  return `${String(Math.round(seconds / 3600))} h`;
}

/** Returns the result, in lines for a person. */
export function doneText({ rows, checks }: OffsiteRestored, stack: string): string[] {
  const count = Object.values(rows).reduce((sum, each) => sum + each, 0);
  return [
    ...checks.map(({ name, ok, detail }) => `  ${ok ? "ok" : "FAILED"}  ${name}: ${detail}`),
    `Restored: ${Object.keys(rows).length} tables, ${count} rows.`,
    `Now bring it up: keelson up --stack ${stack}`,
  ];
}
