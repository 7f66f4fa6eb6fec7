import type { ListedAlert } from "../alerts.js";
import type { ReleaseFacts } from "../facts.js";
import type { FoundSeries } from "../series.js";
import type { NowName, OverName } from "./queries.js";

/** A value as Prometheus answers with it. */
export interface FoundValue {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [seconds: number, text: string];
}

/** Figures of the present, as monitoring has written them down: `now.json`. */
export interface NowAnswers {
  readonly at: Date;
  readonly alerts: readonly ListedAlert[];
  readonly values: (name: Exclude<NowName, "alerts">) => readonly FoundValue[];
}

/** Figures of the time before: `over.json`. */
export interface OverAnswers {
  readonly at: Date;
  readonly series: (name: OverName) => readonly FoundSeries[];
}

interface Written<T> {
  /** Seconds. */
  readonly at: number;
  readonly figures: Readonly<Partial<Record<string, T>>>;
}

/** Reads `now.json`. */
export function nowAnswers(text: string): NowAnswers {
  const { at, figures } = JSON.parse(text) as Written<readonly FoundValue[]>;
  return {
    at: new Date(at * 1000),
    alerts: (figures["alerts"] ?? []) as unknown as readonly ListedAlert[],
    values: (name) => figures[name] ?? [],
  };
}

/** Reads `over.json`. */
export function overAnswers(text: string): OverAnswers {
  const { at, figures } = JSON.parse(text) as Written<readonly FoundSeries[]>;
  return { at: new Date(at * 1000), series: (name) => figures[name] ?? [] };
}

/** A release, as `releases.json` tells of it; its moments are texts there. */
export type WrittenRelease = Omit<ReleaseFacts, "begin" | "switched"> & {
  readonly begin: string;
  readonly switched: string | null;
};

/** Reads `releases.json`. */
export function releasesIn(text: string): ReleaseFacts[] {
  return (JSON.parse(text) as readonly WrittenRelease[]).map((each) => ({
    ...each,
    begin: new Date(each.begin),
    switched: each.switched === null ? undefined : new Date(each.switched),
  }));
}

/** A single value; undefined where there is none, or it is no number. */
export function numberIn(found: readonly FoundValue[]): number | undefined {
  const text = found.at(-1)?.value[1];
  const value = text === undefined ? NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** Values by a label. */
export function byLabel(found: readonly FoundValue[], label: string): ReadonlyMap<string, number> {
  const known = found.flatMap((each) => {
    const value = numberIn([each]);
    return value === undefined ? [] : [[each.metric[label] ?? "", value] as const];
  });
  return new Map(known);
}
