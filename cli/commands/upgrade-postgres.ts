import { dockerAt } from "#lib/docker";
import { Failure } from "../io/failure.js";
import type { Say } from "../io/progress.js";
import type { UpgradeOptions } from "../registrations/upgrade-postgres.js";
import { stackFlags } from "../stack/data.js";
import { settingsOf, targetOf } from "../project/target.js";
import { applyUpgrade } from "./upgrade-postgres/apply.js";
import { runUpgrade } from "./upgrade-postgres/container.js";
import type { UpgradeReport } from "../documents/upgrade.js";
import { reportText } from "./upgrade-postgres/report.js";
import { situationOf } from "./upgrade-postgres/situation.js";

/** `keelson upgrade-postgres`: brings the data to the major version that the settings name, or shows how that would go. */
export async function upgradePostgres(options: UpgradeOptions, say: Say): Promise<void> {
  const asked = [options.rehearse, options.apply, options.undo].filter((each) => each === true);
  if (asked.length !== 1) {
    throw new Failure("Say one of --rehearse (changes nothing), --apply and --undo.");
  }
  const report =
    options.rehearse === true ? await rehearse(options, say) : await applyUpgrade(options, say);
  for (const line of reportText(report)) say(line);
  if (options.json === true) say(JSON.stringify(report));
  if (!report.ok)
    throw new Failure("The rehearsal did not succeed; nothing of the stack was changed.");
}

async function rehearse(options: UpgradeOptions, say: Say): Promise<UpgradeReport> {
  const target = targetOf(options);
  const settings = settingsOf(target);
  const context = { target, settings, docker: dockerAt(settings.docker.host) };
  const situation = await situationOf(context, false);
  say(
    `Rehearsing on what the repository gives back: PostgreSQL ${situation.from} → ${situation.to}.`,
  );
  const report = await runUpgrade("rehearse", context, situation, say);
  if (report.ok) say(`To do it: keelson upgrade-postgres ${stackFlags(target)} --apply`);
  return report;
}
