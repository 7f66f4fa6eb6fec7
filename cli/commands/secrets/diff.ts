import { asksOthers, injectedSecrets } from "#config/secret-source";
import type { Settings } from "#config";
import { isSealed } from "#lib/sealed";
import { Failure } from "../../io/failure.js";
import type { Say } from "../../io/progress.js";
import { table } from "../../io/table.js";
import { settingsOf, targetOf } from "../../project/target.js";
import { shapeOf } from "./shape.js";

/** `keelson secrets diff`: secrets that two stacks do not have alike. @throws Failure for one that only one of them has */
export function secretsDiff(stack: string, other: string, say: Say): void {
  const sides = [stack, other].map((each) => {
    const target = targetOf({ stack: each });
    return describedSecrets(settingsOf(target), target.projectDirectory);
  });
  const [ours = none, theirs = none] = sides.map(({ secrets }) => secrets);
  for (const line of sides.flatMap(({ problems }) => problems)) say(line);
  const names = [...new Set([...ours.keys(), ...theirs.keys()])].sort();
  const rows = names
    .map((name) => [name, ours.get(name) ?? absent, theirs.get(name) ?? absent] as const)
    .filter(([, one, two]) => one !== two);
  if (rows.length === 0) {
    say(`${stack} and ${other} have the same secrets.`);
    return;
  }
  for (const line of table([["name", stack, other], ...rows], "")) say(line);
  const single = rows.filter(([, one, two]) => isMissing(one) !== isMissing(two));
  if (single.length === 0) return;
  throw new Failure(
    `Only one of ${stack} and ${other} has ${single.map(([name]) => name).join(", ")}; add what is missing to the other one.`,
  );
}

const none: ReadonlyMap<string, string> = new Map();
const absent = "not in the settings";
const missing = "missing";

function isMissing(text: string): boolean {
  return text === absent || text.startsWith(missing);
}

/** The secrets of a stack without their values: kind and source, and the shape of one that another source than this environment has. */
export function describedSecrets(
  settings: Settings,
  projectDirectory: string,
): { readonly secrets: Map<string, string>; readonly problems: readonly string[] } {
  // What this process has in its environment is not of one stack or the other.
  const apart = {
    ...settings,
    secretSources: settings.secretSources.filter(({ environment }) => environment === undefined),
  };
  const { source, problems } = asksOthers(settings)
    ? injectedSecrets(apart, process.env, projectDirectory)
    : { source: undefined, problems: [] };
  const entries = Object.entries(settings.secrets).map(([name, secret]): [string, string] => {
    const { generate, value, variable = name, optional } = secret;
    if (generate !== undefined) {
      const unit = generate.encoding === "text" ? "characters" : `bytes, ${generate.encoding}`;
      return [name, `generated: ${String(generate.length)} ${unit}`];
    }
    if (isSealed(value)) return [name, "sealed"];
    const rule = optional ? "optional" : "required";
    if (source === undefined) return [name, `${rule}, from the environment`];
    const text = source(variable);
    if (text !== undefined) return [name, `${rule}, ${shapeOf(text)}`];
    if (problems.length > 0) return [name, `${rule}, source silent`];
    const others = settings.secretSources.some(({ environment }) => environment !== undefined);
    return [name, others ? `${rule}, from the environment at best` : `${missing}, ${rule}`];
  });
  return { secrets: new Map(entries), problems };
}
