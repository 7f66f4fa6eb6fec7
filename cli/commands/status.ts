import { setTimeout as delay } from "node:timers/promises";
import { dockerAt } from "#lib/docker";
import { Failure } from "../io/failure.js";
import type { Say } from "../io/progress.js";
import { settingsOf, targetOf } from "../project/target.js";
import type { StatusOptions } from "../registrations/status.js";
import { gather } from "./status/gather.js";
import { statusProblems } from "./status/judge.js";
import { writePage } from "./status/page.js";
import { screen } from "./status/screen.js";

const watchMs = 2000;
/** Moves to the terminal's first line and removes all that was there. */
const cleared = "\u001b[H\u001b[2J";

/** `keelson status`: one look at all of a stack; the exit code is 0 if nothing is wrong. */
export async function status(options: StatusOptions, say: Say): Promise<void> {
  if (options.public === true && options.html === undefined) {
    throw new Failure("--public: it is about a page; add --html <file>.");
  }
  const target = targetOf(options);
  const settings = settingsOf(target);
  const of = { docker: dockerAt(settings.docker.host), settings, stack: target.stack };
  for (;;) {
    const facts = await gather(of, options);
    const problems = statusProblems(facts);
    process.exitCode = problems.length === 0 ? 0 : 1;
    if (options.html !== undefined) {
      await writePage(options.html, of, options, { facts, problems });
    }
    const lines =
      options.json === true ? [JSON.stringify({ ...facts, problems })] : screen(facts, problems);
    const clear = options.watch === true && options.json !== true && process.stdout.isTTY;
    say(`${clear ? cleared : ""}${lines.join("\n")}`);
    if (options.watch !== true) return;
    await delay(watchMs);
  }
}
