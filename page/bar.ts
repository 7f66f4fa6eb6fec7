import { html, type Html } from "./html.js";
import { percent } from "./text.js";

/** Shares from which on one is a warning, and bad. */
const limits = { warn: 0.8, bad: 0.9 };

/** A share as a bar with its figures as text. @param word what the share is: `full` */
export function bar(share: number, text: string, word = ""): Html {
  const look = share >= limits.bad ? "bad" : share >= limits.warn ? "warn" : "good";
  const width = Math.round(Math.min(1, Math.max(0, share)) * 1000) / 10;
  return html`<span class="bar"
    ><svg aria-hidden="true" width="100%" height="8">
      <rect class="track" width="100%" height="8" rx="4" />
      <rect class="${look}" width="${width}%" height="8" rx="4" />
    </svg>
    <span class="note"
      >${text}
      <span class="${look}"
        >(${percent(share)}${word === "" ? "" : ` ${word}`}${look === "good" ? "" : ", high"})</span
      ></span
    ></span
  >`;
}
