import { settingsNotes } from "#config/notes";
import { buildProblems } from "#components/app/build-problems";
import { Failure } from "../io/failure.js";
import type { Say } from "../io/progress.js";
import { checkTarget, targetOf } from "../project/target.js";
import { checkedRuleFiles } from "../project/rule-files.js";
import type { StackOptions } from "../registrations/command.js";

/** `keelson check`: every problem of a stack's settings and secrets, a line each; touches nothing. */
export function check(options: StackOptions, say: Say): void {
  const target = targetOf(options);
  const checked = checkTarget(target);
  const problems =
    "settings" in checked
      ? [
          ...buildProblems(checked.settings, target.projectDirectory),
          ...checkedRuleFiles(checked.settings.monitoring, target.projectDirectory),
        ]
      : checked.problems;
  if (problems.length > 0) throw new Failure(problems.join("\n"));
  if ("settings" in checked) for (const line of settingsNotes(checked.settings)) say(line);
  say("ok");
}
