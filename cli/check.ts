import { buildProblems } from "../components/app-build-problems.js";
import { Failure } from "./failure.js";
import type { Say } from "./progress.js";
import type { StackOptions } from "./registrations/command.js";
import { checkTarget, targetOf } from "./target.js";

/** `keelson check`: every problem of a stack's settings and secrets, a line each; touches nothing. */
export function check(options: StackOptions, say: Say): void {
  const target = targetOf(options);
  const checked = checkTarget(target);
  const problems =
    "settings" in checked
      ? buildProblems(checked.settings, target.projectDirectory)
      : checked.problems;
  if (problems.length > 0) throw new Failure(problems.join("\n"));
  say("ok");
}
