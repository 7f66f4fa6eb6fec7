import { isDeepStrictEqual } from "node:util";
import { isMapping, type Mapping } from "#lib/merge";
import { joinPath } from "#lib/settings";
import { Failure } from "../../io/failure.js";
import type { Release } from "../../stack/releases.js";

/** A release by its id, with the one that was live before it. */
export interface ShownRelease {
  readonly release: Release;
  /** Undefined where none was. */
  readonly before: Release | undefined;
}

/** Finds a release. @param all newest first @throws Failure where there is none of the id */
export function findRelease(all: readonly Release[], id: string): ShownRelease {
  const at = all.findIndex((each) => each.id === id);
  const release = all[at];
  if (release === undefined) {
    const [newest] = all;
    const there = newest === undefined ? "nothing was released yet" : `the newest is ${newest.id}`;
    throw new Failure(`There is no release ${id}: ${there}; keelson releases lists them.`);
  }
  return { release, before: all.slice(at + 1).find(({ wasLive }) => wasLive) };
}

/** All that is known of a release, a line each; no value of a secret is among it. @param result how it ended */
export function showText({ release, before }: ShownRelease, result: string): string[] {
  const { migration, watch } = release;
  return [
    `${release.id}: ${result}`,
    `  begun      ${release.begin} by ${release.who}`,
    ...(release.switched === null ? [] : [`  switched   ${release.switched}`]),
    ...(release.end === null ? [] : [`  ended      ${release.end}, ${seconds(release)} s`]),
    `  version    ${release.version} (${release.gitSha})`,
    `  image      ${release.image}`,
    ...(release.imageId === null ? [] : [`  image id   ${release.imageId}`]),
    `  requests   ${String(release.requests)} until its end, ${String(release.failed)} failed, ${String(release.errors)} answered with 5xx`,
    ...(migration === null ? [] : [`  migration  ${migrationText(migration)}`]),
    ...(watch === null || watch === undefined ? [] : [`  watch      ${watchText(watch)}`]),
    ...settingsLines(release, before),
  ];
}

/** Settings that differ, by their paths: what was, what is. */
export function changedSettings(before: Mapping, after: Mapping): string[] {
  return leaves(before, after, []).map(
    ([path, old, now]) => `${joinPath("app", path)}: ${valueText(old)} → ${valueText(now)}`,
  );
}

function settingsLines(release: Release, before: Release | undefined): string[] {
  if (before === undefined) return [];
  // They stand in lines of their own.
  const own = ["image", "version", "gitSha"];
  const plain = ({ settings }: Release): Mapping =>
    Object.fromEntries(Object.entries(settings).filter(([key]) => !own.includes(key)));
  const changed = changedSettings(plain(before), plain(release));
  if (changed.length === 0) return [`  settings   as of ${before.id}`];
  return [`  settings   other than of ${before.id}:`, ...changed.map((each) => `    ${each}`)];
}

type Path = readonly (string | number)[];

function leaves(before: unknown, after: unknown, path: Path): [string[], unknown, unknown][] {
  if (isDeepStrictEqual(before, after)) return [];
  if (isMapping(before) && isMapping(after) && !isSealedRecord(before) && !isSealedRecord(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => leaves(before[key], after[key], [...path, key]));
  }
  return [[path.map(String), before, after]];
}

/** As the record keeps a sealed text. */
function isSealedRecord(value: Mapping): boolean {
  const keys = Object.keys(value);
  return keys.length === 1 && ["sealed", "secure"].includes(keys[0] ?? "");
}

function valueText(value: unknown): string {
  if (value === undefined) return "not set";
  if (isMapping(value) && isSealedRecord(value)) return "[sealed]";
  return JSON.stringify(value, (_key, each: unknown) =>
    isMapping(each) && isSealedRecord(each) ? "[sealed]" : each,
  );
}

function migrationText({
  ran,
  backwardCompatible,
  restorePoint,
  dump,
}: NonNullable<Release["migration"]>) {
  const parts = [
    ran ? "run" : "not run",
    ...(backwardCompatible ? ["backward compatible"] : []),
    ...(typeof restorePoint === "string" ? [`restore point ${restorePoint}`] : []),
    ...(typeof dump === "string" ? [`dump ${dump}`] : []),
  ];
  return parts.join(", ");
}

function watchText(watch: NonNullable<Release["watch"]>): string {
  const { seconds: length, requests, errors, errorShareBefore, slow } = watch;
  const share = requests === 0 ? "" : ` (${percent(errors / requests)})`;
  const late = slow === undefined ? "" : `, ${String(slow)} slow`;
  const before =
    errorShareBefore === null ? "" : `, before it ${percent(errorShareBefore)} of the answers`;
  return `${String(length)} s: ${String(requests)} requests, ${String(errors)} answered with 5xx${share}${before}${late}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

function seconds({ seconds: length }: Release): string {
  return length === null ? "-" : length.toFixed(1);
}
