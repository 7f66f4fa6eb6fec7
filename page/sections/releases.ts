import type { PageFacts, ReleaseFacts } from "../facts.js";
import { html, type Html } from "../html.js";
import { time } from "../text.js";

const shown = 10;

/** The last releases, the newest first. */
export function releaseSection({ releases }: PageFacts): Html {
  if (releases.length === 0) return html``;
  return html`<section aria-labelledby="releases">
    <h2 id="releases">Releases</h2>
    <ul class="rows">
      ${releases.slice(0, shown).map(row)}
    </ul>
  </section>`;
}

function row({ id, result, version, commit, who, begin, reason }: ReleaseFacts): Html {
  const isBad = result === "failed" || result === "rolled-back";
  const look = isBad ? "bad" : result === "live" ? "good" : "note";
  return html`<li>
    <div><strong>${id}</strong> <span class="note">${version} (${commit.slice(0, 10)})</span></div>
    <div>
      <span class="${look}">${result.replace("-", " ")}</span>
      ${reason === undefined ? "" : html`<span class="note">${reason}</span>`}
    </div>
    <div>${time(begin)} UTC <span class="note">by ${who}</span></div>
  </li>`;
}
