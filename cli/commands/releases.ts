import { namesOf } from "#config";
import { dockerAt } from "#lib/docker";
import type { ReleasesAction, ReleasesOptions } from "../registrations/releases.js";
import { history, type Release } from "../stack/releases.js";
import type { Say } from "../io/progress.js";
import { table } from "../io/table.js";
import { settingsOf, targetOf } from "../project/target.js";

/** `keelson releases`: what went live on a stack, or did not, newest first; or all of one release. */
export async function releases(
  options: ReleasesOptions,
  action: ReleasesAction,
  id: string | undefined,
  say: Say,
): Promise<void> {
  const target = targetOf(options);
  const settings = settingsOf(target);
  const docker = dockerAt(settings.docker.host);
  const all = await history({ docker, ...namesOf(settings, target.stack) });
  if (action === "show") {
    const { findRelease, showText } = await import("./releases/show.js");
    const shown = findRelease(all, id ?? all[0]?.id ?? "v1");
    if (options.json === true) say(JSON.stringify(shown.release));
    else for (const line of showText(shown, resultText(shown.release))) say(line);
    return;
  }
  if (options.json === true) say(JSON.stringify(all));
  else for (const line of releasesTable(all)) say(line);
}

const heads = [
  "",
  "begun (UTC)",
  "seconds",
  "failed",
  "image",
  "image id",
  "version",
  "commit",
  "by",
  "result",
];

/** The history as a table, a line for each release. */
export function releasesTable(all: readonly Release[]): string[] {
  if (all.length === 0) return ["Nothing was released yet."];
  return table([heads, ...all.map(row)], "");
}

function row(release: Release): string[] {
  return [
    release.id,
    release.begin.slice(0, 19).replace("T", " "),
    release.seconds === null ? "" : release.seconds.toFixed(1),
    `${release.failed} of ${release.requests}`,
    shortImage(release.image, release.tag),
    shortId(release.imageId),
    release.version,
    release.gitSha.slice(0, 10),
    release.who,
    resultText(release),
  ];
}

/**
 * An image as a person tells it from another: without its registry, by the tag that it was resolved from if it was, and
 * with the beginning of its digest.
 */
export function shortImage(image: string, tag?: string): string {
  const [name = "", digest] = image.split("@sha256:");
  const last = (tag ?? name).split("/").slice(-2).join("/");
  return digest === undefined ? last : `${last}@${digest.slice(0, 12)}`;
}

function shortId(id: string | null): string {
  return id === null ? "" : id.replace(/^sha256:/, "").slice(0, 12);
}

/** Returns the result of a release, with the reason. */
export function resultText({ result, reason, backTo }: Release): string {
  const back = backTo === null ? "" : `, rollback to ${backTo}`;
  const why = reason === null ? "" : `: ${reason.split("\n")[0] ?? ""}`;
  return `${result.replace("-", " ")}${back}${why}`;
}
