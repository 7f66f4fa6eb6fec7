import { isFixed } from "./images.js";
import {
  alike,
  hasVariable,
  hidden,
  isValues,
  textIn,
  variableIn,
  type Previewed,
  type Values,
} from "./steps.js";

/** A migration that runs, or not; null where only the run itself can tell. */
export interface Migration {
  readonly runs: boolean | null;
  /** Its failure empties the database. */
  readonly resets: boolean;
  /** The command, where it is known. */
  readonly command: string | undefined;
  readonly text: string;
}

/** The change of the proxy's configuration. */
export interface Routing {
  /** The configuration is reloaded: more than servers has changed. Null where that is not known. */
  readonly reloads: boolean | null;
  /** Seconds that connections to old containers of the app get. */
  readonly drainSeconds: number | undefined;
  /** Seconds after which a reload ends what the process before it still serves. */
  readonly reloadLimitSeconds: number | undefined;
}

/**
 * The step with `MIGRATION` in its environment, a text that is another one exactly when a migration has to run.
 * @param kept the stack finds a database that an earlier one left
 */
export function migrationOf(resources: readonly Previewed[], kept = false): Migration {
  const step = resources.find((each) => hasVariable(each.new, "MIGRATION"));
  if (step === undefined) {
    return {
      runs: false,
      resets: false,
      command: undefined,
      text: "none: app.migrate is not set.",
    };
  }
  const now = variableIn(step.new, "MIGRATION");
  const command = now === undefined ? undefined : commandIn(now);
  const runs = willRun(step, now, kept, resources);
  const resets = runs !== false && filled(step.new, "MIGRATION_RESET");
  return { runs, resets, command, text: migrationText(step, runs, command) };
}

function willRun(
  step: Previewed,
  now: string | undefined,
  kept: boolean,
  resources: readonly Previewed[],
): boolean | null {
  if (step.op === "same") return false;
  if (step.old === undefined) return kept ? null : true;
  if (now === undefined) return null;
  // Only a step that keeps a record in the database knows that it need not run again.
  if (![step.old, step.new].every((inputs) => hasVariable(inputs, "MIGRATION_STEP"))) return true;
  if (["MIGRATION", "MIGRATION_DATABASE"].some((name) => differs(step, name))) return true;
  // A tag may have been moved to another image since.
  if (!isFixed(imageIn(now), resources)) return null;
  // The address of an external database is a secret: another password, or another database.
  return !filled(step.new, "MIGRATION_SERVER") && step.changed.includes("stdin") ? null : false;
}

function differs(step: Previewed, name: string): boolean {
  return variableIn(step.old, name) !== variableIn(step.new, name);
}

function migrationText(step: Previewed, runs: boolean | null, command?: string): string {
  const shown = command === undefined ? "" : `: ${command}`;
  if (runs === false) return "does not run: its image and command are the last one's.";
  const unless = runs === null ? ", unless the database has had it" : "";
  if (step.old === undefined) return `runs${unless}${shown}.`;
  return [`runs${unless}${shown}.`, ...wayBack(step.new)].join(" ");
}

/** Which release a rollback would return to. */
function wayBack(inputs: Values | undefined): string[] {
  if (!hasVariable(inputs, "MIGRATION_STEP")) return ["It is not undone when the release fails."];
  const before = [
    ...(filled(inputs, "MIGRATION_SERVER") ? ["a restore point is set"] : []),
    ...(filled(inputs, "MIGRATION_BACKUP") ? ["the database is dumped"] : []),
  ];
  return [
    ...(before.length === 0 ? [] : [`Before it, ${before.join(" and ")}.`]),
    "It is not undone when the release fails.",
    ...(variableIn(inputs, "MIGRATION_COMPATIBLE") === "true"
      ? ["The version before works with what it leaves (app.migrate.backwardCompatible)."]
      : []),
  ];
}

/** True where a variable is not empty; an unknown one counts. */
function filled(inputs: Values | undefined, name: string): boolean {
  return hasVariable(inputs, name) && variableIn(inputs, name) !== "";
}

/** Returns the way in which the step that points the proxy at the app would do it. */
export function routingOf(resources: readonly Previewed[]): Routing {
  const step = resources.find((each) => isRoute(each.new ?? each.old));
  const drain = Number(variableIn(step?.old ?? step?.new, "DRAIN"));
  return {
    reloads: reloads(step),
    drainSeconds: Number.isNaN(drain) ? undefined : drain,
    reloadLimitSeconds: stopLimit(textIn(step?.old, "stdin") ?? textIn(step?.new, "stdin")),
  };
}

function reloads(step: Previewed | undefined): boolean | null {
  if (step?.old === undefined || step.new === undefined || step.op === "same") return false;
  const [before, after] = [step.old, step.new].map((inputs) => textIn(inputs, "stdin"));
  if (before === undefined || after === undefined) {
    return alike(step.old["stdin"], step.new["stdin"]) && step.old["stdin"] !== hidden
      ? false
      : null;
  }
  return before !== after;
}

function stopLimit(configuration: string | undefined): number | undefined {
  const found = /^ *hard-stop-after (\d+)s$/m.exec(configuration ?? "")?.[1];
  return found === undefined ? undefined : Number(found);
}

function isRoute(inputs: Values | undefined): boolean {
  return isValues(inputs?.["environment"]) && hasVariable(inputs, "PROXY_ID");
}

/** `MIGRATION` is the list of the image and the command's arguments. */
function commandIn(text: string): string {
  return wordsIn(text).slice(1).join(" ");
}

function imageIn(text: string): string {
  return wordsIn(text)[0] ?? "";
}

function wordsIn(text: string): string[] {
  return (JSON.parse(text) as readonly unknown[]).map(String);
}
