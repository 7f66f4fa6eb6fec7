import type { JobFacts, PageFacts } from "../facts.js";
import { html, type Content, type Html } from "../html.js";
import { dataTable } from "../plot.js";
import { counted, moment, span, stamp, time } from "../text.js";

/** Runs that a row shows. */
const shown = 30;
// Units of a row's drawing: a cell, and the space to the next.
const cell = 8;
const step = 10;

/** Jobs, a row of runs each: the newest at the right. */
export function jobSection({ jobs }: PageFacts): Html {
  if (jobs === undefined || jobs.length === 0) return html``;
  return html`<section aria-labelledby="jobs">
    <h2 id="jobs">Jobs</h2>
    <ul class="rows">
      ${jobs.map(row)}
    </ul>
    ${dataTable("jobs", "jobs", { head: ["Job", "Time", "Result", "Took"], rows: jobs.flatMap(runRows) })}
  </section>`;
}

function row(job: JobFacts): Html {
  const { name, schedule, runs, next } = job;
  const last = runs.at(-1);
  return html`<li>
    <div>
      <strong>${name}</strong
      ><span class="note">${schedule}${next === undefined ? "" : html`, next ${time(next)}`}</span>
    </div>
    <div>${runs.length === 0 ? html`<span class="note">no run yet</span>` : cells(job)}</div>
    <div>${last === undefined ? "" : lastText(last)}</div>
  </li>`;
}

function lastText({ at, result, seconds }: JobFacts["runs"][number]): Html {
  const { text, sign } = looks[result];
  const took = seconds === undefined ? "" : `, ${span(seconds)}`;
  return html`<span class="${text}">${sign} ${result}</span>
    <span class="note">${time(at)}${took}</span>`;
}

const looks = {
  succeeded: { text: "good", sign: "✓" },
  failed: { text: "bad", sign: "✕" },
  running: { text: "note", sign: "…" },
} as const;

/** A failure differs by its height as well as by its colour. */
function cells({ name, runs }: JobFacts): Html {
  const last = runs.slice(-shown);
  const failed = last.filter(({ result }) => result === "failed").length;
  const start = (shown - last.length) * step;
  const drawn = last.map(({ at, result, seconds }, index) => {
    const took = seconds === undefined ? "" : ` in ${span(seconds)}`;
    const height = result === "failed" ? 24 : 12;
    return html`<rect
      class="run ${result}"
      x="${start + index * step}"
      y="${24 - height}"
      width="${cell}"
      height="${height}"
      ><title>${moment(at)}: ${result}${took}</title></rect
    >`;
  });
  return html`<svg
    class="runs"
    role="img"
    aria-label="${counted(last.length, "run")} of ${name}, ${failed} of them failed"
    width="100%"
    height="24"
    viewBox="0 0 ${shown * step} 24"
    preserveAspectRatio="none"
  >
    ${drawn}
  </svg>`;
}

function runRows({ name, runs }: JobFacts): Content[][] {
  return runs
    .slice(-shown)
    .toReversed()
    .map(({ at, result, seconds }): Content[] => [
      name,
      stamp(at),
      result,
      seconds === undefined ? "–" : span(seconds),
    ]);
}
