import type { Host } from "./host.js";
import { textIn, type Previewed } from "./steps.js";

/** The fate of the data. */
export interface DataFate {
  /** Something is deleted for good. */
  readonly atRisk: boolean;
  /** Sentences, the bad ones first; empty when nothing is to be said. */
  readonly notes: readonly string[];
}

const volumeType = "docker:index/volume:Volume";
const databaseTypes: Readonly<Record<string, string>> = {
  "postgresql:index/database:Database": "database",
  "postgresql:index/role:Role": "role",
};

/**
 * Volumes, databases and roles that go, that come to be empty, or that lose what kept them.
 * @param resets a migration that fails empties the database
 */
export function dataFate(
  resources: readonly Previewed[],
  host: Host | undefined,
  resets = false,
): DataFate {
  const losses = [
    ...resources.flatMap(lossOf),
    ...(resets
      ? ["IF THE MIGRATION FAILS, THE DATABASE IS EMPTIED (app.migrate.resetOnFailure)."]
      : []),
  ];
  const first = resources.every(({ old }) => old === undefined);
  const notes = [
    ...resources.flatMap(leftBehind),
    ...movedDatabase(resources),
    ...resources.flatMap((each) => fresh(each, first, host)),
    ...resources.flatMap(lessGuarded),
  ];
  return { atRisk: losses.length > 0, notes: [...losses, ...notes] };
}

/** Volumes that a run makes and that may be there already, with data in them. */
export function newVolumes(resources: readonly Previewed[]): string[] {
  return resources.flatMap((each) => (isNewData(each) ? (textIn(each.new, "name") ?? []) : []));
}

function lossOf(each: Previewed): string[] {
  const { op, type, oldState } = each;
  if (!goes(op) || oldState?.retainOnDelete === true) return [];
  if (isData(each)) {
    const then = op === "delete" ? "" : ", and an empty one takes its place";
    return [
      `VOLUME ${volumeName(each)} IS DELETED WITH ALL THAT IS IN IT${then} (keepData or keep is false).`,
    ];
  }
  const what = databaseTypes[type];
  return what === undefined ? [] : [`THE ${what.toUpperCase()} ${each.name} IS DROPPED.`];
}

function leftBehind(each: Previewed): string[] {
  if (!isData(each) || !goes(each.op) || each.oldState?.retainOnDelete !== true) return [];
  return [`The volume ${volumeName(each)} stays on the host, but nothing uses it any more.`];
}

/** A grant is made again for another database: the server then holds both. */
function movedDatabase(resources: readonly Previewed[]): string[] {
  const moves = resources.flatMap(({ type, old, new: now }) => {
    const [from, to] = [old, now].map((inputs) => textIn(inputs, "database"));
    if (!type.startsWith("postgresql:") || from === undefined || to === undefined) return [];
    return from === to
      ? []
      : [
          `The app goes to the database ${to}, which is empty unless it is there; ${from} stays in the server.`,
        ];
  });
  return [...new Set(moves)];
}

function fresh(each: Previewed, first: boolean, host: Host | undefined): string[] {
  if (!isNewData(each)) return [];
  const name = volumeName(each);
  if (host?.volumes.has(name) === true) {
    return [`The volume ${name} is on the host already: what is in it is used again.`];
  }
  return first ? [] : [`The volume ${name} is new and empty.`];
}

function lessGuarded(each: Previewed): string[] {
  const { oldState: was, newState: is } = each;
  if (!isData(each) || was === undefined || is === undefined) return [];
  const name = volumeName(each);
  return [
    ...(was.retainOnDelete === true && is.retainOnDelete !== true
      ? [`From now on \`destroy\` deletes the volume ${name}.`]
      : []),
    ...(was.protect === true && is.protect !== true
      ? [`From now on the volume ${name} is not protected from \`destroy\`.`]
      : []),
  ];
}

/** Volumes of secrets are made and removed with their values: there is nothing in them to lose. */
function isData({ type, urn }: Previewed): boolean {
  return type === volumeType && !urn.includes("keelson:workload:SecretFiles$");
}

function isNewData(each: Previewed): boolean {
  return isData(each) && each.op === "create";
}

function goes(op: string): boolean {
  return op === "delete" || op === "replace";
}

function volumeName(each: Previewed): string {
  return textIn(each.old ?? each.new, "name") ?? each.name;
}
