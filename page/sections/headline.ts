import type { AlertFacts, PageFacts, SiteState } from "../facts.js";
import { html, type Html } from "../html.js";
import { counted, span, time } from "../text.js";

/** State of a stack in a word: its colour and sign. */
export type Level = "good" | "warn" | "bad";

/** The sentence at the top. */
export interface Headline {
  readonly level: Level;
  readonly text: string;
}

/** Returns the headline: the state of a stack, by all that is known of it. */
export function headlineOf({ name, site, alerts = [], problems }: PageFacts): Headline {
  const state = siteHeadline(name, site);
  if (state.level !== "good") return state;
  const wrong = alerts.filter(({ isMuted }) => !isMuted);
  const parts = [
    ...(wrong.length === 0 ? [] : [counted(wrong.length, "alert")]),
    ...(problems.length === 0 ? [] : [counted(problems.length, "problem")]),
  ];
  if (parts.length === 0) return state;
  const isBad = wrong.some(({ severity }) => severity === "critical");
  return { level: isBad ? "bad" : "warn", text: `${state.text}, with ${parts.join(" and ")}` };
}

/** The same by the site alone. */
export function siteHeadline(name: string, { state }: Pick<SiteState, "state">): Headline {
  if (state === "up") return { level: "good", text: `${name} is up` };
  if (state === "down") return { level: "bad", text: `${name} is down` };
  if (state === "unknown") return { level: "warn", text: `Whether ${name} is up is not known` };
  return { level: "warn", text: `${name} is in maintenance mode` };
}

const signs: Readonly<Record<Level, string>> = { good: "✓", warn: "!", bad: "✕" };

/** The head of the page. @param more further lines */
export function header({ level, text }: Headline, at: Date, more: Html): Html {
  return html`<header class="${level}">
    <p class="sign" aria-hidden="true">${signs[level]}</p>
    <div>
      <h1 id="headline">${text}</h1>
      <p>
        ${more}<span id="as-of">As of ${time(at)} UTC<span id="age"></span>.</span>
      </p>
    </div>
  </header>`;
}

/** Returns the line about the site's answers. */
export function siteLine({ site }: Pick<PageFacts, "site">): Html {
  const { url, answer, milliseconds } = site;
  const took = milliseconds === undefined ? "" : ` in ${span(milliseconds / 1000)}`;
  return html`<span class="url">${url}</span>: ${answer}${took}. `;
}

/** Returns the section about problems, alerts first; nothing where there are none. */
export function wrongSection({ alerts = [], problems }: PageFacts): Html {
  if (alerts.length === 0 && problems.length === 0) return html``;
  return html`<section class="wrong" aria-labelledby="wrong">
    <h2 id="wrong">What is wrong</h2>
    <ul>
      ${alerts.toSorted(byWeight).map(alertItem)}${problems.map((text) => html`<li class="warn">${text}</li>`)}
    </ul>
  </section>`;
}

function alertItem({ name, severity, since, summary, action, isMuted }: AlertFacts): Html {
  const look = isMuted ? "muted" : severity === "critical" ? "bad" : "warn";
  const what = isMuted ? `${severity}, silenced` : severity;
  return html`<li class="${look}">
    <strong>${summary === "" ? name : summary}</strong>
    <span class="note">${name}, ${what}, since ${time(since)} UTC</span
    >${action === undefined ? "" : html`<br />${action}`}
  </li>`;
}

/** Sorts alerts: those that were delivered first, then critical ones, then the oldest. */
function byWeight(a: AlertFacts, b: AlertFacts): number {
  const weight = ({ isMuted, severity }: AlertFacts) =>
    (isMuted ? 2 : 0) + (severity === "critical" ? 0 : 1);
  return weight(a) - weight(b) || a.since.getTime() - b.since.getTime();
}
