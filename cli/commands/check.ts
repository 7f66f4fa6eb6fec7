import { settingsNotes } from "#config/notes";
import { buildProblems } from "#components/app/build-problems";
import { Failure } from "../io/failure.js";
import type { Say } from "../io/progress.js";
import { checkTarget, targetOf } from "../project/target.js";
import { checkedRuleFiles } from "../project/rule-files.js";
import type { CheckOptions } from "../registrations/check.js";
import { committedNotes } from "./check/committed.js";
import { requiredProblems } from "./check/required.js";

/** `keelson check`: every problem of a stack's settings and secrets, a line each; touches nothing. */
export function check(options: CheckOptions, say: Say): void {
  const target = targetOf(options);
  const checked = checkTarget(target);
  const required = (options.require ?? "").split(",").filter((name) => name.trim() !== "");
  const problems =
    "settings" in checked
      ? [
          ...requiredProblems(required, checked.settings, target.projectDirectory),
          ...buildProblems(checked.settings, target.projectDirectory),
          ...checkedRuleFiles(checked.settings.monitoring, target.projectDirectory),
        ]
      : checked.problems;
  if (problems.length > 0) throw new Failure(problems.join("\n"));
  if ("settings" in checked) {
    const { projectDirectory } = target;
    const notes = [...settingsNotes(checked.settings), ...committedNotes(projectDirectory)];
    for (const line of notes) say(line);
  }
  say("ok");
}
