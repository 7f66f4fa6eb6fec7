import type { Series } from "./facts.js";

/** Height and width of what is drawn in a plot, in its own units: it is stretched to its place. */
export const extent = 1000;

/** From a span of time to a share of a plot's width. */
export function share(at: Date, from: Date, to: Date): number {
  return (at.getTime() - from.getTime()) / (to.getTime() - from.getTime());
}

/** The end of an axis from 0, and its middle, which are easy to read; for nothing at all 1. */
export function niceTop(most: number): number {
  if (!(most > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  const factor = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((each) => each * power >= most * 0.9999) ?? 10;
  return factor * power;
}

const minute = 60;
const hour = 60 * minute;
const niceSpans = [1, 2, 4, 10, 20, 30, 40].flatMap((each) => [each * minute, each * hour]);

/** The same for seconds: from a minute on whole ones. */
export function niceTime(most: number): number {
  const found = niceSpans.toSorted((a, b) => a - b).find((each) => each >= most);
  return most <= minute || found === undefined ? niceTop(most) : found;
}

/** The largest value that is known; 0 where there is none. */
export function highest(series: readonly Series[]): number {
  return Math.max(0, ...series.flatMap(({ values }) => known(values)));
}

/** The last value that is known. */
export function latest({ values }: Series): number | undefined {
  return known(values).at(-1);
}

/** The mean of what is known. */
export function mean({ values }: Series): number | undefined {
  const all = known(values);
  return all.length === 0 ? undefined : all.reduce((sum, each) => sum + each, 0) / all.length;
}

/** Returns the time of a value in a series. */
export function momentOf({ from, step }: Series, index: number): Date {
  return new Date(from.getTime() + index * step);
}

/** A line through the values that are known; it has a hole where one is not. @param top value at the upper edge */
export function linePath(series: Series, from: Date, to: Date, top: number): string {
  const pieces: string[] = [];
  let drawn = false;
  series.values.forEach((value, index) => {
    if (value === null) {
      drawn = false;
      return;
    }
    const { x, y } = place(series, index, value, { from, to, top });
    // What stands alone is a dot, by the round end of a line without a length.
    const isAlone = !drawn && (series.values[index + 1] ?? null) === null;
    pieces.push(`${drawn ? "L" : "M"}${String(x)} ${String(y)}${isAlone ? "h0" : ""}`);
    drawn = true;
  });
  return pieces.join("");
}

/** The area under a line, a closed shape for each part of it that has no hole. */
export function areaPath(series: Series, from: Date, to: Date, top: number): string {
  const parts: string[] = [];
  let open: { x: number; y: number }[] = [];
  const close = () => {
    const [first, last] = [open[0], open.at(-1)];
    if (first !== undefined && last !== undefined && open.length > 1) {
      const line = open.map(({ x, y }) => `L${String(x)} ${String(y)}`).join("");
      const end = String(extent);
      parts.push(`M${String(first.x)} ${end}${line}L${String(last.x)} ${end}Z`);
    }
    open = [];
  };
  series.values.forEach((value, index) => {
    if (value === null) close();
    else open.push(place(series, index, value, { from, to, top }));
  });
  close();
  return parts.join("");
}

function place(
  series: Series,
  index: number,
  value: number,
  { from, to, top }: { readonly from: Date; readonly to: Date; readonly top: number },
) {
  const x = Math.round(extent * share(momentOf(series, index), from, to));
  const y = Math.round(extent * (1 - Math.min(1, Math.max(0, value / top))));
  return { x, y };
}

function known(values: Series["values"]): number[] {
  return values.filter((each): each is number => each !== null && Number.isFinite(each));
}
