import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { shellCommand } from "#lib/shell";
import { dockerCommand } from "#workload/one-shot";
import { labelsOf, stackLabels } from "#workload/platform";

/** Which data a stack has: names that never follow the app's name, the stack's or the environment. */
export interface Identity {
  /** First two parts of every name on the Docker host, and two of the labels there. */
  readonly app: string;
  readonly stack: string;
  /** Name of the database; undefined where it is an external one. */
  readonly database: string | undefined;
}

/** Type of the resource that records an identity. */
export const identityType = "command:local:Command";

/** Name of the resource that records an identity: no part of it may change, or the record would not be found. */
export function identityName({ database }: Pick<Identity, "database">): string {
  return database === undefined ? "identity-external" : "identity";
}

/** Volume of a stack's data. */
export function dataVolumeOf({ app, stack }: Pick<Identity, "app" | "stack">): string {
  return `${app}-${stack}-postgres-data`;
}

/** The data of an identity in one word: `<volume>/<database>`, or `<app>-<stack>` where the database is external. */
export function targetOf(identity: Identity): string {
  const { app, stack, database } = identity;
  return database === undefined ? `${app}-${stack}` : `${dataVolumeOf(identity)}/${database}`;
}

/** Variables of the record's step, which the state keeps. */
export function identityEnvironment({ app, stack, database }: Identity): Record<string, string> {
  return {
    KEELSON_APP: app,
    KEELSON_STACK: stack,
    ...(database === undefined ? {} : { KEELSON_DATABASE: database }),
  };
}

/** The identity in the variables of a record's step. @throws Error for what no record has */
export function identityIn(environment: unknown): Identity {
  const { KEELSON_APP, KEELSON_STACK, KEELSON_DATABASE } = (environment ?? {}) as Partial<
    Record<string, unknown>
  >;
  if (typeof KEELSON_APP !== "string" || typeof KEELSON_STACK !== "string") {
    throw new Error("the resource `identity` of the state does not hold the names of a stack");
  }
  const database = typeof KEELSON_DATABASE === "string" ? KEELSON_DATABASE : undefined;
  return { app: KEELSON_APP, stack: KEELSON_STACK, database };
}

/**
 * Records the identity of a stack in its state, once: later runs find what the first one wrote, whatever the settings
 * say by then. The same step makes the data volume, so that a recorded stack without its volume has lost it.
 * @param allowed the settings' identity takes the place of the recorded one
 */
export function recordIdentity(
  identity: Identity,
  dockerEnvironment: Readonly<Record<string, string>>,
  allowed: boolean,
): command.local.Command {
  return dockerCommand(
    identityName(identity),
    {
      create: shellCommand(createArgs(identity)),
      environment: identityEnvironment(identity),
      records: true,
    },
    { dockerEnvironment },
    allowed ? {} : { ignoreChanges: ["create", "environment"] },
  );
}

/** The recorded identity; undefined in a preview of a stack that has none yet. */
export async function recordedIdentity(
  record: command.local.Command,
): Promise<Identity | undefined> {
  // A preview knows the variables of a record that is yet to be made, and on Pulumi's own command line its id, but not
  // what its step has printed.
  const known = pulumi.all([record.id, record.stdout, record.environment]);
  // Pulumi declares neither of the two to programs, and `apply` never calls back for what a preview does not know.
  const output = known as unknown as {
    readonly isKnown: Promise<boolean>;
    promise(): Promise<readonly [string, string, unknown]>;
  };
  if (!(await output.isKnown)) return undefined;
  const [, , environment] = await output.promise();
  return identityIn(environment);
}

/** The same volume as the server's component has, labels included: other labels would replace it. */
function createArgs(identity: Identity): string[] {
  const { app, stack, database } = identity;
  if (database === undefined) return ["true"];
  const labels = labelsOf({ labels: stackLabels(app, stack) }, "postgres");
  return [
    "docker",
    "volume",
    "create",
    ...labels.flatMap(({ label, value }) => ["--label", `${label}=${value}`]),
    dataVolumeOf(identity),
  ];
}
