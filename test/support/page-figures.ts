// What monitoring writes down for the status page, as its script does.
import type { NowName, OverName } from "#page/stack/queries";

/** The time of these figures. */
export const figuresAt = new Date("2026-03-02T12:00:10Z");
const seconds = figuresAt.getTime() / 1000;

type Values = readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[];

/** `now.json` of a stack that is well, but for some figures. */
export function nowText(more: Partial<Record<NowName, Values | object[]>> = {}): string {
  const of = (values: Values) =>
    values.map(([metric, value]) => ({ metric, value: [seconds, String(value)] }));
  const app = { container: "shop-prod-app-0a1b2c3", workload: "app" };
  const postgres = { container: "shop-prod-postgres-1234567", workload: "postgres" };
  const figures: Partial<Record<NowName, Values>> = {
    probed: [[{}, seconds - 5]],
    up: [[{}, 1]],
    status: [[{}, 200]],
    seconds: [[{}, 0.012]],
    certificate: [[{}, seconds + 30 * 86_400]],
    memory: [
      [app, 100e6],
      [postgres, 200e6],
    ],
    memoryLimit: [
      [app, 512e6],
      [postgres, 1024e6],
    ],
    cpuPercent: [[app, 12.5]],
    started: [
      [app, seconds - 3600],
      [postgres, seconds - 86_400],
    ],
    restarts: [
      [app, 2],
      [postgres, 0],
    ],
    databaseSize: [[{}, 40e6]],
    connections: [[{}, 12]],
    connectionLimit: [[{}, 100]],
  };
  const { alerts = [], ...rest } = more;
  const written: Record<string, unknown> = { alerts };
  for (const [name, values] of Object.entries({ ...figures, ...rest })) {
    written[name] = of(values as Values);
  }
  return JSON.stringify({ at: seconds, figures: written });
}

/** `over.json` with some series: values by their time. */
export function overText(
  series: Partial<
    Record<OverName, readonly (readonly [Readonly<Record<string, string>>, [number, number][]])[]>
  > = {},
): string {
  const figures: Record<string, unknown> = {};
  for (const [name, found] of Object.entries(series)) {
    figures[name] = found.map(([metric, values]) => ({
      metric,
      values: values.map(([at, value]) => [at, String(value)]),
    }));
  }
  return JSON.stringify({ at: seconds, figures });
}

/** `releases.json` of a stack. */
export const releasesText = JSON.stringify([
  {
    id: "v12",
    result: "live",
    version: "2.4.0",
    commit: "0123456789abcdef",
    who: "eve",
    begin: "2026-03-02T08:00:00Z",
    switched: "2026-03-02T08:01:00Z",
  },
  {
    id: "v11",
    result: "rolled-back",
    version: "2.3.9",
    commit: "fedcba9876543210",
    who: "adam",
    begin: "2026-03-01T08:00:00Z",
    switched: null,
    reason: "too many 5xx",
  },
]);
