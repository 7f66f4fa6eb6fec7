import { traitsOf } from "#workload/roles";
import type { ContainerFate } from "./containers.js";

/** An outage: its length and its reason. */
export interface Outage {
  readonly container: string;
  /** Whole outage as last measured; null where it was not measured yet. */
  readonly seconds: number | null;
  /** Its start alone, as last measured; null where it was not. */
  readonly startSeconds: number | null;
  /** Most that the present one may take to stop; null where there is no limit. */
  readonly stopLimitSeconds: number | null;
  readonly why: string;
  readonly affects: string;
}

/** Everything that can't be used for a while. */
export function outagesOf(containers: readonly ContainerFate[]): Outage[] {
  return containers.flatMap(({ name, workload, fate, measured, stopLimit }) => {
    const about = traitsOf(workload).outage;
    if (fate !== "restarts" || about === undefined) return [];
    return [
      {
        container: name,
        seconds: rounded(measured.restart),
        startSeconds: rounded(measured.start),
        stopLimitSeconds: stopLimit ?? null,
        ...about,
      },
    ];
  });
}

/** The seconds of all outages together; null where one was not measured yet. */
export function downtimeSeconds(outages: readonly Outage[]): number | null {
  return outages.reduce<number | null>(
    (sum, { seconds }) => (sum === null || seconds === null ? null : rounded(sum + seconds)),
    0,
  );
}

/** The sentences for one outage. */
export function outageText(outage: Outage): string {
  const { container, why, affects } = outage;
  return `${container}: ${lengthText(outage)}; ${why}. ${affects}`;
}

function lengthText({ seconds, startSeconds, stopLimitSeconds }: Outage): string {
  const most = stopLimitSeconds === null ? "" : ` (stopping alone may take ${stopLimitSeconds} s)`;
  if (seconds !== null) return `about ${seconds} s, as measured the last time${most}`;
  return startSeconds === null
    ? `not measured yet${most}`
    : `at least ${startSeconds} s, which its last start took; how long it takes to stop was not measured yet${most}`;
}

function rounded(seconds: number): number;
function rounded(seconds: number | undefined): number | null;
function rounded(seconds: number | undefined): number | null {
  return seconds === undefined ? null : Math.round(seconds * 10) / 10;
}
