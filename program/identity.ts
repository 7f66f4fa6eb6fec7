import * as pulumi from "@pulumi/pulumi";
import {
  dataVolumeOf,
  recordedIdentity,
  recordIdentity,
  targetOf,
  type Identity,
} from "#components/identity";
import {
  identityProblem,
  isAllowed,
  missingProblem,
  type IdentityContext,
} from "#components/identity/problem";
import { nameOfDatabase, namesOf, type Settings } from "#config";
import { isOnHost } from "#workload/host-volume";
import { newDatabaseVariable } from "#lib/platform";

/** The identity that the settings lead to. */
export function identityOf(settings: Settings, stack: string): Identity {
  const external = settings.database.externalUrlSecret !== undefined;
  return {
    ...namesOf(settings, stack),
    database: external ? undefined : nameOfDatabase(settings),
  };
}

/** Returns the facts for messages about identities. */
export function identityContext(
  { docker }: Settings,
  stack: string,
  environment: NodeJS.ProcessEnv = process.env,
): IdentityContext {
  return { stack, allowed: environment[newDatabaseVariable], host: docker.host };
}

/**
 * Compares the settings with the names that the state has recorded and with what is on the Docker host, before any
 * other resource is registered: a bare `pulumi up` or `pulumi preview` is refused as well.
 * @param onHost stands in for Docker in tests
 * @throws RunError with what to do, nothing having been changed
 */
export async function requireIdentity(
  settings: Settings,
  stack: string,
  onHost: typeof isOnHost = isOnHost,
): Promise<void> {
  const wanted = identityOf(settings, stack);
  const context = identityContext(settings, stack);
  const host: Record<string, string> =
    settings.docker.host === undefined ? {} : { DOCKER_HOST: settings.docker.host };
  const allowed = isAllowed(wanted, context.allowed);
  const recorded = await recordedIdentity(recordIdentity(wanted, host, allowed));
  if (recorded === undefined || allowed) return;
  const problem =
    identityProblem(recorded, wanted, context) ?? (await missing(recorded, host, context, onHost));
  if (problem !== undefined) throw new pulumi.RunError(problem);
}

async function missing(
  recorded: Identity,
  host: Readonly<Record<string, string>>,
  context: IdentityContext,
  onHost: typeof isOnHost,
): Promise<string | undefined> {
  if (recorded.database === undefined) return undefined;
  const found = await onHost(dataVolumeOf(recorded), host);
  if (found !== undefined) return found ? undefined : missingProblem(recorded, context);
  const unknown = `whether the data of ${targetOf(recorded)} are on the Docker host can't be found out: it does not answer`;
  if (!pulumi.runtime.isDryRun()) return `${unknown}; nothing was changed. Set that right first.`;
  await pulumi.log.warn(unknown);
  return undefined;
}
