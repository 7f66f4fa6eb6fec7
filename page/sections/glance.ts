import { age, size } from "#lib/amounts";
import type { PageFacts } from "../facts.js";
import { html, type Content, type Html } from "../html.js";
import { latest, mean } from "../scale.js";
import { amount, percent, span } from "../text.js";

/** Figures that a person wants first, a tile each. */
export function glanceSection(facts: PageFacts): Html {
  const tiles = [liveTile(facts), ...trafficTiles(facts), databaseTile(facts), proofTile(facts)];
  return html`<section aria-labelledby="glance">
    <h2 id="glance" class="hidden">At a glance</h2>
    <dl class="tiles">${tiles}</dl>
  </section>`;
}

function tile(name: string, value: Content, note: Content): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd class="figure">${value}</dd>
    <dd class="note">${note}</dd>
  </div>`;
}

function liveTile({ releases, at }: PageFacts): Html {
  const live = releases.find(({ result }) => result === "live");
  if (live === undefined) return tile("Live", "nothing yet", "");
  const { id, version, commit, who, switched, begin } = live;
  const since = age(switched ?? begin, at);
  return tile("Live", id, `${version} (${commit.slice(0, 10)}), for ${since}, by ${who}`);
}

function trafficTiles({ traffic }: PageFacts): Html[] {
  if (traffic === undefined) return [];
  const { requests, errors, p99 } = traffic;
  const [now, usual] = [latest(requests), mean(requests)];
  const failing = mean(errors);
  const slowest = latest(p99);
  return [
    tile(
      "Requests",
      now === undefined ? "–" : `${amount(now)}/s`,
      usual === undefined ? "" : `${amount(usual)}/s over a day`,
    ),
    tile(
      "Answered with 5xx",
      usual === undefined || usual === 0 || failing === undefined ? "–" : percent(failing / usual),
      "of a day's requests",
    ),
    tile("Slowest of 100", slowest === undefined ? "–" : span(slowest), "until its answer begins"),
  ];
}

function databaseTile({ database }: PageFacts): Content {
  if (database === undefined) return undefined;
  const { size: bytes, connections, connectionLimit } = database;
  const used = `${String(connections)} of ${String(connectionLimit)} connections`;
  return tile("Database", size(bytes), used);
}

function proofTile({ backups, at }: PageFacts): Content {
  if (backups === undefined) return undefined;
  const proof = backups.proofs.findLast(({ proven }) => proven);
  if (proof === undefined) return tile("Backup proven", "not yet", "no drill has restored one");
  const figures = [
    ...(proof.rpo === undefined ? [] : [`RPO ${span(proof.rpo)}`]),
    ...(proof.rto === undefined ? [] : [`RTO ${span(proof.rto)}`]),
  ];
  return tile("Backup proven", `${age(proof.at, at)} ago`, figures.join(", "));
}
