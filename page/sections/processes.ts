import { age, size } from "#lib/amounts";
import { bar } from "../bar.js";
import type { PageFacts, ProcessState } from "../facts.js";
import { html, type Content, type Html } from "../html.js";
import { extent, highest, linePath, momentOf, niceTop } from "../scale.js";
import { counted } from "../text.js";

/** Each process: how it does, and its memory of its limit now and over a day. */
export function processSection({ processes, at }: PageFacts): Html {
  return html`<section aria-labelledby="processes">
    <h2 id="processes">Processes</h2>
    <table class="wide">
      <thead>
        <tr>
          <th scope="col">Process</th>
          <th scope="col">Memory</th>
          <th scope="col" class="day">Over a day</th>
          <th scope="col" class="number">CPU</th>
        </tr>
      </thead>
      <tbody>
        ${processes.map((each) => row(each, at))}
      </tbody>
    </table>
  </section>`;
}

function row(process: ProcessState, at: Date): Html {
  const { name, state, isWell, since, restarts, cpuPercent } = process;
  const parts = [
    ...(since === undefined ? [] : [age(since, at)]),
    ...(restarts === 0 ? [] : [counted(restarts, "restart")]),
  ];
  return html`<tr>
    <th scope="row">
      ${name}<span class="note"
        ><span class="${isWell ? "good" : "bad"}">${isWell ? "●" : "✕"} ${state}</span
        >${parts.map((each) => ` · ${each}`)}</span
      >
    </th>
    <td>${memory(process)}</td>
    <td class="day">${sparkline(process)}</td>
    <td class="number">${cpuPercent === undefined ? "–" : `${cpuPercent.toFixed(1)} %`}</td>
  </tr>`;
}

function memory({ memory: known }: ProcessState): Content {
  if (known === undefined) return "–";
  const { used, limit } = known;
  return bar(used / limit, `${size(used)} of ${size(limit)}`);
}

function sparkline({ name, memoryOverDay: series, memory: known }: ProcessState): Content {
  const most = series === undefined ? 0 : highest([series]);
  if (series === undefined || most === 0) return "–";
  const to = momentOf(series, series.values.length - 1);
  const top = known === undefined ? niceTop(most) : Math.max(known.limit, most);
  const end = String(extent);
  return html`<svg
      class="spark"
      role="img"
      aria-label="Memory of ${name} over a day: at most ${size(most)}"
      width="100%"
      height="28"
      viewBox="0 0 ${end} ${end}"
      preserveAspectRatio="none"
    >
      <path class="line first" d="${linePath(series, series.from, to, top)}" /></svg
    ><span class="note">at most ${size(most)}</span>`;
}
