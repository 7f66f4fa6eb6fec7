import type { Series } from "./facts.js";
import { html, type Content, type Html } from "./html.js";
import { areaPath, extent, highest, linePath, niceTop, share } from "./scale.js";

/** A line of a plot. */
export interface PlotLine {
  readonly label: string;
  /** Its colour, by what it means (page.css). */
  readonly look: "first" | "second" | "bad";
  readonly series: Series;
  readonly filled?: boolean;
}

/** A moment that is marked in a plot. */
export interface PlotMark {
  readonly at: Date;
  readonly label: string;
  readonly isBad: boolean;
}

/** A single figure of a plot. */
export interface PlotDot {
  readonly at: Date;
  /** Undefined: a cross on the axis. */
  readonly value: number | undefined;
  readonly title: string;
}

/** A plot over time, from 0 upwards. */
export interface Plot {
  readonly id: string;
  readonly title: string;
  /** Its meaning in a sentence, for those who do not see it. */
  readonly summary: string;
  readonly from: Date;
  readonly to: Date;
  /** Moments with a label under the plot. */
  readonly ticks: readonly { readonly at: Date; readonly label: string }[];
  /** A value with its unit. */
  readonly valueText: (value: number) => string;
  /** The end of the axis, from the largest value; default: a number that is easy to read. */
  readonly axisEnd?: (most: number) => number;
  readonly lines?: readonly PlotLine[];
  readonly dots?: readonly PlotDot[];
  readonly marks?: readonly PlotMark[];
  /** The axis reaches this at least, and the limit is drawn. */
  readonly limit?: number | undefined;
}

// Pixels; the width is that of its place.
const top = 22;
const height = 132;
const bottom = 20;
const whole = top + height + bottom;
/** Share of the width that a label takes on a narrow screen. */
const labelWidth = 0.12;

/** A figure: its title with a legend, the plot, and behind it the figures as a table. @param table head and rows, as texts */
export function figure(plot: Plot, table: { head: readonly string[]; rows: Content[][] }): Html {
  const { id, title, lines = [] } = plot;
  const legend = lines.map(({ label, look }) => html`<li class="key ${look}">${label}</li>`);
  return html`<figure id="${id}">
    <figcaption>
      <h3>${title}</h3>
      ${
        legend.length < 2
          ? ""
          : html`<ul class="legend">
              ${legend}
            </ul>`
      }<output></output>
    </figcaption>
    ${drawing(plot)} ${dataTable(id, title, table)}
  </figure>`;
}

/** A table that is folded away; where it is long it is scrolled. */
export function dataTable(
  id: string,
  title: string,
  { head, rows }: { head: readonly string[]; rows: readonly Content[][] },
): Html {
  const body = rows.map(
    ([first, ...rest]) =>
      html`<tr>
        <th scope="row">${first}</th>
        ${rest.map((each) => html`<td>${each}</td>`)}
      </tr>`,
  );
  return html`<details id="${id}-figures">
    <summary>Figures<span class="hidden"> of ${title}</span></summary>
    <div class="scroll" role="region" tabindex="0" aria-label="Figures of ${title}">
      <table>
        <thead>
          <tr>
            ${head.map((each) => html`<th scope="col">${each}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${body}
        </tbody>
      </table>
    </div>
  </details>`;
}

function drawing(plot: Plot): Html {
  const { from, to, lines = [], dots = [], limit, axisEnd = niceTop } = plot;
  const values = dots.flatMap(({ value }) => value ?? []);
  const most = axisEnd(Math.max(highest(lines.map(({ series }) => series)), limit ?? 0, ...values));
  const y = (value: number) => top + height * (1 - value / most);
  const end = String(extent);
  return html`<svg
    class="plot"
    role="img"
    aria-label="${plot.summary}"
    data-from="${from.getTime()}"
    data-to="${to.getTime()}"
    width="100%"
    height="${whole}"
  >
    ${[most, most / 2].map((value) => html`<line class="grid" x1="0" x2="100%" y1="${y(value)}" y2="${y(value)}" />`)}
    <line class="axis" x1="0" x2="100%" y1="${y(0)}" y2="${y(0)}" />
    ${limit === undefined ? "" : html`<line class="limit" x1="0" x2="100%" y1="${y(limit)}" y2="${y(limit)}" />`}
    ${markLines(plot)}
    <svg
      x="0"
      y="${top}"
      width="100%"
      height="${height}"
      viewBox="0 0 ${end} ${end}"
      preserveAspectRatio="none"
      overflow="visible"
    >
      ${lines.map(({ series, look, filled }) => html`${filled === true ? html`<path class="area ${look}" d="${areaPath(series, from, to, most)}" />` : ""}<path class="line ${look}" d="${linePath(series, from, to, most)}" />`)}
    </svg>
    ${dots.map(({ at, value, title }) =>
      value === undefined
        ? html`<text class="cross" x="${percentOf(at, plot)}" y="${y(0) - 4}"
            ><title>${title}</title>×</text
          >`
        : html`<circle class="dot" cx="${percentOf(at, plot)}" cy="${Math.round(y(value))}" r="4"
            ><title>${title}</title></circle
          >`,
    )}
    ${[most, most / 2, 0].map((value) => html`<text class="value" x="-8" y="${y(value) + 4}" text-anchor="end">${value === 0 ? "0" : plot.valueText(value)}</text>`)}
    ${plot.ticks.map(({ at, label }) => html`<text class="tick" ${anchor(at, plot)} y="${whole - 4}">${label}</text>`)}
    <line class="cursor" y1="${top}" y2="${top + height}" />
  </svg>`;
}

/** A line for each; a label where it does not cover that of a later one. */
function markLines(plot: Plot): Html[] {
  const { marks = [], from, to } = plot;
  let next = Infinity;
  return marks
    .filter(({ at }) => at >= from && at <= to)
    .toSorted((a, b) => b.at.getTime() - a.at.getTime())
    .map((mark) => {
      const place = share(mark.at, from, to);
      const isFree = next - place >= labelWidth;
      if (isFree) next = place;
      const x = percentOf(mark.at, plot);
      const look = mark.isBad ? "mark bad" : "mark";
      const label = isFree
        ? html`<text class="${look}" ${anchor(mark.at, plot)} y="12">${mark.label}</text>`
        : "";
      return html`<line class="${look}" x1="${x}" x2="${x}" y1="${top - 6}" y2="${top + height}"
          ><title>${mark.label}</title></line
        >${label}`;
    });
}

function percentOf(at: Date, { from, to }: Pick<Plot, "from" | "to">): string {
  return `${String(Math.round(share(at, from, to) * 10_000) / 100)}%`;
}

/** Returns the anchor of a text: centred on its moment, at the edges within them. */
function anchor(at: Date, plot: Pick<Plot, "from" | "to">): Html {
  const place = share(at, plot.from, plot.to);
  const name = place < 0.06 ? "start" : place > 0.94 ? "end" : "middle";
  return html`x="${percentOf(at, plot)}" text-anchor="${name}"`;
}
