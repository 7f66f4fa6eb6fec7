import { isDeepStrictEqual } from "node:util";
import { isMapping, type Mapping } from "#lib/merge";
import { isKept } from "#lib/sealed";
import type { Release } from "../../stack/releases.js";
import { resultText } from "../releases.js";

/** The release to roll back to, or why there is none. */
export type Choice =
  { readonly live: Release; readonly to: Release } | { readonly refusal: string };

/** Chooses the release to roll back to: the one that is named, or the last good one before the one that is live. */
export function choose(all: readonly Release[], wanted: string | undefined): Choice {
  const live = all.find(({ result }) => result === "live");
  if (live === undefined)
    return { refusal: "No release of this stack is live: there is nothing to roll back." };
  const to = all.find(({ id, previous }) => (wanted === undefined ? previous : id === wanted));
  if (to !== undefined) {
    const refusal = unfit(to, live);
    return refusal === undefined ? { live, to } : { refusal };
  }
  const others = all.filter((each) => unfit(each, live) === undefined).map(({ id }) => id);
  const known = others.length === 0 ? "there is none to go to" : `there are ${others.join(", ")}`;
  const wrong =
    wanted === undefined
      ? `${live.id} is live, and none of the releases before it can be rolled back to`
      : `There is no release ${wanted}`;
  return { refusal: `${wrong}; ${known}.` };
}

/**
 * Returns the commands to run before any rollback where the newest release failed after its migration had changed the data: those of
 * before it belong to the release that is in service. Undefined where no such release came last.
 * @param flags that every command on the stack ends with
 */
export function dataFirst(all: readonly Release[], flags: string): string | undefined {
  const live = all.find(({ result }) => result === "live");
  if (live === undefined) return undefined;
  const failed = migrationsSince(all, live).at(-1);
  if (failed === undefined) return undefined;
  const { restorePoint, dump } = failed.migration ?? {};
  const from =
    restorePoint != null
      ? `--point ${restorePoint}`
      : dump != null
        ? `--dump ${dump}`
        : `--at "${failed.begin}"`;
  return [
    `${failed.id} migrated the database and never was live; ${live.id}, which is in service, may not work with the data of now. To give it those of before, unless that is done:`,
    `  npx keelson restore ${flags} ${from}`,
    `To roll back further than ${live.id} all the same, name the release: npx keelson rollback ${flags} --to <release>`,
  ].join("\n");
}

/** Returns the reason why a release can't be rolled back to; undefined when it can. */
export function unfit(release: Release, live: Release): string | undefined {
  if (release.id === live.id) return `${live.id} is live already.`;
  if (!release.wasLive) return `${release.id} never was live (${resultText(release)}).`;
  const same = isDeepStrictEqual(release.settings, live.settings);
  return same ? `${release.id} is the same as ${live.id}, which is live.` : undefined;
}

/** Releases since another one whose migration an older version may not understand. */
export function migrationsSince(all: readonly Release[], to: Release): Release[] {
  const later = all.slice(0, all.indexOf(to));
  return later.filter(({ migration }) => migration?.ran === true && !migration.backwardCompatible);
}

/** Returns the changes of the app's settings by a rollback, a line each. */
export function settingsChanges(from: unknown, to: unknown, path = "app"): string[] {
  if (isDeepStrictEqual(from, to)) return [];
  if (isKept(from) && isKept(to)) return [`${path}: a sealed text → another sealed text`];
  if (path === "app.services") return servicesChanges(from ?? {}, to ?? {});
  if (!isMapping(from) || !isMapping(to) || isKept(from) || isKept(to)) {
    return [`${path}: ${shown(from)} → ${shown(to)}`];
  }
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  return keys.flatMap((key) => settingsChanges(from[key], to[key], `${path}.${key}`));
}

