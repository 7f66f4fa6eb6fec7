import { dataVolumeOf, targetOf, type Identity } from "../identity.js";
import { newDatabaseVariable } from "#lib/platform";

/** Facts for the messages besides the two identities. */
export interface IdentityContext {
  /** The stack's present name. */
  readonly stack: string;
  /** Value of `KEELSON_NEW_DATABASE`. */
  readonly allowed: string | undefined;
  /** `docker.host` of the settings; undefined: this machine's. */
  readonly host: string | undefined;
}

/** True where the environment allows the data that the settings name, though they are new and empty. */
export function isAllowed(wanted: Identity, allowed: string | undefined): boolean {
  return allowed === targetOf(wanted);
}

/**
 * Returns the reason why a stack must not be brought up with the names of its settings; undefined when it may.
 * A stack that has a database never gets an empty one in its place.
 */
export function identityProblem(
  recorded: Identity,
  wanted: Identity,
  { stack, allowed }: IdentityContext,
): string | undefined {
  if (isAllowed(wanted, allowed) || targetOf(recorded) === targetOf(wanted)) return undefined;
  const moved = recorded.app !== wanted.app || recorded.stack !== wanted.stack;
  return [
    `The stack ${stack} has ${dataText(recorded)}; its settings now lead to ${dataText(wanted)}, which would be new and empty. Nothing was changed.`,
    "To keep the data, do one of these:",
    `  keelson rename --stack ${stack}    says what is to be called how, and takes the data along`,
    ...(moved
      ? [
          `  docker.names: { app: ${recorded.app}, stack: ${recorded.stack} }    in the settings: only names on the Docker host stay as they are`,
        ]
      : []),
    ...(recorded.database === wanted.database
      ? []
      : [
          `  database.name: ${recorded.database ?? ""}    in the settings: its name stays as it is`,
        ]),
    `For ${newText(wanted)} alongside the old: ${newDatabaseVariable}=${targetOf(wanted)} in the environment of the command.`,
  ].join("\n");
}

/** Returns the reason why a stack must not be brought up where its data volume is not on the Docker host. */
export function missingProblem(recorded: Identity, { stack, host }: IdentityContext): string {
  return [
    `The volume ${dataVolumeOf(recorded)}, which has the database ${recorded.database ?? ""} of the stack ${stack}, is not on ${host === undefined ? "this Docker host" : `the Docker host ${host}`}. Nothing was changed, and no empty database is made.`,
    "Bring the volume back, name the Docker host that has it (docker.host), or restore the database from its backups.",
    `For a new, empty database in its place: ${newDatabaseVariable}=${targetOf(recorded)} in the environment of the command.`,
  ].join("\n");
}

function dataText(identity: Identity): string {
  const { app, stack, database } = identity;
  return database === undefined
    ? `volumes whose names begin with ${app}-${stack}`
    : `the database ${database} on the volume ${dataVolumeOf(identity)}`;
}

function newText({ database }: Identity): string {
  return database === undefined ? "new, empty volumes" : "a new, empty database";
}
