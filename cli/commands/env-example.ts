import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { Failure } from "../io/failure.js";
import type { Say } from "../io/progress.js";
import { settingsOf, targetOf } from "../project/target.js";
import type { EnvExampleOptions } from "../registrations/env-example.js";
import { completed, namesIn } from "./env-example/file.js";
import { exampleProblems, unnamedProblems, unreadNotes } from "./env-example/problems.js";
import { readBySources } from "./env-example/sources.js";
import { variablesOf } from "./env-example/variables.js";

/** `keelson env-example`: writes the variables of the settings to `.env.example`, or checks it; values of secrets stay out. */
export function envExample(options: EnvExampleOptions, say: Say): void {
  const target = targetOf(options);
  const settings = settingsOf(target);
  const { projectDirectory } = target;
  const source = resolve(projectDirectory, options.source ?? settings.app.build?.context ?? ".");
  const path = options.file === undefined ? join(source, ".env.example") : resolve(options.file);
  const file = relative(process.cwd(), path);
  const before = existsSync(path) ? readFileSync(path, "utf8") : "";
  const variables = variablesOf(settings);
  const text = options.check === true ? before : completed(before, variables);
  const read = readBySources(source);
  const compared = { settings, variables, written: namesIn(text), read, file };
  const problems = [...exampleProblems(compared), ...unnamedProblems(settings, textsOf(options))];
  for (const line of unreadNotes(compared)) say(line);
  if (options.check === true) {
    if (problems.length > 0) throw new Failure(problems.join("\n"));
    say("ok");
    return;
  }
  if (text === before) say(`${file} has every variable of the settings.`);
  else {
    writeFileSync(path, text);
    const known = namesIn(before);
    const added = variables.filter(({ name }) => !known.has(name));
    say(`Written to ${file}: ${added.map(({ name }) => name).join(", ")}.`);
  }
  for (const line of problems) say(line);
}

/** The files of `--named-in`. @throws Failure where one is not there, or nothing is checked */
function textsOf({ namedIn, check }: EnvExampleOptions): ReadonlyMap<string, string> {
  if (namedIn === undefined) return new Map();
  if (check !== true) throw new Failure("--named-in: is for --check, which writes nothing; add it");
  const files = namedIn.split(",").map((each) => each.trim());
  return new Map(
    files.map((file) => {
      if (!existsSync(file))
        throw new Failure(`--named-in: ${file} is not there; correct the path`);
      return [file, readFileSync(file, "utf8")];
    }),
  );
}