/** A record has the services' settings among the app's; one that comes or goes is named, and no more. */
function servicesChanges(from: object, to: object): string[] {
  const [before, after] = [from, to] as [Mapping, Mapping];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => {
    const path = `services.${name}`;
    if (!(name in before)) return [`${path}: is added`];
    if (!(name in after)) return [`${path}: is removed`];
    return settingsChanges(before[name], after[name], path);
  });
}

function shown(value: unknown): string {
  if (isKept(value)) return "a sealed text";
  return value === undefined ? "not set" : JSON.stringify(value);
}

/** Facts that the refusal of a rollback names. */
export interface Data {
  /** The options that every command on the stack ends with: `--stack prod`. */
  readonly flags: string;
  /** Name of the container that has the dumps; undefined where there are none. */
  readonly backupContainer: string | undefined;
  /** The database is external. */
  readonly external: boolean;
}

/** Returns the reason why a rollback over migrations is refused, with the commands that bring the data back as well. */
export function migrationRefusal(to: Release, migrations: readonly Release[], data: Data): string {
  const ids = migrations.map(({ id }) => id).join(", ");
  const first = migrations.at(-1);
  const back = `npx keelson rollback ${data.flags} --to ${to.id} --keep-data`;
  return [
    `${ids} migrated the database, and ${migrations.length === 1 ? "it is" : "they are"} not marked app.migrate.backwardCompatible: ${to.id} may not work with it.`,
    "To roll back and keep the current data:",
    `  ${back}`,
    ...restoring(first, data, to),
  ].join("\n");
}

function restoring(first: Release | undefined, data: Data, to: Release): string[] {
  const back = `npx keelson rollback ${data.flags} --to ${to.id} --keep-data`;
  if (data.external) {
    return [
      "To roll back with the data from before it, restore them where the database is, between these:",
      `  npx keelson maintenance on ${data.flags}`,
      `  ${back}`,
      `  npx keelson maintenance off ${data.flags}`,
    ];
  }
  if (data.backupContainer === undefined) {
    return ["The stack has no backups (backup.enabled is false): there are no data of before."];
  }
  const when = first === undefined ? "" : ` (begun ${first.begin})`;
  const { restorePoint, dump } = first?.migration ?? {};
  const lost = `To roll back and restore the data from before it; all that was written since${when} is not in it, and is saved as a dump:`;
  if ((restorePoint ?? dump ?? undefined) !== undefined) {
    return [lost, `  npx keelson rollback ${data.flags} --to ${to.id} --with-data`];
  }
  return [
    "Neither a restore point nor a dump was made before the migration. To roll back with the data from a point in time before it:",
    `  npx keelson restore ${data.flags} --at "${first?.begin ?? "<time with zone>"}"`,
    `  ${back}`,
  ];
}

/** The source of a rollback's data: made before the first migration since, with the release it belonged to. */
export type DataBefore =
  | {
      readonly kind: "point" | "dump";
      readonly asked: string;
      readonly release: Release;
    }
  | { readonly refusal: string };

/** Finds the data that belong to a release: those of before the first migration that it may not understand, else of the first one at all. */
export function dataBefore(all: readonly Release[], to: Release, flags: string): DataBefore {
  const later = all.slice(0, all.indexOf(to)).filter(({ migration }) => migration?.ran === true);
  const release = migrationsSince(all, to).at(-1) ?? later.at(-1);
  if (release === undefined) {
    return {
      refusal:
        `No migration has run since ${to.id}: its data are those of now. ` +
        `Roll back without --with-data, or restore a point in time: npx keelson restore ${flags} --at "<time with zone>"`,
    };
  }
  const { restorePoint, dump } = release.migration ?? {};
  if (restorePoint !== null && restorePoint !== undefined) {
    return { kind: "point", asked: restorePoint, release };
  }
  if (dump !== null && dump !== undefined) return { kind: "dump", asked: dump, release };
  return {
    refusal:
      `Neither a restore point nor a dump was made before the migration of ${release.id}. ` +
      `Restore a point in time before it, then roll back with --keep-data: npx keelson restore ${flags} --at "${release.begin}"`,
  };
}
