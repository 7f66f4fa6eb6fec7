import { inKeyOrder, isMapping } from "#lib/merge";
import { numberOf, type ReleaseRecord } from "./record.js";

/** A record with what follows from the others. */
export interface ToldRecord extends Omit<ReleaseRecord, "result"> {
  readonly result: ReleaseRecord["result"] | "superseded";
  /** It was live once, so a rollback to it is possible. */
  readonly wasLive: boolean;
  /** It is the one that a rollback goes to. */
  readonly previous: boolean;
}

/** The records, oldest first: which is live, what became of those before, which of them a rollback goes to. */
export function historyOf(records: readonly ReleaseRecord[]): ToldRecord[] {
  const all = records.toSorted((a, b) => numberOf(a) - numberOf(b));
  const lives = all.filter(({ result }) => result === "live");
  const became = new Map(lives.map((each, index) => [each.id, fateOf(lives[index + 1])]));
  const previous = previousOf(all, lives, became);
  return all.map((each) => ({
    ...each,
    ...became.get(each.id),
    wasLive: each.result === "live",
    previous: each.id === previous,
  }));
}

/** Those whose images stay: from the last so many that were live on, and the one that a rollback would go to. */
export function keptOf(told: readonly ToldRecord[], keep: number): ToldRecord[] {
  const first = told.filter(({ wasLive }) => wasLive).slice(-keep)[0];
  const from = first === undefined ? 0 : told.indexOf(first);
  return told.filter((each, index) => index >= from || each.previous);
}

/** Images that Keelson brought to the host, and that none of the kept releases needs. */
export function prunableOf(told: readonly ToldRecord[], keep: number): string[] {
  const stay = new Set(keptOf(told, keep).flatMap(imagesOf));
  const images = told.flatMap(({ pruned, fetched, content, serviceImages = [] }) =>
    pruned !== true && fetched === true ? [content.image, ...serviceImages] : serviceImages,
  );
  return [...new Set(images)].filter((image) => !stay.has(image)).toSorted();
}

/** The app's image, and those that its services have of their own. */
export function imagesOf({
  content: { image, settings },
}: Pick<ReleaseRecord, "content">): string[] {
  const services = Object.values(isMapping(settings["services"]) ? settings["services"] : {});
  const own = services.flatMap((each) => {
    const of = isMapping(each) ? each["image"] : undefined;
    return typeof of === "string" ? [of] : [];
  });
  return [image, ...own];
}

type Fate = Partial<Pick<ToldRecord, "result" | "reason">>;

/** Returns the fate of a release that was live, by the next one that was. */
function fateOf(next: ReleaseRecord | undefined): Fate {
  if (next === undefined) return {};
  if (next.backTo === null) return { result: "superseded", reason: null };
  return { result: "rolled-back", reason: `by ${next.id}, which rolled back to ${next.backTo}` };
}

function previousOf(
  all: readonly ReleaseRecord[],
  lives: readonly ReleaseRecord[],
  became: ReadonlyMap<string, Fate>,
): string | undefined {
  const live = lives.at(-1);
  if (live === undefined) return undefined;
  const base = baseOf(live, all);
  const before = base === undefined ? 0 : numberOf(base);
  const now = whatOf(live);
  return lives.findLast(
    (each) =>
      numberOf(each) < before &&
      became.get(each.id)?.result === "superseded" &&
      whatOf(each) !== now,
  )?.id;
}

/** The release whose content a rollback puts live. */
function baseOf(of: ReleaseRecord, all: readonly ReleaseRecord[]): ReleaseRecord | undefined {
  if (of.backTo === null) return of;
  const to = all.find(({ id }) => id === of.backTo);
  return to === undefined ? undefined : baseOf(to, all);
}

function whatOf({ content: { image, settings } }: ReleaseRecord): string {
  return JSON.stringify(inKeyOrder({ image, settings }));
}
