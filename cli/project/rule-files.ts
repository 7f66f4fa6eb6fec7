import { spawnSync } from "node:child_process";
import { ruleFileProblems } from "#components/monitoring/problems";
import type { MonitoringSettings } from "#components/monitoring/settings";
import { problem } from "#lib/settings";

/**
 * Returns the problems of the files of `monitoring.rules`, a line each: by their structure, and where that is right and this
 * machine has promtool by their expressions.
 *
 * @param environment in whose PATH promtool is looked for
 */
export function checkedRuleFiles(
  settings: Pick<MonitoringSettings, "rules">,
  projectDirectory: string,
  environment: NodeJS.ProcessEnv = process.env,
): string[] {
  const problems = ruleFileProblems(settings, projectDirectory);
  if (problems.length > 0) return problems;
  return settings.rules.flatMap((file, index) => {
    const { error, status, stdout, stderr } = spawnSync("promtool", ["check", "rules", file], {
      cwd: projectDirectory,
      env: environment,
      encoding: "utf8",
    });
    // Without promtool, `keelson up` checks the expressions in the monitoring container before it is replaced.
    if (error !== undefined || status === 0) return [];
    const said = `${stdout}\n${stderr}`.split("\n").map((line) => line.trim());
    const reasons = said.filter((line) => !/^$|^Checking |FAILED:$/.test(line));
    const what = reasons[0] ?? `promtool ended with ${String(status)}`;
    return [problem(`monitoring.rules[${String(index)}]`, what, "correct the file")];
  });
}
