import { age } from "#lib/amounts";
import type { Incident, IncidentHistory } from "../facts.js";
import { html, type Content, type Html } from "../html.js";
import { extent } from "../scale.js";
import { counted, day, percent, time } from "../text.js";

const dayMs = 86_400_000;

/** Outages over days, a cell a day, and each of them in a list. */
export function outageSection(history: IncidentHistory | undefined, at: Date): Html {
  if (history === undefined) return html``;
  const { from, incidents } = history;
  const down = incidents.reduce((sum, each) => sum + downtime(each, from, at), 0);
  const share = 1 - down / Math.max(1, at.getTime() - from.getTime());
  const since = counted(Math.round((at.getTime() - from.getTime()) / dayMs), "day");
  return html`<section aria-labelledby="outages">
    <h2 id="outages">Availability</h2>
    <p>Up for ${availability(share)} of the last ${since}.</p>
    ${cells(history, at)} ${list(incidents, at)}
  </section>`;
}

/** Never rounded up to all of it. */
export function availability(share: number): string {
  return share >= 1 ? "100 %" : `${(Math.floor(share * 100_000) / 1000).toString()} %`;
}

function list(incidents: readonly Incident[], at: Date): Content {
  if (incidents.length === 0) return html`<p>No incident.</p>`;
  const items = incidents
    .toReversed()
    .map(({ from, to }) =>
      to === undefined
        ? html`<li class="bad">
            The site does not answer since ${time(from)} UTC (${age(from, at)}).
          </li>`
        : html`<li>
            The site did not answer from ${time(from)} to ${time(to)} UTC (${age(from, to)}).
          </li>`,
    );
  return html`<ul class="incidents">
    ${items}
  </ul>`;
}

function cells({ from, incidents }: IncidentHistory, at: Date): Html {
  const first = Math.floor(from.getTime() / dayMs);
  const count = Math.floor(at.getTime() / dayMs) - first + 1;
  const width = extent / count;
  const drawn = Array.from({ length: count }, (_, index) => {
    const begin = new Date((first + index) * dayMs);
    const end = new Date(begin.getTime() + dayMs);
    const down = incidents.reduce((sum, each) => sum + overlap(each, begin, end, at), 0);
    const text = down === 0 ? "up" : `down for ${percent(down / dayMs)} of the day`;
    const height = down === 0 ? 16 : 28;
    return html`<rect
      class="run ${down === 0 ? "succeeded" : "failed"}"
      x="${Math.round(index * width)}"
      y="${28 - height}"
      width="${Math.round(width * 0.8)}"
      height="${height}"
      ><title>${day(begin)}: ${text}</title></rect
    >`;
  });
  return html`<svg
    class="runs"
    role="img"
    aria-label="${counted(incidents.length, "incident")} since ${day(from)}"
    width="100%"
    height="28"
    viewBox="0 0 ${extent} 28"
    preserveAspectRatio="none"
  >
    ${drawn}
  </svg>`;
}

function downtime(each: Incident, from: Date, at: Date): number {
  return overlap(each, from, at, at);
}

function overlap({ from, to }: Incident, begin: Date, end: Date, at: Date): number {
  const last = Math.min((to ?? at).getTime(), end.getTime());
  return Math.max(0, last - Math.max(from.getTime(), begin.getTime()));
}
