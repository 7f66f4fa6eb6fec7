import { findingsOf, screen } from "./doctor/judge.js";
import { probe } from "./doctor/probe.js";
import { Failure } from "../io/failure.js";
import { withProgress, type Say } from "../io/progress.js";
import type { EngineOptions } from "../registrations/command.js";

/** `keelson doctor`: what of the machine is missing or wrong, in one screen. */
export async function doctor(options: EngineOptions, say: Say): Promise<void> {
  const findings = findingsOf(await withProgress(say, "looking", probe(options)));
  for (const line of screen(findings)) say(line);
  const failed = findings.filter((each) => each.level === "fail");
  if (failed.length > 0) {
    const names = new Set(failed.map((each) => each.name));
    throw new Failure(`Needed and not right: ${[...names].join(", ")}.`);
  }
}
