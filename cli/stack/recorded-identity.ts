import { identityIn, identityName, identityType, type Identity } from "#components/identity";
import { identityProblem } from "#components/identity/problem";
import { identityContext, identityOf } from "#program/identity";
import { Failure } from "../io/failure.js";
import type { Recorded, RecordedResource } from "../engines/runner.js";
import type { Session } from "./session.js";

/**
 * Refuses settings that lead to other data than the stack has, as the program does; here before anything is repaired,
 * stopped or removed. @throws Failure naming both, and the ways out
 */
export function requireIdentity(
  { settings, target }: Pick<Session, "settings" | "target">,
  recorded: Recorded,
): void {
  const wanted = identityOf(settings, target.stack);
  const found = identityOfState(recorded, wanted);
  const context = identityContext(settings, target.stack);
  const problem = found === undefined ? undefined : identityProblem(found, wanted, context);
  if (problem !== undefined) throw new Failure(problem);
}

/** The identity that a state has recorded; what a state from before there was such a record shows of it; undefined for none. */
export function identityOfState(
  { resources }: Recorded,
  wanted: Pick<Identity, "database">,
): Identity | undefined {
  const name = identityName(wanted);
  const record = resources.find(
    ({ type, urn }) => type === identityType && urn.endsWith(`::${name}`),
  );
  if (record !== undefined) return identityIn(record.outputs?.["environment"]);
  return wanted.database === undefined ? undefined : shown(resources);
}

/** The labels of the data volume, and the database of which `public` may not connect. */
function shown(resources: readonly RecordedResource[]): Identity | undefined {
  const volume = resources.find(
    ({ type, id }) => type === "docker:index/volume:Volume" && id?.endsWith("-postgres-data"),
  );
  const grant = resources.find(
    ({ type, urn }) => type === "postgresql:index/grant:Grant" && urn.endsWith("-database-public"),
  );
  const labels = labelsIn(volume?.outputs?.["labels"]);
  const database = grant?.outputs?.["database"];
  const [app, stack] = [labels["dev.keelson.project"], labels["dev.keelson.stack"]];
  if (app === undefined || stack === undefined || typeof database !== "string") return undefined;
  return { app, stack, database };
}

function labelsIn(value: unknown): Readonly<Record<string, string | undefined>> {
  const labels = Array.isArray(value) ? (value as { label: string; value: string }[]) : [];
  return Object.fromEntries(labels.map(({ label, value: text }) => [label, text]));
}
