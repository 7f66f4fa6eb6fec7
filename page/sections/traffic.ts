import { dayAxis } from "../day.js";
import type { PageFacts, Series, TrafficFacts } from "../facts.js";
import { html, type Content, type Html } from "../html.js";
import { figure } from "../plot.js";
import { highest, mean, momentOf, niceTime } from "../scale.js";
import { amount, span, stamp } from "../text.js";

/** Requests, errors and latency over a day, with the releases of that day. */
export function trafficSection(facts: PageFacts): Html {
  const { traffic } = facts;
  if (traffic === undefined) {
    return html`<section aria-labelledby="traffic">
      <h2 id="traffic">Requests</h2>
      <p class="note">
        Requests over time are known where <code>monitoring.enabled</code> is true.
      </p>
    </section>`;
  }
  const axis = dayAxis(facts);
  const releases = axis.marks.filter(({ at }) => at >= axis.from).map(({ label }) => label);
  const marked = releases.length === 0 ? "" : ` Releases: ${releases.toReversed().join(", ")}.`;
  const { requests, errors, p50, p99 } = traffic;
  const each = (value: number) => `${amount(value)}/s`;
  return html`<section class="pair" aria-labelledby="traffic">
    <h2 id="traffic">Requests over a day</h2>
    ${figure(
      {
        ...axis,
        id: "requests",
        title: "Requests",
        summary: `Requests a second over a day: ${each(mean(requests) ?? 0)} on average, at most ${each(highest([requests]))}; answered with 5xx at most ${each(highest([errors]))}.${marked}`,
        valueText: each,
        lines: [
          { label: "all", look: "first", series: requests, filled: true },
          { label: "answered with 5xx", look: "bad", series: errors, filled: true },
        ],
      },
      tableOf(traffic, ["requests", "errors"], ["All", "5xx"], each),
    )}
    ${figure(
      {
        ...axis,
        id: "latency",
        title: "Time until the answer begins",
        summary: `Time until an answer begins, over a day: half of them within ${span(mean(p50) ?? 0)} on average; 99 of 100 within ${span(highest([p99]))} at worst.${marked}`,
        valueText: span,
        axisEnd: niceTime,
        lines: [
          { label: "p99", look: "second", series: p99 },
          { label: "p50", look: "first", series: p50 },
        ],
      },
      tableOf(traffic, ["p99", "p50"], ["p99", "p50"], span),
    )}
  </section>`;
}

function tableOf(
  traffic: TrafficFacts,
  columns: readonly (keyof TrafficFacts)[],
  names: readonly string[],
  text: (value: number) => string,
): { head: string[]; rows: Content[][] } {
  return seriesTable(
    columns.map((each) => traffic[each]),
    names,
    text,
  );
}

/** Series of the same moments as a table, the oldest first. */
export function seriesTable(
  all: readonly Series[],
  names: readonly string[],
  text: (value: number) => string,
): { head: string[]; rows: Content[][] } {
  const [first] = all;
  const rows = (first?.values ?? []).map((_, index): Content[] => [
    first === undefined ? "" : stamp(momentOf(first, index)),
    ...all.map(({ values }) => {
      const value = values[index] ?? null;
      return value === null ? "–" : text(value);
    }),
  ]);
  return { head: ["Time", ...names], rows };
}
