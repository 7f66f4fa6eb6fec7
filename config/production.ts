import { problem } from "#lib/settings";
import type { Settings } from "./settings.js";

/** Returns the settings that are refused in prod, a line each. */
export function productionProblems({
  environment,
  app,
  postgres,
  database,
  backup,
}: Settings): string[] {
  if (environment !== "prod") return [];
  const problems: string[] = [];
  if (app.image !== undefined && /(^[^:@]+|:latest)$/.test(app.image.split("/").at(-1) ?? "")) {
    const advice = "name a version, or better a digest (name@sha256:…)";
    problems.push(problem("app.image", "moves without notice in prod", advice));
  }
  if (database.externalUrlSecret === undefined && !postgres.keepData) {
    const advice = "set it to true: prod keeps its data when the stack is destroyed";
    problems.push(problem("postgres.keepData", "is false in prod", advice));
  }
  if (backup.enabled && !backup.keepData) {
    const advice = "set it to true: prod keeps its backups when the stack is destroyed";
    problems.push(problem("backup.keepData", "is false in prod", advice));
  }
  return problems;
}
