import { size } from "#lib/amounts";
import { dayAxis } from "../day.js";
import type { DatabaseState, PageFacts } from "../facts.js";
import { html, type Html } from "../html.js";
import { figure } from "../plot.js";
import { highest } from "../scale.js";
import { amount, span } from "../text.js";
import { seriesTable } from "./traffic.js";

/** The database: its size and connections over a day, and what lasts long. */
export function databaseSection(facts: PageFacts): Html {
  const { database } = facts;
  if (database === undefined) return html``;
  const { longestQuery, oldestTransaction } = database;
  const lasting = (seconds: number | null) => (seconds === null ? "none" : span(seconds));
  const query = longestQuery === undefined ? "" : `, longest query ${lasting(longestQuery)}`;
  return html`<section class="pair" aria-labelledby="database">
    <h2 id="database">Database</h2>
    <p>
      ${size(database.size)}${growth(database)}, ${database.connections} of
      ${database.connectionLimit} connections${query}, oldest transaction
      ${lasting(oldestTransaction)}.
    </p>
    ${sizeFigure(facts, database)} ${connectionsFigure(facts, database)}
  </section>`;
}

function growth({ sizeOverDay: series }: DatabaseState): string {
  const known = series?.values.filter((each) => each !== null) ?? [];
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined || first === last) return "";
  return ` (${last > first ? "+" : "−"}${size(Math.abs(last - first))} in a day)`;
}

function sizeFigure(facts: PageFacts, { sizeOverDay: series }: DatabaseState): Html {
  if (series === undefined) return html``;
  return figure(
    {
      ...dayAxis(facts),
      id: "database-size",
      title: "Size",
      summary: `Size of the database over a day: at most ${size(highest([series]))}.`,
      valueText: size,
      lines: [{ label: "size", look: "first", series, filled: true }],
    },
    seriesTable([series], ["Size"], size),
  );
}

function connectionsFigure(
  facts: PageFacts,
  { connectionsOverDay: series, connectionLimit: limit }: DatabaseState,
): Html {
  if (series === undefined) return html``;
  return figure(
    {
      ...dayAxis(facts),
      id: "connections",
      title: `Connections, of ${String(limit)}`,
      summary: `Connections over a day: at most ${amount(highest([series]))} of ${String(limit)}.`,
      valueText: amount,
      limit,
      lines: [{ label: "connections", look: "first", series, filled: true }],
    },
    seriesTable([series], ["Connections"], amount),
  );
}
