import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { confirm } from "../io/confirm.js";
import type { Say } from "../io/progress.js";
import { renameDatabase, requireRenamable } from "./rename/database.js";
import { planOf, resumed, validate, type RenamePlan } from "./rename/plan.js";
import { writeSettings } from "./rename/settings.js";
import { doneText, planText } from "./rename/text.js";
import type { RenameOptions } from "../registrations/rename.js";
import { openSession, type Session } from "../stack/session.js";
import { stackFlags } from "../project/target.js";

/**
 * `keelson rename`: another name for a stack, its app or its database, with the data. What is on the Docker host keeps
 * its names, which the settings name from then on. Killed at any step it leaves the old names or the new ones, and run
 * again it finishes.
 */
export async function rename(given: RenameOptions, say: Say): Promise<void> {
  validate(given);
  const options = resumed(given);
  const session = await openSession(options, say);
  const plan = await planOf(session, options, say);
  const lines = planText(plan);
  if (lines.length === 0) {
    say(`Nothing is to be renamed: the settings of ${stackFlags(given)} lead to the stack's data.`);
    return;
  }
  if (plan.database !== undefined) await requireRenamable(session, plan.database);
  for (const line of lines) say(line);
  await confirm("This gives them those names.", given.stack, options);
  if (plan.to !== plan.from) await moveStack(session, plan);
  else writeSettings(session.target.configFile, plan.edited.after);
  if (plan.database !== undefined) await renameDatabase(session, plan, options, say);
  for (const line of doneText(plan, given)) say(line);
}

/** The state, the settings and the file that they are in, in an order in which a kill leaves the old or the new. */
async function moveStack({ runner, target }: Session, plan: RenamePlan): Promise<void> {
  const { projectDirectory, configFile, home } = target;
  const [old, now] = [plan.from, plan.to].map((each) =>
    join(projectDirectory, `Pulumi.${each}.yaml`),
  ) as [string, string];
  await runner.rename(plan.to, () => {
    // Pulumi's CLI renames the file itself where the stack is one of the user's backend.
    if (!existsSync(configFile)) {
      writeSettings(now, plan.edited.after);
      return;
    }
    writeSettings(configFile, plan.edited.after);
    if (configFile === old) renameSync(old, now);
  });
  rmSync(join(home.directory, "config", plan.from), { recursive: true, force: true });
}
