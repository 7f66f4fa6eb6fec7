import { size } from "#lib/amounts";
import { monthAxis } from "../day.js";
import type { BackupState, PageFacts, ProofFacts } from "../facts.js";
import { html, type Content, type Html } from "../html.js";
import { figure } from "../plot.js";
import { niceTime } from "../scale.js";
import { counted, span, stamp, time } from "../text.js";

/** Returns the section about backups: what can be restored, and the drills of thirty days. */
export function backupSection({ backups, at }: PageFacts): Html {
  if (backups === undefined) return html``;
  const { proofs } = backups;
  return html`<section class="pair" aria-labelledby="backups">
    <h2 id="backups">Backups</h2>
    <p>${restorable(backups)} ${newest(backups)}</p>
    ${
      proofs.length === 0
        ? html`<p>No drill has run in the last 30 days.</p>`
        : [dots(proofs, at, "rpo"), dots(proofs, at, "rto")]
    }
  </section>`;
}

function restorable({ restorableFrom, dumpsAlone = false, newest: backup }: BackupState): Html {
  if (dumpsAlone && backup !== undefined) return html`Dumps can be restored, and no other moment.`;
  if (restorableFrom === null) return html``;
  return restorableFrom === undefined
    ? html`<strong class="warn">No moment can be restored yet.</strong>`
    : html`Any moment since ${time(restorableFrom)} UTC can be restored.`;
}

function newest({ newest: backup }: BackupState): Content {
  if (backup === undefined) return undefined;
  return html`The newest backup ended ${time(backup.at)} UTC (${size(backup.bytes)}).`;
}

const figures = {
  rpo: { title: "RPO: writes that a restore would have lost", short: "RPO" },
  rto: { title: "RTO: time that a restore took", short: "RTO" },
} as const;

function dots(all: readonly ProofFacts[], at: Date, which: keyof typeof figures): Html {
  const { title, short } = figures[which];
  const axis = monthAxis(at);
  const proofs = all.filter((each) => each.at >= axis.from);
  // A drill may have no figure of its own: that of a dump loses what was written since.
  const shown = proofs.filter((each) => !each.proven || each[which] !== undefined);
  const failed = proofs.filter(({ proven }) => !proven).length;
  const worst = Math.max(0, ...shown.map((each) => each[which] ?? 0));
  return figure(
    {
      ...axis,
      id: which,
      title,
      summary: `${short} of ${counted(proofs.length, "drill")} over 30 days: at worst ${span(worst)}; ${counted(failed, "drill")} proved nothing.`,
      valueText: span,
      axisEnd: niceTime,
      dots: shown.map((each) => ({
        at: each.at,
        value: each.proven ? each[which] : undefined,
        title: `${each.at.toISOString().slice(0, 16)}: ${resultOf(each)}`,
      })),
    },
    {
      head: ["Time", short, "Drill", "Result"],
      rows: proofs.map((each): Content[] => {
        const value = each[which];
        return [stamp(each.at), value === undefined ? "–" : span(value), each.kind, resultOf(each)];
      }),
    },
  );
}

function resultOf({ proven, error }: ProofFacts): string {
  return proven ? "proven" : `not proven${error === undefined ? "" : `: ${error}`}`;
}
