import { size } from "#lib/amounts";
import { bar } from "../bar.js";
import type { PageFacts } from "../facts.js";
import { html, type Html } from "../html.js";
import { counted, time } from "../text.js";

const dayMs = 86_400_000;
/** Days of a certificate that fill the bar, and below which it is late, and very late. */
const certificateDays = { whole: 90, warn: 14, bad: 3 };

/** Returns the section about what runs out: the certificate, and the disks. */
export function barSection({ certificate, disks, at }: PageFacts): Html {
  const items = [
    ...(certificate === undefined ? [] : [certificateItem(certificate, at)]),
    ...disks.map(diskItem),
  ];
  if (items.length === 0) return html``;
  return html`<section aria-labelledby="bars">
    <h2 id="bars">Certificate and disks</h2>
    <dl class="bars">${items}</dl>
  </section>`;
}

function certificateItem(
  { name, validUntil }: NonNullable<PageFacts["certificate"]>,
  at: Date,
): Html {
  const days = Math.floor((validUntil.getTime() - at.getTime()) / dayMs);
  const { whole, warn, bad } = certificateDays;
  const look = days < bad ? "bad" : days < warn ? "warn" : "good";
  const width = Math.round(Math.min(1, Math.max(0, days / whole)) * 1000) / 10;
  const text = days < 0 ? "expired" : `${counted(days, "day")} left`;
  return html`<div>
    <dt>Certificate of ${name}</dt>
    <dd>
      <span class="bar"
        ><svg aria-hidden="true" width="100%" height="8">
          <rect class="track" width="100%" height="8" rx="4" />
          <rect class="${look}" width="${width}%" height="8" rx="4" />
        </svg>
        <span class="note"
          ><span class="${look}">${text}</span>, until ${time(validUntil)} UTC</span
        ></span
      >
    </dd>
  </div>`;
}

function diskItem({ name, size: whole, free }: PageFacts["disks"][number]): Html {
  const value =
    whole === undefined
      ? `${size(free)} free`
      : bar(1 - free / whole, `${size(free)} of ${size(whole)} free`, "full");
  return html`<div>
    <dt>Disk ${name}</dt>
    <dd>${value}</dd>
  </div>`;
}
